"""Writing down agreements that run."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from django.db import IntegrityError, transaction

from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.kernel import Money
from stamgast.sales.errors import BadContract
from stamgast.sales.models import Contract
from stamgast.staff.queries import Who, actor, shop

Outcome = Literal["made", "changed", "unchanged"]


def record_contract(
    customer: Customer,
    *,
    number: str,
    started_on: date,
    at: datetime,
    by: Who = None,
    name: str = "",
    ends_on: date | None = None,
    notice_on: date | None = None,
    months: int = 1,
    amount: Money | None = None,
    margin: Money | None = None,
) -> tuple[Contract, Outcome]:
    """Write down a contract by its number; the same again changes nothing.

    `amount` and `margin` are without VAT, per `months`. Refuses an empty number, an end before the
    beginning, months below 1, and a margin in another currency.
    """
    number, name = number.strip(), " ".join(name.split())
    if not 0 < len(number) <= 64:
        raise BadContract(field="number")
    if len(name) > 160:
        raise BadContract(field="name")
    if ends_on is not None and ends_on < started_on:
        raise BadContract(field="ends_on")
    if not 1 <= months <= 1200:
        raise BadContract(field="months")
    paid = amount or Money(0, margin.currency if margin else shop().currency)
    if margin is not None and margin.currency != paid.currency:
        raise BadContract(field="margin")
    facts = {
        "customer_id": customer.pk,
        "name": name,
        "started_on": started_on,
        "ends_on": ends_on,
        "notice_on": notice_on,
        "months": months,
        "amount_minor": paid.minor,
        "margin_minor": margin.minor if margin else None,
        "currency": paid.currency,
    }
    try:
        with transaction.atomic():
            return _write(number, facts, at=at, by=by)
    except IntegrityError:  # the same number arrived twice at once
        with transaction.atomic():
            return _write(number, facts, at=at, by=by)


def _write(
    number: str, facts: dict[str, object], *, at: datetime, by: Who
) -> tuple[Contract, Outcome]:
    contract = Contract.objects.filter(number=number).first()
    outcome: Outcome = "changed"
    if contract is None:
        contract, outcome = Contract(number=number), "made"
    elif all(getattr(contract, field) == value for field, value in facts.items()):
        return contract, "unchanged"
    for field, value in facts.items():
        setattr(contract, field, value)
    contract.save()
    tell(
        "contract_recorded",
        at=at,
        actor=actor(by),
        subject="contract",
        subject_id=contract.pk,
        facts={"outcome": outcome},
    )
    return contract, outcome
