"""Who opens a member page: a signed cookie after a code by mail, or a signed link that sets it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation

from stamgast.customers.models import Customer
from stamgast.loyalty.membership.links import customer_behind, is_just_proven, token_for
from stamgast.loyalty.membership.queries import member_of
from stamgast.loyalty.models import Member
from stamgast.staff.rules import LANGUAGES
from stamgast.web.doors import StaffRequest, open_to_all

COOKIE = "stamgast_member"
SIGNED_IN_FOR = timedelta(days=30)
# From one address within a quarter of an hour: enough for a household, too few to guess with.
ATTEMPTS, PER = 20, timedelta(minutes=15)


class MemberRequest(StaffRequest):
    """A request of a customer who showed who they are; not of staff."""

    customer: Customer
    member: Member | None
    is_just_proven: bool  # by a code, a moment ago


def sign_in(response: HttpResponseBase, customer: Customer, *, at: datetime) -> None:
    """Remember in this browser whose page it may open, and that a code proved it now."""
    remember(response, token_for(customer, at=at, holds=SIGNED_IN_FOR, proven=at))


def remember(response: HttpResponseBase, token: str) -> None:
    """Let this browser open the page behind a token, for as long as that holds."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SIGNED_IN_FOR.total_seconds()),
        path="/member",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def sign_out(response: HttpResponseBase) -> None:
    """Forget it."""
    response.delete_cookie(COOKIE, path="/member", samesite="Lax")


def is_too_often(request: HttpRequest, what: str, *, at: datetime) -> bool:
    """Say whether somebody tries this too often from one address; counts this time too."""
    window = int(at.timestamp() // PER.total_seconds())
    key = f"member:{what}:{_visitor(request)}:{window}"
    cache.add(key, 0, timeout=int(PER.total_seconds()) + 60)
    try:
        return cache.incr(key) > ATTEMPTS
    except ValueError:  # it fell out of the cache this very moment
        return False


def _visitor(request: HttpRequest) -> str:
    """Return the address a visitor comes from: as the proxy in front tells it, when there is one."""
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")) if settings.IS_HTTPS else ""
    last = told.rpartition(",")[2].strip()
    return (last or str(request.META.get("REMOTE_ADDR", "")))[:60]


def language_of(request: HttpRequest, customer: Customer | None) -> str:
    """Return the language they chose here, else that of the customer, else the shop's."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    theirs = customer.language[:2].lower() if customer else ""
    shop = getattr(request, "shop", None)
    known = [one for one in (chosen, theirs) if one in LANGUAGES]
    return known[0] if known else shop.language if shop else LANGUAGES[0]


def guarded(response: HttpResponseBase, language: str) -> HttpResponseBase:
    """Keep a member's page out of caches, search engines and the address other sites see."""
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "private, no-store"
    # Of our own pages the address may be told to our own pages, for their forms; to others nothing.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


View = Callable[..., HttpResponseBase]


def public_page(view: View) -> View:
    """Open a page to everybody, in the visitor's language."""

    @open_to_all
    @wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = language_of(request, None)
        with translation.override(language):
            return guarded(view(request, *args, **kwargs), language)

    return shown


def member_page(view: View) -> View:
    """Let in who showed by code or link who they are; anybody else is asked for a code."""

    @open_to_all
    @wraps(view)
    def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        token = request.COOKIES.get(COOKIE, "")
        customer = customer_behind(token, at=request.at)
        if customer is None:
            return guarded(redirect("member_sign_in"), language_of(request, None))
        request.customer, request.member = customer, member_of(customer)
        request.is_just_proven = is_just_proven(token, at=request.at)
        language = language_of(request, customer)
        with translation.override(language):
            return guarded(view(request, *args, **kwargs), language)

    return shown
