"""The addresses of the API; whatever else begins with /api/ is told to be nothing, as a problem."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from stamgast.api.contract import nothing_here
from stamgast.api.errors import answer, problem
from stamgast.api.v1 import v1

View = Callable[..., HttpResponse]


def outside(view: View) -> View:
    """Let programs through to a view: they show a key instead of signing in and hold no cookie."""

    @csrf_exempt
    @wraps(view)
    def reached(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if response.status_code == 405 and response["Content-Type"] != "application/problem+json":
            allowed = response["Allow"]
            detail = f"This address answers {allowed}."
            response = answer(request, problem("method_not_allowed", status=405, detail=detail))
            response["Allow"] = allowed
        response.headers.setdefault("Cache-Control", "no-store")
        response["Content-Language"] = "en"
        # Django would log the address of what failed, and that may name a customer; what failed is
        # on the list of last calls.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response

    reached.is_open = True  # type: ignore[attr-defined]
    return reached


def _operations() -> list[URLPattern]:
    """Return the operations as addresses; ninja's own start page is left out."""
    patterns = [one for one in v1.urls[0] if isinstance(one, URLPattern) and str(one.pattern)]
    return [URLPattern(one.pattern, outside(one.callback), name=one.name) for one in patterns]


def document(request: HttpRequest) -> HttpResponse:
    """Show the OpenAPI document, to everybody."""
    if request.method not in {"GET", "HEAD"}:
        response = HttpResponse(status=405)
        response["Allow"] = "GET, HEAD"
        return response
    return JsonResponse(v1.document(prefix="api/v1/"))


def nothing(request: HttpRequest) -> HttpResponse:
    """Say that there is nothing at this address."""
    return answer(request, nothing_here())


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/openapi.json", outside(document), name="openapi"),
    path("v1/", include((_operations(), "api-v1"))),
    re_path(r"", outside(nothing)),
]
