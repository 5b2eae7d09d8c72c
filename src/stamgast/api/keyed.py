"""Doing what a request asks once, however often it is sent: its Idempotency-Key, and the answer kept.

The key and a digest of what was asked are written in the transaction of the effect itself, and kept for
ever. What is refused leaves nothing, also not its key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Header
from pydantic import BaseModel

from stamgast.api.auth import ApiRequest
from stamgast.api.errors import Fault
from stamgast.database.prepared import first, prepared
from stamgast.loyalty.book import Kept, Outcome
from stamgast.loyalty.models import Member, Reply

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=120,
        description="Your own name for this request: sent again with the same body it is done once.",
        examples=["till-3-20241130-0017"],
    ),
]


class Did(NamedTuple):
    """What became of a request: a status, what is answered, and whom it is about."""

    status: int
    told: BaseModel
    member: Member | None = None


def once(request: ApiRequest, key: str, do: Callable[[], Did]) -> HttpResponse:
    """Do it, or give the answer of when it was done; refuses the same key with another request."""
    asked = _digest(request)
    try:
        with transaction.atomic():
            before = first(_replies(key))
            if before is not None:
                return _again(before, asked)
            did = do()
            body = did.told.model_dump_json()
            Reply.objects.create(
                key=key,
                digest=asked,
                status=did.status,
                body=body,
                member=did.member,
                at=request.at,
            )
    except IntegrityError:  # the same request arrived twice at once
        before = first(_replies(key))
        if before is None:
            raise
        return _again(before, asked)
    return _answer(body, did.status)


def once_posted(
    request: ApiRequest,
    key: str,
    post: Callable[[Kept], Outcome],
    told_of: Callable[[int], BaseModel],
) -> HttpResponse:
    """Do one operation of the ledger once, its key kept by the very statement that writes it.

    The answer is told from the entry, which never changes: also when the request comes again.
    """
    asked = _digest(request)
    before = first(_replies(key))
    if before is None:
        try:
            outcome = post(Kept(key, asked, 201))
            return _answer(told_of(outcome.entry or 0).model_dump_json(), 201)
        except IntegrityError:  # the same request arrived twice at once
            before = first(_replies(key))
            if before is None:
                raise
    return _again(before, asked, told_of)


@prepared
def _replies(key: str) -> QuerySet[Reply]:
    return Reply.objects.filter(key=key)


def _answer(body: str, status: int) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")


def _again(
    before: Reply, asked: str, told_of: Callable[[int], BaseModel] | None = None
) -> HttpResponse:
    if before.digest != asked:
        detail = "This Idempotency-Key came before with another request; use a new one."
        raise Fault(422, "idempotency_key_reused", detail)
    body = before.body
    if told_of is not None and before.entry_id is not None:
        body = told_of(before.entry_id).model_dump_json()
    if body is None:
        detail = "This was done before, and is not done again; its answer is no longer kept."
        raise Fault(409, "answer_gone", detail)
    response = _answer(body, before.status)
    response["Idempotency-Replayed"] = "true"
    return response


def _digest(request: ApiRequest) -> str:
    """Return a digest of what is asked, whatever the blanks and the order of names in the body."""
    body = json.dumps(json.loads(request.body or b"null"), sort_keys=True)
    text = f"{request.method} {request.get_full_path()}\n{body}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
