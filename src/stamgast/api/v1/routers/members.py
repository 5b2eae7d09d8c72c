"""Members of the loyalty programme: joined under the shop's own name, read with their points."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Path
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.keyed import Did, IdempotencyKey, once
from stamgast.api.v1.people import customer_meant
from stamgast.api.v1.schemas.loyalty import MemberRef
from stamgast.api.v1.schemas.members import LeavingSaid, MemberRecorded, MemberSaid, MemberTold
from stamgast.customers.models import Customer
from stamgast.loyalty import actions
from stamgast.loyalty.membership.actions import Agreed, join, leave
from stamgast.loyalty.models import Member
from stamgast.loyalty.queries import member_by_ref

members = Operations("loyalty")


@members.post(
    "/members/{own:ref}/leave", scope="loyalty:write", answers=MemberTold, fails=[404, 409]
)
def leave_programme(
    request: ApiRequest,
    ref: Annotated[MemberRef, Path()],
    said: LeavingSaid,
    key: IdempotencyKey,
) -> HttpResponse:
    """Let a member leave the programme; they may come back."""

    def do() -> Did:
        member = leave(
            member_by_ref(ref),
            source="api",
            at=request.at,
            by=actor(request),
            keeps_points=said.points == "keep",
        )
        return Did(200, MemberTold.of(member, at=request.at), member)

    return once(request, key, do)


@members.get("/members/{own:ref}", scope="loyalty:read", answers=MemberTold, fails=[404])
def get_member(request: ApiRequest, ref: Annotated[MemberRef, Path()]) -> MemberTold:
    """Return a member with their points and when these end, their tier and their codes."""
    return MemberTold.of(member_by_ref(ref), at=request.at)


@members.put("/members/{own:ref}", scope="loyalty:write", answers=MemberRecorded, fails=[404, 409])
def join_programme(
    request: ApiRequest, ref: Annotated[MemberRef, Path()], said: MemberSaid
) -> Status[MemberRecorded]:
    """Let a customer take part under your own name for them; the same again changes nothing."""
    member, has_joined = _joined(customer_meant(said.customer), ref, said, request)
    outcome = "made" if has_joined else "unchanged"
    told = MemberTold.of(member, at=request.at)
    answer = MemberRecorded(outcome=outcome, member=told)  # type: ignore[arg-type]
    return Status(201 if has_joined else 200, answer)


def _joined(
    customer: Customer, ref: str, said: MemberSaid, request: ApiRequest
) -> tuple[Member, bool]:
    by, terms = actor(request), said.terms_version or ""
    if said.agreed is None:
        return actions.join_programme(customer, at=request.at, by=by, ref=ref, terms_version=terms)
    agreed = Agreed(
        wording=said.agreed.wording,
        source=said.agreed.source,
        terms_version=terms,
        may_profile=said.agreed.may_profile,
        profiling_wording=said.agreed.profiling_wording,
        said_at=said.agreed.given_at,
    )
    return join(customer, agreed, at=request.at, by=by, ref=ref)
