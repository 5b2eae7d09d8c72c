"""Consents: what a customer allowed or withdrew."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import (
    CallKey,
    CustomerRef,
    Line,
    Moment,
    Needed,
    Said,
    ShopKey,
    Told,
    Yes,
)
from stamgast.customers.models import Consent


class ConsentSaid(Said):
    """What a customer allowed or withdrew, for one channel and purpose."""

    key: CallKey
    customer: CustomerRef
    channel: Literal["email", "phone", "sms", "post"]
    purpose: Literal["offers", "news", "survey", "tracking"]
    is_granted: Yes = Field(description="False when it was withdrawn.")
    source: Annotated[str, Needed] = Field(
        min_length=1, max_length=120, description="Where it was given.", examples=["checkout"]
    )
    wording: Annotated[str, Line] = Field(
        default="", max_length=300, description="What the customer agreed to, word for word."
    )
    basis: Literal["opt_in", "soft_opt_in"] = Field(
        default="opt_in",
        description="A soft opt-in rests on a sale, and then names its order.",
    )
    order_number: Annotated[str, Line] = Field(default="", max_length=64)
    given_at: Moment | None = Field(default=None, description="Absent: now.")


class ConsentTold(Told):
    """A consent as we hold it; rows are only ever added, and what was said last counts."""

    id: int
    key: str | None
    customer_id: int = Field(description="Our own number of the customer.")
    channel: str
    purpose: str
    is_granted: bool
    source: str
    wording: str
    basis: str
    order_number: str
    given_at: Moment

    @classmethod
    def of(cls, row: Consent) -> Self:
        """Return a consent for an answer."""
        own = {name: getattr(row, name) for name in cls.model_fields if name != "given_at"}
        return cls.model_construct(**own, given_at=row.at)


class ConsentPage(Page[ConsentTold]):
    """A page of consents."""


class ConsentRecorded(Told):
    """What became of a consent that was sent."""

    outcome: Literal["made", "unchanged"]
    consent: ConsentTold


class ConsentsQuery(PageQuery):
    """Whose consents; of everybody when nobody is named."""

    customer: ShopKey | None = Field(default=None, description="Your own key.")
    customer_id: int | None = Field(default=None, ge=1, le=2**53, description="Our own number.")
    since: Moment | None = Field(default=None, description="Given at or after this moment.")
