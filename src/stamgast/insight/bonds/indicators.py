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
    than the heaviest of them, and the same holds for several rows of one indicator. Those that do
    not `counts_for_mean` say nothing about the usual customer: they are seen of few and for a
    reason, or measured against what is usual. Refuses an unknown bond, or figures at or below zero,
    with ValueError.
    """

    code: str
    bond: str
    reliability: float
    half_life_days: float | None
    group: str | None
    meaning: str
    counts_for_mean: bool = True

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


Row = tuple[str, float, float | None, str | None, str, bool]


def _of(bond: str, *rows: Row) -> tuple[Indicator, ...]:
    return tuple(Indicator(row[0], bond, *row[1:]) for row in rows)


# code, observations, days in which they halve, group, meaning, whether it tells the usual level
SITUATIONAL = _of(
    "situational",
    ("only_supplier", 4, None, None, "nobody else delivers there", False),
    ("near_shop", 2, None, None, "lives near the shop", False),
    ("knows_no_other", 3, 365, None, "answered to know no other shop", True),
    ("same_weekday", 1, 180, "habit", "buys on the same day of the week", False),
    ("default_reorder", 2, 180, "habit", "orders the same again", False),
    ("says_habit", 2, 365, None, "names nearness or habit as the reason to stay", False),
)
ECONOMIC = _of(
    "economic",
    ("discount_share", 4, 365, None, "share of repeat orders at a discount", True),
    ("benefit_later", 2, 180, "programme", "points or a reward within reach", False),
    ("tier_benefit", 2, 365, "programme", "a tier whose benefits would lapse", False),
    ("prepaid", 3, None, None, "credit or a gift card not yet spent", False),
    ("says_price", 2, 365, None, "names price or points as the reason to stay", False),
)
LEGAL = _of(
    "legal",
    ("contract", 8, None, None, "a contract that runs, until its end", True),
    ("warranty", 2, None, None, "a warranty or service plan that runs", False),
    ("says_contract", 2, 365, None, "names the contract as the reason to stay", False),
)
TECHNICAL = _of(
    "technical",
    ("platform_owned", 4, 1095, "system", "owns a system we supply", False),
    ("consumables_bought", 4, 365, "system", "buys what only fits a system", True),
    ("sole_source_share", 3, 365, None, "buys what only we sell", True),
    ("account_integration", 4, None, None, "their systems are linked to ours", False),
    ("says_system", 2, 365, None, "names their device as the reason to stay", False),
)
EMOTIONAL = _of(
    "emotional",
    ("nps", 4, 365, None, "would recommend us, 0 to 10", True),
    ("csat", 2, 180, "satisfaction", "is satisfied, when asked", True),
    ("delivery_score", 1, 180, "satisfaction", "rates the delivery", True),
    ("review", 3, 730, "advocacy", "wrote a review, and how good it was", False),
    ("referral", 4, 730, "advocacy", "brought somebody who bought", False),
    ("complaint", 3, 365, None, "how a complaint ended, and whether they stayed", False),
    (
        "no_offer_needed",
        1,
        365,
        "full_price",
        "buys without an offer, against what is usual",
        False,
    ),
    ("early_full_price", 1, 365, "full_price", "began at full price, against what is usual", False),
    ("says_liking", 2, 365, None, "names liking us as the reason to stay", False),
)
INDICATORS = (*SITUATIONAL, *ECONOMIC, *LEGAL, *TECHNICAL, *EMOTIONAL)


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
