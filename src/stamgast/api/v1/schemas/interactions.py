"""Interactions: what was said between the shop and a customer."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import (
    CallKey,
    CustomerRef,
    Day,
    Line,
    Moment,
    Said,
    ShopKey,
    Told,
    Yes,
)
from stamgast.customers.models import Interaction
from stamgast.customers.rules import LONGEST_TEXT, tidy_lines

Kind = Literal["note", "call", "email", "visit", "complaint", "review"]
Lines = AfterValidator(tidy_lines)


class InteractionSaid(Said):
    """What was said."""

    key: CallKey
    customer: CustomerRef
    kind: Kind
    text: Annotated[str, Lines] = Field(
        min_length=1, max_length=LONGEST_TEXT, examples=["The parcel came open."]
    )
    is_ours: Yes = Field(default=False, description="The shop reached out, not the customer.")
    order_number: Annotated[str, Line] = Field(default="", max_length=64)
    happened_at: Moment | None = Field(default=None, description="Absent: now.")
    due: Day | None = Field(default=None, description="A complaint's deadline.")


class InteractionTold(Told):
    """What was said, as we hold it; a complaint is open until `closed_at`."""

    id: int
    key: str | None
    customer_id: int = Field(description="Our own number of the customer.")
    kind: str
    text: str
    is_ours: bool
    order_number: str
    happened_at: Moment
    due: Day | None
    closed_at: Moment | None
    outcome: str = Field(description="What came of a complaint.")

    @classmethod
    def of(cls, row: Interaction) -> Self:
        """Return an interaction for an answer."""
        own = {name: getattr(row, name) for name in cls.model_fields if name != "happened_at"}
        return cls.model_construct(**own, happened_at=row.at)


class InteractionPage(Page[InteractionTold]):
    """A page of interactions."""


class InteractionRecorded(Told):
    """What became of what was sent."""

    outcome: Literal["made", "unchanged"]
    interaction: InteractionTold


class ComplaintClosed(Told):
    """What became of a complaint that was closed."""

    outcome: Literal["changed", "unchanged"]
    interaction: InteractionTold


class Ending(Said):
    """How a complaint ended."""

    outcome: Annotated[str, Line] = Field(
        default="", max_length=300, description="What came of it.", examples=["Sent a new one"]
    )


class InteractionsQuery(PageQuery):
    """Which interactions."""

    customer: ShopKey | None = Field(default=None, description="Your own key.")
    customer_id: int | None = Field(default=None, ge=1, le=2**53, description="Our own number.")
    key: Annotated[str, Line] | None = Field(default=None, max_length=120)
    kind: Kind | None = None
    is_open: bool | None = Field(
        default=None, description="Complaints without an end, or with one."
    )
    since: Moment | None = Field(default=None, description="Happened at or after this moment.")
