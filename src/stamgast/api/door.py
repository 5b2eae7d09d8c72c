"""What surrounds every operation: who may, and nothing kept with a test key."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.operation import Operation

from stamgast.api.errors import INVALID, Fault, FieldProblem, answer

Run = Callable[..., HttpResponse]


def door(run: Run) -> Run:
    """Surround the way an operation is run."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    known = _query_names(operation)

    @wraps(run)
    def answered(request: HttpRequest, **facts: Any) -> HttpResponse:
        try:
            for may_enter in operation.auth_callbacks:
                may_enter(request)
            _refuse_unknown(request, known)
        except Fault as fault:
            return answer(request, fault.problem)
        return _run(run, request, facts)

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
