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
from stamgast.loyalty import actions
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
        member = actions.leave_programme(
            member_by_ref(ref), at=request.at, by=actor(request), points=said.points
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
    member, has_joined = actions.join_programme(
        customer_meant(said.customer),
        at=request.at,
        by=actor(request),
        ref=ref,
        terms_version=said.terms_version,
    )
    outcome = "made" if has_joined else "unchanged"
    told = MemberTold.of(member, at=request.at)
    answer = MemberRecorded(outcome=outcome, member=told)  # type: ignore[arg-type]
    return Status(201 if has_joined else 200, answer)
