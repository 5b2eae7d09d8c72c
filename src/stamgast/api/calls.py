"""Noting calls for the list of last calls: who, which operation, how long, what went wrong."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.http import HttpRequest

from stamgast.api.auth import Key
from stamgast.api.errors import Fault
from stamgast.staff.actions import note_call
from stamgast.staff.models import ApiKey

log = logging.getLogger("stamgast.api")


# Asked at every visit of the shop: the calls that go well say little, and would wear out the disk.
_FREQUENT = frozenset({"/api/v1/decisions"})


class OneASecond:
    """Of calls of one kind one a second is noted.

    Who knocks in the dark, or asks at every visit, neither wears out the database nor crowds out
    the calls that matter.
    """

    def __init__(self) -> None:
        self._noted_at: dict[str, datetime] = {}

    def may_note(self, kind: str, at: datetime) -> bool:
        """Say whether this one is noted."""
        before = self._noted_at.get(kind)
        if before is not None and abs(at - before) < timedelta(seconds=1):
            return False
        self._noted_at[kind] = at
        return True


_lately = OneASecond()


def note(request: HttpRequest, status: int, *, took_ms: float) -> None:
    """Remember the call without what was in it; that must never spoil the answer."""
    at = request.at  # type: ignore[attr-defined]
    try:
        key = _caller(request)
        path = _template(request)
        if not _may_note(key, path, status, at):
            return
        note_call(
            key,
            at=at,
            method=str(request.method),
            path=path,
            status=status,
            took_ms=round(took_ms),
            problem=getattr(request, "noted", None),
        )
    except DatabaseError:
        log.exception("a call could not be noted")


def _may_note(key: ApiKey | None, path: str, status: int, at: datetime) -> bool:
    if key is None:
        return _lately.may_note("", at)
    if path in _FREQUENT and status < 400:
        return _lately.may_note(f"{key.pk} {path}", at)
    return True


def _caller(request: HttpRequest) -> ApiKey | None:
    """Return whose key it is; also where nobody asked for it yet, as at a wrong address."""
    try:
        return Key()(request)
    except Fault:
        return None


def _template(request: HttpRequest) -> str:
    """Return the address without the names in it: /api/v1/customers/{key}."""
    found = request.resolver_match
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", found.route if found else "")
