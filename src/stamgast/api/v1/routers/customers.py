"""Customers: read, found, and written down under the shop's own key."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault, FieldProblem
from stamgast.api.paging import page_of
from stamgast.api.v1.bulk import Result, answer_bulk
from stamgast.api.v1.schemas.common import BulkAnswer, ShopKey
from stamgast.api.v1.schemas.customers import (
    CustomerFacts,
    CustomerItem,
    CustomerPage,
    CustomerRecorded,
    CustomersQuery,
    CustomerTold,
    ManyCustomers,
)
from stamgast.customers import actions, rules
from stamgast.customers.queries import by_identity, known

customers = Operations("customers")


@customers.get("/customers", scope="customers:read", answers=CustomerPage)
def list_customers(request: ApiRequest, asked: Query[CustomersQuery]) -> CustomerPage:
    """List customers, or find them by key, e-mail address or phone.

    Those who were erased, or whose record went up in another, are not there.
    """
    rows = known()
    if asked.id is not None:
        rows = rows.filter(pk=asked.id)
    if asked.key is not None:
        rows = rows.filter(identities__kind="key", identities__value=asked.key)
    if asked.email is not None:
        rows = rows.filter(email=rules.email(asked.email) or asked.email)
    if asked.phone is not None:
        rows = rows.filter(phone=_number(asked.phone, request.shop.country))
    if asked.changed_since is not None:
        rows = rows.filter(changed_at__gte=asked.changed_since)
    found, following = page_of(rows, asked)
    return CustomerPage(items=[CustomerTold.of(one) for one in found], next=following)


def _number(phone: str, country: str) -> str:
    read = rules.phone(phone, country)
    if read.number:
        return read.number
    detail = "This is no phone number that can be read."
    wrong = FieldProblem(at="query", field="phone", problem=read.problem, detail=detail)
    raise Fault(422, "invalid", detail, fields=[wrong])


@customers.get("/customers/{own:key}", scope="customers:read", answers=CustomerTold, fails=[404])
def get_customer(request: ApiRequest, key: Annotated[ShopKey, Path()]) -> CustomerTold:
    """Return the customer with this key of yours; of a merged record the one it went up in."""
    customer = by_identity("key", key)
    if customer is None:
        raise Fault(404, "no_such_customer", "No customer has this key.")
    return CustomerTold.of(customer)


@customers.put(
    "/customers/{own:key}", scope="customers:write", answers=CustomerRecorded, fails=[409]
)
def record_customer(
    request: ApiRequest, key: Annotated[ShopKey, Path()], facts: CustomerFacts
) -> Status[CustomerRecorded]:
    """Write down what you know of a customer, under your own key.

    What you leave out stays as it is; the same again changes nothing. A customer we only knew by
    this e-mail address gets your key.
    """
    customer, outcome = actions.record_customer(
        key=key, at=request.at, by=actor(request), **facts.facts()
    )
    told = CustomerRecorded(outcome=outcome, customer=CustomerTold.of(customer))
    return Status(201 if outcome == "made" else 200, told)


@customers.post("/bulk/customers", scope="customers:write", answers=BulkAnswer)
def record_customers(request: ApiRequest, sent: ManyCustomers) -> BulkAnswer:
    """Write down up to 1,000 customers; each is answered apart, and the good ones are kept.

    Without a key a customer is recognised by e-mail address, or else by phone.
    """
    by = actor(request)

    def record(items: list[CustomerItem]) -> list[Result]:
        many = [{"key": item.key, **item.facts()} for item in items]
        recorded = actions.record_customers(many, at=request.at, by=by)
        return [Result(one.outcome, one.refusal) for one in recorded]

    return answer_bulk(request, sent, record)
