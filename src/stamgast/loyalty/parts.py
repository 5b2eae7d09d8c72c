"""What else takes part in a purchase besides points: codes, rewards, tiers. The protocol, and who follows it.

A room or plugin offers an object under the entry point group `stamgast.checkout_parts`:

    [project.entry-points."stamgast.checkout_parts"]
    codes = "stamgast.loyalty.codes:part"

Its functions run in the transaction of the purchase, so what one refuses undoes them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Protocol

from stamgast.loyalty.models import Checkout, Member
from stamgast.loyalty.rules import BoughtLine
from stamgast.staff.queries import Who

GROUP = "stamgast.checkout_parts"


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to buy, and the codes they entered.

    Lines and shipping are what they would pay after the shop's own reductions, and before what the
    programme gives: codes, rewards and points.
    """

    ref: str
    currency: str
    lines: Sequence[BoughtLine]
    codes: Sequence[str] = ()
    shipping_minor: int = 0
    points_minor: int = 0  # what the points to be spent are worth
    # What was paid for each line in the end, of an order for which the shop worked that out itself.
    paid: Sequence[int] | None = None
    ordered_at: datetime | None = None  # when it was bought, if before it was told

    @property
    def total_minor(self) -> int:
        """What lines and shipping cost together."""
        return sum(line.amount_minor for line in self.lines) + self.shipping_minor


@dataclass(frozen=True, slots=True)
class Effect:
    """What a part does for a basket, or why not: plain values that an answer may show.

    `status` is applicable, inapplicable or skipped; the latter two with a `reason` code. Of a discount
    `lines` goes off the lines, and the rest off the shipping.
    """

    part: str
    name: str
    status: str = "applicable"
    reason: str = ""
    discount_minor: int = 0
    lines: tuple[int, ...] = ()
    is_payment: bool = False  # a gift card pays; it lowers no price
    factor: Decimal = Decimal(1)  # times the points that are earned
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Effect:
        """Read an effect as it is kept with a purchase."""
        factor, lines = Decimal(kept["factor"]), tuple(kept.get("lines", ()))
        return cls(**{**kept, "factor": factor, "lines": lines})


class Part(Protocol):
    """Something that takes part in purchases."""

    def quote(self, basket: Basket, member: Member | None, *, at: datetime) -> list[Effect]:
        """Return what it would do; writes nothing."""
        ...

    def hold(
        self, checkout: Checkout, basket: Basket, *, at: datetime, until: datetime, by: Who
    ) -> list[Effect]:
        """Keep apart what the purchase needs, in place of what was kept for it before."""
        ...

    def commit(self, checkout: Checkout, basket: Basket, *, at: datetime, by: Who) -> list[Effect]:
        """Use what was kept apart; takes it at once where nothing was."""
        ...

    def release(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Let go what was kept apart."""
        ...

    def give_back(self, checkout: Checkout, share: Fraction, *, at: datetime, by: Who) -> None:
        """Bring what came back in all, as a share of what was paid, up to `share`."""
        ...

    def undo(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Take back what a commit did: the purchase changed, and is told anew as another."""
        ...


@cache
def parts() -> tuple[Part, ...]:
    """Return every part that is installed, by name."""
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return tuple(point.load() for point in found)
