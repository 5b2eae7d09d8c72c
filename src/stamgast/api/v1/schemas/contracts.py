"""Contracts: agreements that run."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StrictInt

from stamgast.api.v1.schemas.common import (
    Amount,
    Currency,
    CustomerRef,
    Day,
    Line,
    Outcome,
    Positive,
    Said,
    Told,
    amount,
    amount_if,
)
from stamgast.kernel import Money
from stamgast.sales.models import Contract


class ContractSaid(Said):
    """All there is of a contract: what you leave out is not there (any more)."""

    customer: CustomerRef
    name: Annotated[str, Line] = Field(default="", max_length=160, examples=["Beans every month"])
    started_on: Day
    ends_on: Day | None = Field(default=None, description="Absent while it simply runs on.")
    notice_on: Day | None = Field(default=None, description="The customer gave notice.")
    months: Annotated[StrictInt, Field(ge=1, le=120)] = Field(
        default=1, description="Per how many months it is billed."
    )
    amount: Positive = Field(description="Per such period, without VAT.")
    margin: Amount | None = Field(default=None, description="Of that, what is kept.")
    currency: Currency

    def money(self, name: str) -> Money | None:
        """Return one of the amounts."""
        value = getattr(self, name)
        return None if value is None else Money.of(value, self.currency)


class ContractTold(Told):
    """A contract as we hold it."""

    number: str
    customer_id: int = Field(description="Our own number of the customer.")
    customer: str | None = Field(description="Your own key of the customer.")
    name: str
    started_on: Day
    ends_on: Day | None
    notice_on: Day | None
    months: int
    amount: str
    margin: str | None
    currency: str

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """Return a contract for an answer."""
        own = ("number", "customer_id", "name", "started_on", "ends_on", "notice_on", "months")
        currency = contract.currency
        return cls.model_construct(
            **{name: getattr(contract, name) for name in own},
            customer=contract.customer.key,
            amount=amount(contract.amount_minor, currency),
            margin=amount_if(contract.margin_minor, currency),
            currency=currency,
        )


class ContractRecorded(Told):
    """What became of a contract that was sent."""

    outcome: Outcome
    contract: ContractTold
