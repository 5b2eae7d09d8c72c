"""Customers: who they are, as a program tells it and as we tell it back."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import (
    Bulk,
    Day,
    Line,
    Moment,
    Needed,
    Outcome,
    Said,
    ShopKey,
    Told,
)
from stamgast.customers.models import Customer


def _said(longest: int, about: str, example: str) -> Any:
    return Field(default=None, max_length=longest, description=about, examples=[example])


class CustomerFacts(Said):
    """What is known of a customer. Absent or null: not said; an empty text: known to be empty."""

    kind: Literal["person", "company"] | None = None
    name: Annotated[str, Line] | None = _said(
        230, "The full name, taken apart into the next three.", "Anna van der Berg"
    )
    first_name: Annotated[str, Line] | None = _said(100, "", "Anna")
    infix: Annotated[str, Line] | None = _said(30, "Dutch: van der, de, ...", "van der")
    last_name: Annotated[str, Line] | None = _said(100, "", "Berg")
    company: Annotated[str, Line] | None = _said(160, "", "Berg Interieur")
    email: Annotated[str, Line] | None = _said(254, "", "anna@example.com")
    phone: Annotated[str, Line] | None = _said(
        60, "In any notation; kept as E.164, and left out when it cannot be read.", "06-12345678"
    )
    street: Annotated[str, Line] | None = _said(120, "", "Kade")
    house_number: Annotated[str, Line] | None = _said(20, "With its addition.", "12A")
    postcode: Annotated[str, Line] | None = _said(20, "", "1234 AB")
    city: Annotated[str, Line] | None = _said(80, "", "Utrecht")
    country: Annotated[str, Line] | None = _said(40, "Two letters, or a name.", "NL")
    language: Annotated[str, Line] | None = _said(5, "", "nl")
    since: Day | None = Field(default=None, description="The first day you knew them.")
    birth_date: Day | None = Field(
        default=None, description="Who is under eighteen gets no campaigns."
    )

    def facts(self) -> dict[str, Any]:
        """Return what was said."""
        return {name: value for name, value in dict(self).items() if value is not None}


class CustomerItem(CustomerFacts):
    """A customer among many: with your key for them, or else an e-mail address or phone."""

    key: ShopKey | None = Field(default=None, description="Your own number for them.")


class ManyCustomers(Bulk[CustomerItem]):
    """Up to 1,000 customers."""


class CustomerTold(Told):
    """A customer as we know them."""

    id: int = Field(description="Our own number.", examples=[12])
    key: str | None = Field(description="Your own number.", examples=["C-1001"])
    kind: str
    name: str = Field(description="In one piece.", examples=["Anna van der Berg"])
    first_name: str
    infix: str
    last_name: str
    company: str
    email: str
    phone: str = Field(description="E.164, or empty.", examples=["+31612345678"])
    street: str
    house_number: str
    postcode: str = Field(description="Capitals, no spaces.", examples=["1234AB"])
    city: str
    country: str
    language: str
    since: Day | None
    birth_date: Day | None
    objects_to_profiling: bool = Field(description="Then there is no score.")
    made_at: Moment
    changed_at: Moment

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """Return a customer for an answer."""
        own = {name: getattr(customer, name) for name in cls.model_fields if name != "name"}
        return cls.model_construct(**own, name=customer.full_name)


class CustomerPage(Page[CustomerTold]):
    """A page of customers."""


class CustomerRecorded(Told):
    """What became of a customer that was sent."""

    outcome: Outcome
    customer: CustomerTold = Field(
        description="When the record went up in another, that other one."
    )


class CustomersQuery(PageQuery):
    """Which customers. Several conditions all have to hold."""

    key: Annotated[str, Needed] | None = Field(default=None, max_length=100)
    id: int | None = Field(default=None, ge=1, le=2**53)
    email: Annotated[str, Needed] | None = Field(default=None, max_length=254)
    phone: Annotated[str, Needed] | None = Field(
        default=None, max_length=60, description="In any notation."
    )
    changed_since: Moment | None = Field(
        default=None, description="Written down or changed at or after this moment."
    )
