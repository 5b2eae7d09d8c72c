"""Interactions: written down, listed, and complaints brought to their end."""

from __future__ import annotations

from typing import Annotated

from django.db.models import QuerySet
from ninja import Path, Query
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.paging import page_of
from stamgast.api.v1.people import customer_asked, customer_meant
from stamgast.api.v1.schemas.interactions import (
    ComplaintClosed,
    Ending,
    InteractionPage,
    InteractionRecorded,
    InteractionSaid,
    InteractionsQuery,
    InteractionTold,
)
from stamgast.customers import actions
from stamgast.customers.errors import AlreadyClosed
from stamgast.customers.models import Interaction

interactions = Operations("interactions")


@interactions.get("/interactions", scope="interactions:read", answers=InteractionPage, fails=[404])
def list_interactions(request: ApiRequest, asked: Query[InteractionsQuery]) -> InteractionPage:
    """List what was said, in the order it was written down."""
    found, following = page_of(_asked_for(asked), asked)
    return InteractionPage(items=[InteractionTold.of(one) for one in found], next=following)


def _asked_for(asked: InteractionsQuery) -> QuerySet[Interaction]:
    rows = Interaction.objects.all()
    customer = customer_asked(asked.customer, asked.customer_id)
    if customer is not None:
        rows = rows.filter(customer=customer)
    if asked.key is not None:
        rows = rows.filter(key=asked.key)
    if asked.kind is not None:
        rows = rows.filter(kind=asked.kind)
    if asked.is_open is not None:
        rows = rows.filter(kind=Interaction.Kind.COMPLAINT, closed_at__isnull=asked.is_open)
    if asked.since is not None:
        rows = rows.filter(at__gte=asked.since)
    return rows


@interactions.post(
    "/interactions",
    scope="interactions:write",
    answers=InteractionRecorded,
    makes=True,
    fails=[404, 409],
)
def add_interaction(request: ApiRequest, said: InteractionSaid) -> Status[InteractionRecorded]:
    """Write down what was said: a note, call, e-mail, visit, complaint or review.

    The same key with the same facts changes nothing; with other facts it is refused.
    """
    customer = customer_meant(said.customer)
    was_there = Interaction.objects.filter(key=said.key).exists()
    row = actions.add_interaction(
        customer,
        at=request.at,
        by=actor(request),
        **said.model_dump(exclude={"customer", "happened_at", "due"}),
        happened_at=said.happened_at,
        due=said.due,
    )
    told = InteractionTold.of(row)
    if was_there:
        return Status(200, InteractionRecorded(outcome="unchanged", interaction=told))
    return Status(201, InteractionRecorded(outcome="made", interaction=told))


@interactions.post(
    "/interactions/{int:id}/close",
    scope="interactions:write",
    answers=ComplaintClosed,
    fails=[404, 409],
)
def close_complaint(
    request: ApiRequest, id: Annotated[int, Path(ge=1, le=2**53)], ending: Ending
) -> ComplaintClosed:
    """End a complaint with what came of it; saying the same again changes nothing."""
    row = Interaction.objects.filter(pk=id).first()
    if row is None:
        raise Fault(404, "no_such_interaction", "There is no interaction of this number.")
    try:
        closed = actions.close_complaint(
            row, outcome=ending.outcome, at=request.at, by=actor(request)
        )
    except AlreadyClosed:
        if row.outcome != ending.outcome:
            raise
        return ComplaintClosed(outcome="unchanged", interaction=InteractionTold.of(row))
    return ComplaintClosed(outcome="changed", interaction=InteractionTold.of(closed))
