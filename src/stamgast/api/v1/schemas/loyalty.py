"""Purchases at the till as programs say and hear them: quoted, held, done and returned."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt

from stamgast.api.v1.schemas.common import (
    Code,
    Currency,
    Line,
    Moment,
    Needed,
    Positive,
    Quantity,
    Said,
    Sku,
    Told,
    amount,
    plain,
)
from stamgast.kernel.money import minor_digits
from stamgast.loyalty.actions import Basket, Effect, Quote, ReturnedLine
from stamgast.loyalty.balances import end_of, lot_of
from stamgast.loyalty.book import MOST
from stamgast.loyalty.models import Checkout, CheckoutReturn
from stamgast.loyalty.rules import BoughtLine

MemberRef = Annotated[
    str,
    Code,
    Field(
        min_length=1,
        max_length=100,
        description="Your own name for the member, or the code on their card.",
        examples=["C-1001"],
    ),
]
Ref = Annotated[str, Code, Field(min_length=1, max_length=100, examples=["2024-1001"])]
PointsCount = Annotated[StrictInt, Field(ge=0, le=MOST, examples=[250])]
_AMOUNTS = frozenset({"least", "missing", "amount"})  # among the facts of an effect, minor units


def minor(value: Decimal, currency: str) -> int:
    """Return an amount in minor units, rounded half up."""
    scaled = value.scaleb(minor_digits(currency))
    return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))


# --- purchases -------------------------------------------------------------------------------------


class BasketLine(Said):
    """One line: what all its pieces cost after your own reductions, VAT included."""

    sku: Sku
    quantity: Quantity = Field(default=Decimal(1))
    amount: Positive = Field(description="Before codes, rewards and points.")
    category: Annotated[str, Line] = Field(default="", max_length=120)


class BasketSaid(Said):
    """What somebody is about to buy, and with how many points."""

    member: MemberRef | None = None
    currency: Currency
    lines: Annotated[list[BasketLine], Field(min_length=1, max_length=1000)]
    codes: Annotated[list[Annotated[str, Needed, Field(max_length=80)]], Field(max_length=20)] = []
    shipping: Positive = Field(
        default=Decimal(0), description="What delivery costs, VAT included; it earns nothing."
    )
    points: PointsCount = Field(default=0, description="Points to be spent.")

    def basket(self, ref: str) -> Basket:
        """Return it as the core has it."""
        lines = [
            BoughtLine(line.sku, line.category, line.quantity, minor(line.amount, self.currency))
            for line in self.lines
        ]
        return Basket(ref, self.currency, lines, self.codes, minor(self.shipping, self.currency))


class HoldSaid(BasketSaid):
    """What has to be kept apart for a purchase."""

    minutes: Annotated[StrictInt, Field(ge=1, le=129_600)] | None = Field(
        default=None, description="How long; as the programme says when absent."
    )


class PurchaseSaid(BasketSaid):
    """A purchase that is done, and never was held."""

    ref: Ref
    ordered_at: Moment | None = Field(default=None, description="Absent: now.")


class CommitSaid(Said):
    """How much of what is held is spent."""

    points: PointsCount | None = Field(default=None, description="Absent: all that is held.")


class EffectTold(Told):
    """What another part of the programme does for a purchase, or why not."""

    part: str = Field(examples=["codes"])
    name: str = Field(description="The code, or the name of the tier.", examples=["AUTUMN10"])
    status: str = Field(description="applicable, inapplicable or skipped")
    reason: str = Field(description="Why not; empty when it applies.", examples=["below_minimum"])
    discount: str = Field(description="What it takes off, or pays.", examples=["10.00"])
    is_payment: bool = Field(description="A gift card: it pays, and lowers no price.")
    factor: str = Field(description="Times the points that are earned.", examples=["1.5"])
    facts: dict[str, str | int] = Field(
        description="What goes with the reason, or what else is given.",
        examples=[{"least": "50.00", "missing": "12.50", "currency": "EUR"}],
    )

    @classmethod
    def of(cls, effect: Effect, currency: str) -> Self:
        """Return an effect for an answer."""
        return cls(
            part=effect.part,
            name=effect.name,
            status=effect.status,
            reason=effect.reason,
            discount=amount(effect.discount_minor, currency),
            is_payment=effect.is_payment,
            factor=plain(effect.factor),
            facts={
                name: amount(value, effect.facts.get("currency", currency))
                if name in _AMOUNTS
                else value
                for name, value in effect.facts.items()
            },
        )


class QuoteTold(Told):
    """What a purchase would do, as long as nothing changes."""

    available: int
    usable: int = Field(description="Points that can be spent on it: it may come to less.")
    spend: int = Field(description="Points that would be spent.")
    spend_amount: str = Field(description="What they pay.", examples=["2.50"])
    total: str = Field(description="Lines and shipping as you sent them.", examples=["65.00"])
    to_pay: str = Field(
        description="Left to pay in money, after codes, points and gift cards.", examples=["62.50"]
    )
    earns: int
    qualifies: int
    available_at: Moment | None = Field(description="When what it earns may be spent.")
    ends_at: Moment | None = Field(description="When what it earns ends; null: never.")
    effects: list[EffectTold]

    @classmethod
    def of(cls, quote: Quote, currency: str) -> Self:
        """Return a quote for an answer."""
        names = ("available", "usable", "spend", "earns", "qualifies", "available_at", "ends_at")
        return cls(
            **{name: getattr(quote, name) for name in names},
            spend_amount=amount(quote.spend_minor, currency),
            total=amount(quote.total_minor, currency),
            to_pay=amount(quote.to_pay_minor, currency),
            effects=[EffectTold.of(effect, currency) for effect in quote.effects],
        )


class CheckoutTold(Told):
    """A purchase at the till."""

    ref: str
    status: Literal["held", "committed", "released", "replaced"] = Field(
        description="An order that changed is replaced: its number is that of what it became."
    )
    member: str | None
    currency: str
    total: str = Field(description="Lines and shipping as you sent them.")
    to_pay: str = Field(description="Left to pay in money, after codes, points and gift cards.")
    held: int = Field(description="Points kept apart.")
    expires_at: Moment | None = Field(description="When what is held is let go by itself.")
    committed_at: Moment | None
    spent: int
    earned: int
    qualified: int
    available_at: Moment | None = Field(description="When what it earned may be spent.")
    ends_at: Moment | None = Field(description="When what it earned ends; null: never.")
    given_back: int = Field(description="Of the spent points, by returns so far.")
    taken_back: int = Field(description="Of the earned points, by returns so far.")
    effects: list[EffectTold]

    @classmethod
    def of(cls, row: Checkout) -> Self:
        """Return a purchase for an answer."""
        member, hold, lot = row.member, row.hold, lot_of(row)
        is_held = row.status == Checkout.Status.HELD and hold is not None
        return cls(
            ref=row.ref,
            status=row.status,  # type: ignore[arg-type]
            member=(member.ref or member.code) if member else None,
            currency=row.currency,
            total=amount(row.total_minor, row.currency),
            to_pay=amount(row.to_pay_minor, row.currency),
            held=hold.points if is_held and hold else 0,
            expires_at=row.expires_at,
            committed_at=row.committed_at,
            spent=row.spent,
            earned=row.earned,
            qualified=row.qualified,
            available_at=lot.activates_at if lot else None,
            ends_at=end_of(lot.expires_at) if lot else None,
            given_back=row.given_back,
            taken_back=row.taken_back,
            effects=[EffectTold.of(Effect.of(kept), row.currency) for kept in row.effects],
        )


class BackLine(Said):
    """Pieces of a product that came back."""

    sku: Sku
    quantity: Quantity = Field(default=Decimal(1))


class BackSaid(Said):
    """What came back: pieces, or an amount of the whole; with neither all that is left."""

    return_ref: Ref
    lines: Annotated[list[BackLine], Field(min_length=1, max_length=1000)] | None = None
    amount: Positive | None = Field(
        default=None,
        description="Of what the lines came to after codes, whatever it was paid with.",
    )

    def returned(self) -> list[ReturnedLine] | None:
        """Return the pieces as the core has them."""
        if self.lines is None:
            return None
        return [ReturnedLine(line.sku, line.quantity) for line in self.lines]


class BackTold(Told):
    """What a return did, and how the purchase stands."""

    return_ref: str
    given_back: int = Field(description="Spent points that the member has again.")
    taken_back: int = Field(description="Earned points that the member has no more.")
    checkout: CheckoutTold

    @classmethod
    def of(cls, row: CheckoutReturn, checkout: Checkout) -> Self:
        """Return a return for an answer."""
        return cls(
            return_ref=row.ref,
            given_back=row.given_back,
            taken_back=row.taken_back,
            checkout=CheckoutTold.of(checkout),
        )
