"""What surrounds every operation: who may, a note of the call, and nothing kept with a test key."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from ninja.operation import Operation

from stamgast.api.errors import INVALID, Fault, FieldProblem, answer
from stamgast.staff.actions import note_call

log = logging.getLogger("stamgast.api")
Run = Callable[..., HttpResponse]


def door(run: Run) -> Run:
    """Surround the way an operation is run."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    known = _query_names(operation)
    path = "/api/v1" + re.sub(r"{\w+:", "{", operation.path)

    @wraps(run)
    def answered(request: HttpRequest, **facts: Any) -> HttpResponse:
        began = time.perf_counter()
        try:
            for may_enter in operation.auth_callbacks:
                may_enter(request)
            _refuse_unknown(request, known)
        except Fault as fault:
            response = answer(request, fault.problem)
        else:
            response = _run(run, request, facts)
        _note(request, path, response.status_code, took_ms=1000 * (time.perf_counter() - began))
        return response

    return answered


def _run(run: Run, request: HttpRequest, facts: dict[str, Any]) -> HttpResponse:
    """Run the operation; with a test key everything it wrote is taken back."""
    if request.method == "GET" or request.auth.is_live:  # type: ignore[attr-defined]
        return run(request, **facts)
    with transaction.atomic():
        response = run(request, **facts)
        transaction.set_rollback(True)
    return response


def _query_names(operation: Operation) -> set[str]:
    return {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }


def _refuse_unknown(request: HttpRequest, known: set[str]) -> None:
    """Refuse a question that we would otherwise silently answer in full."""
    unknown = sorted(request.GET.keys() - known)
    if unknown:
        detail = f"No such parameter here; there are: {', '.join(sorted(known)) or 'none'}."
        fields = [
            FieldProblem(at="query", field=name[:80], problem="unknown", detail=detail)
            for name in unknown
        ]
        raise Fault(422, "invalid", INVALID, fields=fields)


class Keyless:
    """Of calls without a key that works one a second is noted.

    Who knocks in the dark neither wears out the database nor crowds out the calls that matter.
    """

    def __init__(self) -> None:
        self._noted_at: datetime | None = None

    def may_note(self, at: datetime) -> bool:
        if self._noted_at is not None and abs(at - self._noted_at) < timedelta(seconds=1):
            return False
        self._noted_at = at
        return True


_keyless = Keyless()


def _note(request: HttpRequest, path: str, status: int, *, took_ms: float) -> None:
    """Remember the call without what was in it; that must never spoil the answer."""
    key, at = getattr(request, "auth", None), request.at  # type: ignore[attr-defined]
    if key is None and not _keyless.may_note(at):
        return
    try:
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
