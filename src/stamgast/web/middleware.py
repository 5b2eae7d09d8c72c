"""What happens around every page: signed in first, at one moment, and in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from stamgast.kernel import Refusal
from stamgast.staff.queries import shop
from stamgast.web.doors import May
from stamgast.web.refusals import sentence

Answer = Callable[[HttpRequest], HttpResponseBase]
read_clock = timezone.now


class WithoutNul:
    """Answer nothing that holds a NUL: no address of ours does, and PostgreSQL stores none.

    An address with one is not there; a question or form with one is malformed.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\x00" in request.path:
            return HttpResponse(status=404)
        is_form = request.content_type == "application/x-www-form-urlencoded"
        if (
            "%00" in request.META.get("QUERY_STRING", "")
            or any("\x00" in value for value in request.COOKIES.values())
            or (is_form and (b"%00" in request.body or b"\x00" in request.body))
        ):
            return HttpResponse(status=400)
        return self.get_response(request)


class MomentAndShop:
    """Read the clock and the shop once per request, and show times in the shop's own zone."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.at = read_clock()  # type: ignore[attr-defined]
        request.shop = shop()  # type: ignore[attr-defined]
        request.may = May(getattr(request.user, "role", ""))  # type: ignore[attr-defined]
        with timezone.override(request.shop.zone):  # type: ignore[attr-defined]
            return self.get_response(request)


class LanguageOfUser:
    """Speak the language of the signed-in user, else of the cookie, else of the browser."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            language = request.user.language
        else:
            language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class SignedInOnly:
    """Every page asks for a sign-in, unless its view says it is open to all.

    What staff see stays out of shared caches and, after signing out, out of the browser's own.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated or getattr(view, "is_open", False):
            return None
        if request.headers.get("HX-Request"):
            response = HttpResponse(status=401)
            response["HX-Redirect"] = reverse(settings.LOGIN_URL)
            return response
        return redirect_to_login(request.get_full_path())


class RefusalsInWords:
    """A refusal that no form caught becomes a page, or a fragment, with its sentence."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refusal):
            return None
        facts = {"sentence": sentence(error)}
        if request.headers.get("HX-Request"):
            return render(request, "parts/refusal.html", facts, status=409)
        return render(request, "errors/refused.html", facts, status=409)
