"""What may be said today of a campaign that runs, and when nothing may be said yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stamgast.insight.effect.cuped import adjusted
from stamgast.insight.effect.difference import Difference
from stamgast.insight.effect.interval import Interval
from stamgast.insight.effect.sequential import TUNED_AT, as_they_come, until_planned_end
from stamgast.insight.effect.sums import Sums

# Fewer buyers in the smaller arm than this and no interval is given: with heavy-tailed margins a
# mean then rests on the luck of a few orders. Found by simulation (tests/insight/effect).
FEWEST_BUYERS = 20


@dataclass(frozen=True)
class Reading:
    """The effect per unit as of today, with an interval that holds however often it is read.

    `interval` is None while fewer than FEWEST_BUYERS bought in the smaller arm. `gain` is the share
    of the noise that the time before the lot took away, as it came out.
    """

    interval: Interval | None
    found: Difference | None
    gain: float
    buyers: int  # in the arm that has fewest

    @property
    def is_given(self) -> bool:
        """Whether there is an interval."""
        return self.interval is not None


def read_daily(
    treated: Sums, control: Sums, *, passed: float, level: float = 0.95, adjust: bool = True
) -> Reading:
    """Read an effect that accrues over a planned time, of which a share `passed` is over.

    `treated` and `control` are the sums so far. With `adjust` noise is reduced by the time before
    the lot, if it helps. Valid for units assigned on one day and for units that come in over the
    planned time. Refuses with `no_time` a share outside (0, 1]; see `until_planned_end`.
    """
    return _read(
        treated, control, adjust, lambda found: until_planned_end(found, passed=passed, level=level)
    )


def read_as_they_come(
    treated: Sums,
    control: Sums,
    *,
    tuned_at: int = TUNED_AT,
    level: float = 0.95,
    adjust: bool = True,
) -> Reading:
    """Read an effect on units that keep coming in, counted once their own time is over.

    No end needs to be planned, at the price of a wider interval. `tuned_at` is the number of units
    at which it should be tightest, named beforehand.
    """
    return _read(
        treated, control, adjust, lambda found: as_they_come(found, tuned_at=tuned_at, level=level)
    )


def _read(
    treated: Sums, control: Sums, adjust: bool, interval: Callable[[Difference], Interval]
) -> Reading:
    fewest = min(treated.buyers, control.buyers)
    if fewest < FEWEST_BUYERS or min(treated.n, control.n) < 2:
        return Reading(None, None, 0.0, fewest)
    both = adjusted(treated, control, is_guarded=True)
    helps = adjust and both.gain > 0
    found = both.found if helps else both.plain
    return Reading(interval(found), found, both.gain if helps else 0.0, fewest)
