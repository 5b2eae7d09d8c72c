"""The ledger for programs: what happened to points, points by hand, and what members did."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Path, Query

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.keyed import Did, IdempotencyKey, once, once_posted
from stamgast.api.paging import page_of
from stamgast.api.v1.schemas.entries import (
    EntriesQuery,
    EntriesTold,
    EntryPage,
    EntrySaid,
    EntryTold,
    HappeningSaid,
    ReversalSaid,
)
from stamgast.loyalty import actions
from stamgast.loyalty.errors import NoSuchEntry
from stamgast.loyalty.models import Entry
from stamgast.loyalty.queries import member_by_ref

entries = Operations("loyalty")


def _in_full() -> QuerySet[Entry]:
    return Entry.objects.select_related("member").prefetch_related("legs__wallet")


def _wrote(*written: int | None) -> EntriesTold:
    found = _in_full().filter(pk__in=[pk for pk in written if pk]).order_by("pk")
    return EntriesTold(entries=[EntryTold.of(entry) for entry in found])


@entries.get("/entries", scope="loyalty:read", answers=EntryPage, fails=[404])
def list_entries(request: ApiRequest, asked: Query[EntriesQuery]) -> EntryPage:
    """List what happened to points, of one member or of all, in the order it was written."""
    rows = _in_full()
    if asked.member is not None:
        rows = rows.filter(member=member_by_ref(asked.member))
    found, following = page_of(rows, asked)
    return EntryPage(items=[EntryTold.of(one) for one in found], next=following)


@entries.post("/entries", scope="points:write", answers=EntriesTold, makes=True, fails=[404, 409])
def add_entry(request: ApiRequest, said: EntrySaid, key: IdempotencyKey) -> HttpResponse:
    """Give, take, move or correct points by hand, with a reason.

    To take more than there is, correct: what lacks becomes a debt.
    """

    about: dict[str, Any] = {
        "at": request.at,
        "key": f"api:{key}",
        "by": actor(request),
        "reason": said.reason,
    }
    if said.kind == "transfer":
        return once(request, key, lambda: _moved(said, about))
    act = {
        "grant": actions.grant_points,
        "deduct": actions.deduct_points,
        "correct": actions.correct_points,
    }[said.kind]
    return once_posted(
        request,
        key,
        lambda kept: act(member_by_ref(said.member), said.points, kept=kept, **about),
        _wrote,
    )


def _moved(said: EntrySaid, about: dict[str, Any]) -> Did:
    if said.to is None:
        raise Fault(422, "nobody_named", "Say to whom the points go.")
    member, to = member_by_ref(said.member), member_by_ref(said.to)
    both = actions.transfer_points(member, to, said.points, **about)
    return Did(201, _wrote(*(one.entry for one in both)), member)


@entries.post(
    "/entries/{int:id}/reversal",
    scope="points:write",
    answers=EntriesTold,
    makes=True,
    fails=[404, 409],
)
def reverse_entry(
    request: ApiRequest,
    id: Annotated[int, Path(ge=1, le=2**53)],
    said: ReversalSaid,
    key: IdempotencyKey,
) -> HttpResponse:
    """Undo an entry made by hand or for an action, once; an order is undone by a return."""

    def do() -> Did:
        entry = Entry.objects.filter(pk=id).first()
        if entry is None:
            raise NoSuchEntry()
        outcome = actions.reverse_entry(
            entry, at=request.at, by=actor(request), reason=said.reason, key=f"api:{key}"
        )
        return Did(201, _wrote(outcome.entry), entry.member)

    return once(request, key, do)


@entries.post("/events", scope="loyalty:write", answers=EntriesTold, makes=True, fails=[404, 409])
def record_event(request: ApiRequest, said: HappeningSaid, key: IdempotencyKey) -> HttpResponse:
    """Say what a member did, such as a review; they get what the rules promise for it."""

    def do() -> Did:
        member = member_by_ref(said.member)
        outcomes = actions.earn_by_action(
            member,
            said.action,
            at=request.at,
            happened_at=said.happened_at,
            key=f"api:{key}",
            by=actor(request),
            ref=said.ref,
        )
        return Did(201, _wrote(*(outcome.entry for outcome in outcomes)), member)

    return once(request, key, do)
