"""What worked: differences between arms that a lot made, and how sure they are.

    arms = arm_sums(units)                       # one row per household: arm, outcome, before
    reading = read_daily(arms["mail"], arms["control"], passed=1.0)
    reading.interval                             # per household, right however often it is read

Sums in, values out; nothing here draws lots, knows the date or speaks to a person. Each name is
loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cuped import Adjusted as Adjusted
    from .cuped import adjusted as adjusted
    from .difference import Difference as Difference
    from .difference import Posterior as Posterior
    from .difference import compare as compare
    from .difference import posterior as posterior
    from .difference import read_once as read_once
    from .difference import relative as relative
    from .errors import EffectRefusal as EffectRefusal
    from .interval import Interval as Interval
    from .reading import FEWEST_BUYERS as FEWEST_BUYERS
    from .reading import Reading as Reading
    from .reading import read_as_they_come as read_as_they_come
    from .reading import read_daily as read_daily
    from .sample_ratio import SampleRatio as SampleRatio
    from .sample_ratio import check_sample_ratio as check_sample_ratio
    from .sequential import as_they_come as as_they_come
    from .sequential import as_they_come_one_sided as as_they_come_one_sided
    from .sequential import e_value as e_value
    from .sequential import until_planned_end as until_planned_end
    from .sums import UNITS as UNITS
    from .sums import Sums as Sums
    from .sums import arm_sums as arm_sums
    from .sums import arm_sums_by as arm_sums_by
    from .sums import sum_arms as sum_arms
    from .sums import sums_of as sums_of

_HOME = {
    "Adjusted": "cuped",
    "Difference": "difference",
    "EffectRefusal": "errors",
    "FEWEST_BUYERS": "reading",
    "Interval": "interval",
    "Posterior": "difference",
    "Reading": "reading",
    "SampleRatio": "sample_ratio",
    "Sums": "sums",
    "UNITS": "sums",
    "adjusted": "cuped",
    "arm_sums": "sums",
    "arm_sums_by": "sums",
    "as_they_come": "sequential",
    "as_they_come_one_sided": "sequential",
    "check_sample_ratio": "sample_ratio",
    "compare": "difference",
    "e_value": "sequential",
    "posterior": "difference",
    "read_as_they_come": "reading",
    "read_daily": "reading",
    "read_once": "difference",
    "relative": "difference",
    "sum_arms": "sums",
    "sums_of": "sums",
    "until_planned_end": "sequential",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Load a public name from the file that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
