"""Consents: added and listed; nothing is ever changed."""

from __future__ import annotations

from ninja import Query
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.paging import page_of
from stamgast.api.v1.people import customer_asked, customer_meant
from stamgast.api.v1.schemas.consents import (
    ConsentPage,
    ConsentRecorded,
    ConsentSaid,
    ConsentsQuery,
    ConsentTold,
)
from stamgast.customers import actions
from stamgast.customers.models import Consent

consents = Operations("consents")


@consents.get("/consents", scope="customers:read", answers=ConsentPage, fails=[404])
def list_consents(request: ApiRequest, asked: Query[ConsentsQuery]) -> ConsentPage:
    """List what customers allowed and withdrew, in the order we were told.

    Of one channel and purpose the latest `given_at` counts.
    """
    rows = Consent.objects.all()
    customer = customer_asked(asked.customer, asked.customer_id)
    if customer is not None:
        rows = rows.filter(customer=customer)
    if asked.since is not None:
        rows = rows.filter(at__gte=asked.since)
    found, following = page_of(rows, asked)
    return ConsentPage(items=[ConsentTold.of(one) for one in found], next=following)


@consents.post(
    "/consents",
    scope="consents:write",
    answers=ConsentRecorded,
    makes=True,
    fails=[404, 409],
)
def record_consent(request: ApiRequest, said: ConsentSaid) -> Status[ConsentRecorded]:
    """Write down that a customer allowed or withdrew something.

    The same key with the same facts changes nothing; with other facts it is refused.
    """
    customer = customer_meant(said.customer)
    was_there = Consent.objects.filter(key=said.key).exists()
    row = actions.record_consent(
        customer,
        at=request.at,
        by=actor(request),
        **said.model_dump(exclude={"customer", "given_at"}),
        given_at=said.given_at,
    )
    told = ConsentTold.of(row)
    if was_there:
        return Status(200, ConsentRecorded(outcome="unchanged", consent=told))
    return Status(201, ConsentRecorded(outcome="made", consent=told))
