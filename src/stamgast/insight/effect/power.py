"""What a lot can show before anything is sent, and when a verdict will be known.

Effects are per unit (household), in the measure whose standard deviation is given: margin over the
whole time that is followed. All figures count on a chance of 80 % to find the effect, by the reading
that the verdict will rest on (`Reads`): `once`, the t interval on one day; `daily`, everyone followed
for a planned time (`until_planned_end`); or `as_they_come`, units that keep coming in.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from stamgast.insight.effect.difference import Difference
from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.interval import checked_level
from stamgast.insight.effect.reading import FEWEST_BUYERS
from stamgast.insight.effect.sequential import TUNED_AT, mixture_reach

Reads = Literal["once", "daily", "as_they_come"]
POWER = 0.8
LARGEST = 0.5  # share of control
SHARES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
YEAR_DAYS = 365
_MOST_UNITS = 10**15
_NORMAL = NormalDist()


def detectable(
    units: int, control: float, sd: float, *, reads: Reads = "daily", level: float = 0.95
) -> float:
    """Return the smallest true effect per unit that is found in 80 of 100 campaigns.

    An interval that may be read every day costs a tenth over one look at the end, one of units that
    keep coming in four tenths or more. Refuses with `no_control` a share outside (0, 1), with
    `too_few_units` an arm of fewer than two.
    """
    return _looks(reads, units, level) * _error(units, control, sd)


def chance_to_find(
    effect: float,
    units: int,
    control: float,
    sd: float,
    *,
    reads: Reads = "daily",
    level: float = 0.95,
) -> float:
    """Return the chance that a true effect per unit is proven at the end, with its right sign."""
    error = _error(units, control, sd)
    if error == 0:
        return float(effect != 0)
    return _NORMAL.cdf(abs(effect) / error - _critical(reads, units, level))


def units_needed(
    effect: float, control: float, sd: float, *, reads: Reads = "daily", level: float = 0.95
) -> int | None:
    """Return how many units find an effect in 80 of 100 campaigns; None if no number does."""
    _checked_share(control)
    if effect == 0:
        return None
    spread = sd / math.sqrt(control * (1 - control))
    sizes = range(4, _MOST_UNITS)
    found = bisect_left(
        sizes,
        True,
        key=lambda n: _looks(reads, n, level) * spread / math.sqrt(n) <= abs(effect),
    )
    return sizes[found] if found < len(sizes) else None


def less_noise(sd: float, correlation: float) -> float:
    """Return the standard deviation left once the time before is taken off (`cuped`)."""
    return sd * math.sqrt(max(0.0, 1 - correlation**2))


@dataclass(frozen=True)
class Choice:
    """One share of control: what it can show per unit, and the margin it costs to hold out."""

    control: float
    held_out: int
    detectable: float
    price: float
    buyers: float | None  # expected in the smaller arm


@dataclass(frozen=True)
class Proposal:
    """The share of control proposed, beside the others; None where none would tell.

    `reason` says why: `enough` (the smallest share that shows the effect hoped for),
    `largest` (half: that shows most, but not the effect hoped for), `too_few_buyers` or
    `too_few_units` (cannot be known here, whatever the share).
    """

    chosen: Choice | None
    choices: tuple[Choice, ...]
    reason: str

    @property
    def can_be_known(self) -> bool:
        """Whether the effect hoped for would show."""
        return self.reason == "enough"


def propose_control(
    units: int,
    sd: float,
    *,
    hoped: float,
    buying: float | None = None,
    reads: Reads = "daily",
    level: float = 0.95,
    shares: Sequence[float] = SHARES,
) -> Proposal:
    """Propose the share of control for an audience, with what it costs.

    `hoped` is the effect per unit one would not want to miss; those held out go without it, which
    is the price. `buying` is the share of units that usually buy in the time followed: with fewer
    than FEWEST_BUYERS expected in the smaller arm there will be no interval at all. Refuses with
    `no_hope` an effect of zero or less.
    """
    if not hoped > 0:
        raise EffectRefusal("no_hope", "the effect hoped for is above zero", hoped=hoped)
    choices = tuple(
        _choice(units, share, sd, hoped, buying, reads, level)
        for share in sorted(shares)
        if min(_arms(units, share)) >= 2
    )
    if not choices:
        return Proposal(None, (), "too_few_units")
    telling = [c for c in choices if c.buyers is None or c.buyers >= FEWEST_BUYERS]
    if not telling:
        return Proposal(None, choices, "too_few_buyers")
    enough = next((c for c in telling if c.detectable <= hoped), None)
    if enough:
        return Proposal(enough, choices, "enough")
    return Proposal(min(telling, key=lambda c: c.detectable), choices, "largest")


def _choice(
    units: int,
    control: float,
    sd: float,
    hoped: float,
    buying: float | None,
    reads: Reads,
    level: float,
) -> Choice:
    treated, held_out = _arms(units, control)
    return Choice(
        control=control,
        held_out=held_out,
        detectable=detectable(units, control, sd, reads=reads, level=level),
        price=held_out * hoped,
        buyers=None if buying is None else buying * min(treated, held_out),
    )


@dataclass(frozen=True)
class Outlook:
    """When a campaign that is not yet decided will be, if it goes on as it did.

    `days` from today until then; None if that takes more than a year or never comes.
    `shows_above` is the effect per unit that would show then, or else after a year.
    """

    days: int | None
    shows_above: float


def outlook(
    found: Difference,
    *,
    net: float,
    passed: float,
    days_left: int,
    units_per_day: float = 0.0,
    reads: Reads = "daily",
    level: float = 0.95,
) -> Outlook:
    """Return when the verdict will be known at this pace.

    `found` is the difference so far, `net` what the effect per unit comes to at the end, net of
    cost, if it goes on at this pace. Until the planned end purchases accrue, so that the variance
    grows with the time passed; after it only more units help (`units_per_day`: new ones that enter
    the same lot, or rounds to come), each counted once its own time is over.
    """
    at_end = math.sqrt(found.variance / passed)

    def reach(day: int) -> float:
        units = found.n + units_per_day * (day - days_left)
        return _critical(reads, units, level) * at_end * math.sqrt(found.n / units)

    if abs(net) >= reach(days_left):
        return Outlook(days_left, reach(days_left))
    after_a_year = reach(max(YEAR_DAYS, days_left))
    if units_per_day <= 0 or net == 0 or after_a_year > abs(net):
        return Outlook(None, after_a_year)
    days = range(days_left, YEAR_DAYS + 1)
    return Outlook(days[bisect_left(days, True, key=lambda day: reach(day) <= abs(net))], abs(net))


def _looks(reads: Reads, units: float, level: float) -> float:
    return _critical(reads, units, level) + _NORMAL.inv_cdf(POWER)


def _critical(reads: Reads, units: float, level: float) -> float:
    """Return how many standard errors the interval reaches at so many units."""
    alpha = 1 - checked_level(level)
    if reads == "as_they_come":
        return mixture_reach(units, TUNED_AT, alpha)
    return _NORMAL.inv_cdf(1 - alpha / (4 if reads == "daily" else 2))


def _error(units: int, control: float, sd: float) -> float:
    treated, held_out = _arms(units, control)
    if min(treated, held_out) < 2:
        raise EffectRefusal("too_few_units", "an arm would have fewer than two units", units=units)
    return sd * math.sqrt(1 / treated + 1 / held_out)


def _arms(units: int, control: float) -> tuple[int, int]:
    held_out = round(units * _checked_share(control))
    return units - held_out, held_out


def _checked_share(control: float) -> float:
    if not 0 < control < 1:
        raise EffectRefusal("no_control", "a share of control lies in (0, 1)", control=control)
    return control
