"""One version of the API: its operations, its document, and how everything that fails is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.urls import register_converter
from django.urls.converters import StringConverter
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation

from stamgast.api.auth import Key
from stamgast.api.body import StrictJson
from stamgast.api.document import finished
from stamgast.api.door import door
from stamgast.api.errors import Fault, Problem, answer, invalid, problem, problem_of
from stamgast.kernel import Refusal

log = logging.getLogger("stamgast.api")
View = TypeVar("View", bound=Callable[..., Any])

# What any operation may answer besides its own.
_ALWAYS = (401, 403, 422, 500, 503)
_WITH_BODY = (400, 413, 415)


class OwnName(StringConverter):
    """A shop's own key or number in an address: any character, also a slash or a line's end."""

    regex = "(?s:.+)"


register_converter(OwnName, "own")


class Operations:
    """The operations of one noun: each says its scope, what it answers, and how it may fail."""

    def __init__(self, tag: str) -> None:
        self.router = Router(tags=[tag])

    def get(
        self, path: str, *, scope: str, answers: Any, fails: Sequence[int] = ()
    ) -> Callable[[View], View]:
        """Read something."""
        return self._add("GET", path, scope, {200: answers}, (*fails, *_ALWAYS))

    def put(
        self, path: str, *, scope: str, answers: Any, fails: Sequence[int] = ()
    ) -> Callable[[View], View]:
        """Write something down under a name of the caller's own: 201 when that was new."""
        both = {200: answers, 201: answers}
        return self._add("PUT", path, scope, both, (*fails, *_ALWAYS, *_WITH_BODY))

    def post(
        self,
        path: str,
        *,
        scope: str,
        answers: Any,
        makes: bool = False,
        fails: Sequence[int] = (),
    ) -> Callable[[View], View]:
        """Do something; 201 when it `makes` something and that was new."""
        both = {200: answers, **({201: answers} if makes else {})}
        return self._add("POST", path, scope, both, (*fails, *_ALWAYS, *_WITH_BODY))

    def _add(
        self, method: str, path: str, scope: str, answers: dict[int, Any], fails: Sequence[int]
    ) -> Callable[[View], View]:
        response = {**answers, **dict.fromkeys(sorted(fails), Problem)}
        return self.router.api_operation([method], path, auth=Key(scope), response=response)


class Api(NinjaAPI):
    """A NinjaAPI that speaks problem+json and says so in its document."""

    def __init__(self, **options: Any) -> None:
        super().__init__(docs_url=None, openapi_url=None, parser=StrictJson(), **options)
        self.add_decorator(door, mode="view")
        for kind, tell in _TOLD.items():
            self.add_exception_handler(kind, tell)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return str(operation.view_func.__name__)

    def document(self, *, prefix: str) -> dict[str, Any]:
        """Return the OpenAPI document."""
        scopes = {
            self.get_openapi_operation_id(operation): key.scope
            for router in self._get_bound_routers()
            for view in router.path_operations.values()
            for operation in view.operations
            for key in operation.auth_callbacks
            if isinstance(key, Key)
        }
        return finished(self.get_openapi_schema(path_prefix=prefix), scopes)


# --- how everything that fails is told -----------------------------------------------------------


def _fault(request: HttpRequest, fault: Fault) -> HttpResponse:
    return answer(request, fault.problem)


def _refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return answer(request, problem_of(refusal))


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return answer(request, invalid(error.errors))


def _not_there(request: HttpRequest, error: Http404) -> HttpResponse:
    return answer(request, nothing_here())


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Tell why a body cannot be read: what our parser found, as ninja passes it on."""
    if isinstance(error.__cause__, Fault):
        return answer(request, error.__cause__.problem)
    return answer(request, problem("unreadable", status=400, detail="The body cannot be read."))


def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    detail = "A body may hold 10 MB; send less at a time."
    return answer(request, problem("too_large", status=413, detail=detail))


def _busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """Ask for patience when somebody else holds the database; SQLite says more by this name."""
    if connection.vendor == "sqlite" and "locked" not in str(error):
        return _our_fault(request, error)
    log.exception("the database did not answer")
    detail = "The database is busy; try again in a moment."
    return answer(request, problem("busy", status=503, detail=detail))


def _our_fault(request: HttpRequest, error: Exception) -> HttpResponse:
    log.exception("an operation broke")
    detail = "Something broke here; nothing you can mend. It is in our log."
    return answer(request, problem("our_fault", status=500, detail=detail))


def nothing_here() -> Problem:
    """Return the problem of an address that leads nowhere."""
    return problem("nothing_here", status=404, detail="There is nothing at this address.")


_TOLD: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Exception: _our_fault,
    Fault: _fault,
    Refusal: _refusal,
    ValidationError: _invalid,
    Http404: _not_there,
    HttpError: _unreadable,
    UnreadablePostError: _unreadable,
    RequestDataTooBig: _too_large,
    OperationalError: _busy,
}
