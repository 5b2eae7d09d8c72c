"""Programs apart: they hold no cookie, sign in nowhere and see no page, so nothing of pages is done for them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve
from django.utils import timezone

from stamgast.staff.queries import shop

Answer = Callable[[HttpRequest], HttpResponseBase]
read_clock = timezone.now


class ProgramsApart:
    """Let calls of the API go straight to their operation, at one moment and in one shop.

    It comes first: sessions, cookies, languages and forms are for pages. What an answer must carry
    `urls.outside` gives it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours
        request.at = read_clock()  # type: ignore[attr-defined]
        request.shop = shop()  # type: ignore[attr-defined]
        found = request.resolver_match = resolve(request.path_info)
        with timezone.override(request.shop.zone):  # type: ignore[attr-defined]
            answered: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
        return answered
