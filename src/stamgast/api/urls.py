"""The addresses of the API; whatever else begins with /api/ is told to be nothing, as a problem."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.http import require_safe

from stamgast.api.calls import note
from stamgast.api.contract import nothing_here
from stamgast.api.errors import answer, problem
from stamgast.api.v1 import v1

View = Callable[..., HttpResponse]


def outside(view: View, *, is_noted: bool = True) -> View:
    """Let programs through to a view: they show a key instead of signing in and hold no cookie.

    Whatever it answers is in our form, also when it breaks, and the call is noted.
    """

    @wraps(view)
    def reached(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        began = time.perf_counter()
        try:
            response = view(request, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - told as a problem, and logged
            response = v1.on_exception(request, error)
        response = _in_our_form(request, response)
        if is_noted:
            note(request, response.status_code, took_ms=1000 * (time.perf_counter() - began))
        return response

    reached.is_open = True  # type: ignore[attr-defined]
    return reached


def _in_our_form(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code == 405:
        allowed = response["Allow"]
        detail = f"This address answers {allowed}."
        response = answer(request, problem("method_not_allowed", status=405, detail=detail))
        response["Allow"] = allowed
    for name, said in _headers().items():
        response[name] = said
    response["Content-Length"] = str(len(response.content))
    # Django would log the address of what failed, and that may name a customer; what failed is on
    # the list of last calls.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


@cache
def _headers() -> dict[str, str]:
    """Return what every answer says: keep it nowhere, and take it for what it is."""
    said = {
        "Cache-Control": "no-store",
        "Content-Language": "en",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    if settings.SECURE_HSTS_SECONDS:
        said["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    return said


def _operations() -> list[URLPattern]:
    """Return the operations as addresses; ninja's own start page is left out."""
    patterns = [one for one in v1.urls[0] if isinstance(one, URLPattern) and str(one.pattern)]
    return [URLPattern(one.pattern, outside(one.callback), name=one.name) for one in patterns]


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """Show the OpenAPI document, to everybody."""
    return HttpResponse(_document(), content_type="application/json")


@cache
def _document() -> str:
    return json.dumps(v1.document(prefix="api/v1/"), ensure_ascii=False)


def nothing(request: HttpRequest) -> HttpResponse:
    """Say that there is nothing at this address."""
    return answer(request, nothing_here())


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/openapi.json", outside(document, is_noted=False), name="openapi"),
    path("v1/", include((_operations(), "api-v1"))),
    re_path(r"", outside(nothing)),
]
