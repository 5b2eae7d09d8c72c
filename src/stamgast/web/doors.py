"""The doors of the staff pages: who may come in, and what a view finds on its request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import is_valid_path

from stamgast.staff.models import Shop, User
from stamgast.staff.rules import VERBS, may

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails


class May:
    """What one role may do: may("see margin") in a view, {% if may.see_margin %} in a template."""

    do_not_call_in_templates = True

    def __init__(self, role: str) -> None:
        self._role = role

    def __call__(self, verb: str) -> bool:
        return may(self._role, verb)

    def __getitem__(self, name: str) -> bool:
        return may(self._role, name.replace("_", " "))


class StaffRequest(HttpRequest):
    """A request as our middleware hands it over: who asks, when, and in which shop."""

    user: User
    at: datetime  # the clock, read once
    shop: Shop
    may: May
    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]


def page(*verbs: str) -> Callable[[View], View]:
    """Let in who is signed in and may do one of these verbs; nobody else gets past a 403.

    Who only looks at an address that takes forms (in another language, or after a new sign-in) is
    led to the page around it.
    """
    unknown = set(verbs) - VERBS
    if unknown:
        raise ValueError(f"no such permission: {sorted(unknown)}")

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            role = getattr(request.user, "role", "")
            if verbs and not any(may(role, verb) for verb in verbs):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            if request.method == "GET" and response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                return redirect(_page_around(request.path))
            return response

        guarded.verbs = verbs  # type: ignore[attr-defined]
        return guarded

    return guard


def _page_around(path: str) -> str:
    """Return the nearest address above this one; the dashboard is above all."""
    above = path.rpartition("/")[0] or "/"
    return above if is_valid_path(above) else _page_around(above)


def open_to_all(view: View) -> View:
    """Let everybody in, signed in or not."""
    view.is_open = True  # type: ignore[attr-defined]
    return view
