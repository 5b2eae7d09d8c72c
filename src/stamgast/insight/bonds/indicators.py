"""What may be seen of a bond, how much it says, and for how long: a table one can read.

Reliability is in observations: an indicator of 4 moves a bond as far as four draws from it would.
The figures are stated beforehand, from what each indicator can and cannot show; `fit_weights`
replaces them where a shop's own data say better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .contract import BONDS


@dataclass(frozen=True)
class Indicator:
    """One thing that can be seen of a customer, and what it says about one bond.

    `reliability` is in observations at the day of seeing; it halves every `half_life_days` (None:
    it does not age). Indicators of one `group` tell the same story: together they weigh no more
    than the heaviest of them, and the same holds for several rows of one indicator. `one_sided`
    ones are only ever seen when they speak for the bond, so they say nothing about the usual
    customer. Refuses an unknown bond, or figures at or below zero, with ValueError.
    """

    code: str
    bond: str
    reliability: float
    half_life_days: float | None
    group: str | None
    meaning: str
    one_sided: bool = False

    def __post_init__(self) -> None:
        if self.bond not in BONDS:
            raise ValueError(f"{self.code}: there is no bond {self.bond!r}")
        if not 0 < self.reliability < 1000:
            raise ValueError(f"{self.code}: reliability lies above 0 and below 1,000 observations")
        if self.half_life_days is not None and not self.half_life_days > 0:
            raise ValueError(f"{self.code}: a half-life is above zero days, or None")

    @property
    def shared(self) -> str:
        """The name under which its weight is shared: that of its group, or its own."""
        return self.group or self.code


INDICATORS = (
    # situational: where they live, what they are used to, whether they know another
    Indicator("only_supplier", "situational", 4, None, None, "nobody else delivers there"),
    Indicator("near_shop", "situational", 2, None, None, "lives near the shop"),
    Indicator("knows_no_other", "situational", 3, 365, None, "answered to know no other shop"),
    Indicator("same_weekday", "situational", 1, 180, "habit", "buys on the same day of the week"),
    Indicator("default_reorder", "situational", 2, 180, "habit", "orders the same again"),
    Indicator("says_habit", "situational", 2, 365, None, "names nearness or habit as the reason"),
    # economic: what leaving would cost, or staying saves
    Indicator(
        "discount_share", "economic", 4, 365, "price", "share of repeat orders at a discount"
    ),
    Indicator("benefit_later", "economic", 2, 180, "programme", "points or a reward within reach"),
    Indicator("tier_benefit", "economic", 2, 365, "programme", "a tier whose benefits would lapse"),
    Indicator("prepaid", "economic", 3, None, None, "credit or gift card not yet spent"),
    Indicator("says_price", "economic", 2, 365, None, "names price or points as the reason"),
    # legal: what was signed
    Indicator("contract", "legal", 8, None, None, "a contract that runs, until its end"),
    Indicator("warranty", "legal", 2, None, None, "a warranty or service plan that runs"),
    Indicator("says_contract", "legal", 2, 365, None, "names the contract as the reason"),
    # technical: what only works with us
    Indicator("platform_owned", "technical", 4, 1095, "system", "owns a system we supply", True),
    Indicator("consumables_bought", "technical", 4, 365, "system", "buys what only fits a system"),
    Indicator("sole_source_share", "technical", 3, 365, None, "buys what only we sell"),
    Indicator("account_integration", "technical", 4, None, None, "systems are linked to ours"),
    Indicator("says_system", "technical", 2, 365, None, "names their device as the reason"),
    # emotional: whether they want to
    Indicator("nps", "emotional", 4, 365, None, "would recommend us, 0 to 10"),
    Indicator("csat", "emotional", 2, 180, "satisfaction", "is satisfied, when asked"),
    Indicator("delivery_score", "emotional", 1, 180, "satisfaction", "rates the delivery"),
    Indicator("review", "emotional", 3, 730, "advocacy", "wrote a review, and how good it was"),
    Indicator("referral", "emotional", 4, 730, "advocacy", "brought somebody who bought", True),
    Indicator("complaint", "emotional", 3, 365, None, "how a complaint ended, and who stayed"),
    Indicator("no_offer_needed", "emotional", 1, 365, "full price", "buys without an offer"),
    Indicator("early_full_price", "emotional", 1, 365, "full price", "began at full price"),
    Indicator("says_liking", "emotional", 2, 365, None, "names liking us as the reason"),
)


def checked_indicators(indicators: Iterable[Indicator]) -> tuple[Indicator, ...]:
    """Return the registry, or refuse, with ValueError, one that cannot be read in one way only.

    Refused: none at all, a code that occurs twice, a group that spans two bonds.
    """
    registry = tuple(indicators)
    if not registry:
        raise ValueError("there are no indicators")
    codes = [indicator.code for indicator in registry]
    twice = {code for code in codes if codes.count(code) > 1}
    if twice:
        raise ValueError(f"these indicators occur twice: {', '.join(sorted(twice))}")
    bonds: dict[str, str] = {}
    for indicator in registry:
        if bonds.setdefault(indicator.shared, indicator.bond) != indicator.bond:
            raise ValueError(f"the group {indicator.shared!r} belongs to more than one bond")
    return registry


def possible_weight(indicators: Iterable[Indicator]) -> dict[str, float]:
    """Return per bond the weight of all its evidence, seen today: the whole that coverage is of."""
    heaviest: dict[str, dict[str, float]] = {bond: {} for bond in BONDS}
    for indicator in indicators:
        shares = heaviest[indicator.bond]
        shares[indicator.shared] = max(shares.get(indicator.shared, 0.0), indicator.reliability)
    return {bond: sum(shares.values()) for bond, shares in heaviest.items()}
