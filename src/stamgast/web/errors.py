"""Pages that say what went wrong, and what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext


def _page(request: HttpRequest, sentence: str, advice: str, status: int) -> HttpResponse:
    facts = {"sentence": sentence, "advice": advice}
    return render(request, "errors/page.html", facts, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that we cannot read."""
    return _page(
        request,
        gettext("We could not read this request."),
        gettext("Go back and try again."),
        400,
    )


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer somebody whose role does not allow this."""
    return _page(
        request,
        gettext("Your role does not include this page."),
        gettext("Ask an administrator when you need it for your work."),
        403,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a search for what is not here."""
    return _page(
        request,
        gettext("There is nothing at this address."),
        gettext("It may have been removed, or the address holds a typing error."),
        404,
    )


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose proof of origin is gone, mostly because it stood open for long."""
    return _page(
        request,
        gettext("This page stood open too long."),
        gettext("Go back, reload the page and send it again. Nothing was changed."),
        403,
    )


def our_fault(request: HttpRequest) -> HttpResponse:
    """Answer when we broke: without a query, for the database may be what broke."""
    return HttpResponse(loader.get_template("errors/fault.html").render({}, None), status=500)
