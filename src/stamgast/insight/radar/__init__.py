"""Whether purchases fall behind what was to be expected, and what came with an outside event.

    counts = weekly_purchases(orders, until=date(2026, 11, 22))
    weeks = gather(counts, until=date(2026, 11, 22))
    watched = watch(weeks, holidays=usual_holidays(range(2020, 2028)))
    watched.alarms

The alarm may be read as often as one likes: `detector` says what it promises, and
`docs/explanation/radar.md` what it keeps. Each name is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stamgast.insight.radar.counts import Unknown, Weeks, choose, gather, weekly_purchases
    from stamgast.insight.radar.delay import Delay, delays
    from stamgast.insight.radar.detector import LIMIT, Detector, shares
    from stamgast.insight.radar.event import Moved, event_effect
    from stamgast.insight.radar.expectation import Bank, Forecast
    from stamgast.insight.radar.loss import Loss, loss_since
    from stamgast.insight.radar.watching import Alarm, Watched, watch
    from stamgast.insight.radar.year import usual_holidays

_HOME = {
    "LIMIT": "detector",
    "Alarm": "watching",
    "Bank": "expectation",
    "Delay": "delay",
    "Detector": "detector",
    "Forecast": "expectation",
    "Loss": "loss",
    "Moved": "event",
    "Unknown": "counts",
    "Watched": "watching",
    "Weeks": "counts",
    "choose": "counts",
    "delays": "delay",
    "event_effect": "event",
    "gather": "counts",
    "loss_since": "loss",
    "shares": "detector",
    "usual_holidays": "year",
    "watch": "watching",
    "weekly_purchases": "counts",
}

__all__ = [
    "LIMIT",
    "Alarm",
    "Bank",
    "Delay",
    "Detector",
    "Forecast",
    "Loss",
    "Moved",
    "Unknown",
    "Watched",
    "Weeks",
    "choose",
    "delays",
    "event_effect",
    "gather",
    "loss_since",
    "shares",
    "usual_holidays",
    "watch",
    "weekly_purchases",
]


def __getattr__(name: str) -> Any:
    """Load a public name from the file that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
