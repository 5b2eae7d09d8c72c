"""What else a verdict must say: assumed margin, attributed revenue, discount given for nothing."""

from __future__ import annotations

from dataclasses import dataclass

from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.interval import Interval


def rate_that_flips(effect: Interval, *, cost: float, assumed: float, rate: float) -> float | None:
    """Return the margin rate at which a proven verdict would no longer be; None if it stands.

    `effect` is before costs; a share `assumed` of it rests on an assumed margin `rate` and moves in
    proportion to it. Only rates between 0 and 1 count. Refuses with `no_rate` shares or rates that
    cannot be.
    """
    if not (0 <= assumed <= 1 and 0 < rate <= 1):
        raise EffectRefusal("no_rate", "shares lie in [0, 1], rates in (0, 1]", rate=rate)
    net = effect.less(cost)
    edge = effect.lower if net.is_above_zero else effect.upper
    if assumed == 0 or edge == 0 or not (net.is_above_zero or net.is_below_zero):
        return None
    flips = rate * (cost / edge - (1 - assumed)) / assumed
    return flips if 0 <= flips <= 1 else None


@dataclass(frozen=True)
class AttributionGap:
    """Revenue that carries the campaign's name, beside what it added.

    `gap` is what would have come anyway; `factor` how many times the attributed is the added, None
    where nothing was added.
    """

    attributed: float
    added: Interval
    gap: float
    factor: float | None


def attribution_gap(attributed: float, added: Interval) -> AttributionGap:
    """Set attributed revenue beside the revenue added according to the lot, both in total."""
    factor = attributed / added.estimate if added.estimate > 0 else None
    return AttributionGap(attributed, added, attributed - added.estimate, factor)


@dataclass(frozen=True)
class GivenForNothing:
    """Discount given to those who would have bought anyway: the amount, and their share."""

    amount: Interval
    share: float


def given_for_nothing(
    discount: float, *, redeemers: int, treated: int, more_buyers: Interval
) -> GivenForNothing:
    """Return how much of a discount went to those who would have bought without it.

    `more_buyers` is the difference in the share of units that bought (treated less control). Buyers
    that the lot says were added are taken to have redeemed; the other redeemers would have bought.
    """
    if redeemers <= 0 or discount <= 0:
        return GivenForNothing(Interval(0.0, 0.0, 0.0, more_buyers.level), 0.0)

    def anyway(added: float) -> float:
        return 1 - min(1.0, max(0.0, added * treated) / redeemers)

    share = anyway(more_buyers.estimate)
    amount = Interval(
        estimate=discount * share,
        lower=discount * anyway(more_buyers.upper),
        upper=discount * anyway(more_buyers.lower),
        level=more_buyers.level,
    )
    return GivenForNothing(amount, share)
