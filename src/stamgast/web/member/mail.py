"""Pages behind the links in our mail: unsubscribe, choose what to hear, follow a link, see a picture."""

from __future__ import annotations

from typing import Any

from django.http import (
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from stamgast.customers.models import Customer
from stamgast.customers.queries import current
from stamgast.mail import links
from stamgast.mail.actions import (
    choose_consents,
    note_click,
    pause_mail,
    resume_mail,
    unsubscribe,
)
from stamgast.mail.models import Picture
from stamgast.mail.permission import paused
from stamgast.staff.rules import LANGUAGES
from stamgast.web.doors import StaffRequest, open_to_all
from stamgast.web.member.mail_words import choices_of

_TYPES = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif"}


# A mailbox posts here by itself (RFC 8058): without a cookie, a sign-in or a page in between. The
# address is signed, and nobody but the receiver has it. Programs that look links over only get.
@csrf_exempt
@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: StaffRequest, token: str) -> HttpResponseBase:
    """Ask with a button, or unsubscribe at once when posted to; looking changes nothing."""
    message = None if token == links.SAMPLE else links.message_to_unsubscribe(token)
    customer = _whom(message.customer if message else None)
    with translation.override(_language(customer, request)):
        if token == links.SAMPLE:
            return _private(_said(request, "sample"))
        if message is None or customer is None or not message.purpose:
            return _private(_said(request, "gone", status=404))
        is_done = request.method == "POST" and unsubscribe(message, at=request.at)
        facts = {
            "purpose": message.purpose,
            "is_done": is_done,
            "preferences": links.preferences_token(customer),
        }
        return _private(render(request, "mail/unsubscribe.html", facts))


@csrf_exempt
@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: StaffRequest, token: str) -> HttpResponseBase:
    """Show what somebody hears from us and over which channel, and take what they choose."""
    customer = None if token == links.SAMPLE else _whom(links.customer_of_preferences(token))
    with translation.override(_language(customer, request)):
        if token == links.SAMPLE:
            return _private(_said(request, "sample"))
        if customer is None:
            return _private(_said(request, "gone", status=404))
        done = _choose(request, customer) if request.method == "POST" else ""
        facts: dict[str, Any] = {
            "choices": choices_of(customer, request.shop.name),
            "pause": paused(customer, request.at),
            "done": done,
            "name": customer.first_name,
            "at": request.at,
        }
        return _private(render(request, "mail/preferences.html", facts))


def _choose(request: StaffRequest, customer: Customer) -> str:
    """Do what was asked, and return what was done."""
    asked = request.POST.get("do", "")
    if asked == "pause":
        pause_mail(customer, at=request.at)
        return "paused"
    if asked == "resume":
        resume_mail(customer, at=request.at)
        return "resumed"
    offered = choices_of(customer, request.shop.name)
    allowed = {c.key: asked != "nothing" and c.name in request.POST for c in offered}
    wordings = {choice.key: choice.wording for choice in offered}
    choose_consents(customer, allowed=allowed, wordings=wordings, at=request.at)
    return "nothing" if asked == "nothing" else "kept"


@open_to_all
@require_safe
def follow(request: StaffRequest, token: str) -> HttpResponseBase:
    """Lead on to where a link goes, and note that it was followed if its reader allows that."""
    followed = links.click_behind(token)
    if followed is None:
        with translation.override(request.shop.language):
            return _private(_said(request, "gone", status=404))
    if request.method == "GET":
        note_click(followed, at=request.at)
    if followed.place == links.TRAP:
        return _private(HttpResponse(status=204))
    return _private(HttpResponseRedirect(followed.address))


@open_to_all
@require_safe
def picture(request: StaffRequest, name: str) -> HttpResponseBase:
    """Show a picture of our mail: the same address for everybody, so it tells nothing of anyone."""
    digest = name.partition(".")[0]
    found = Picture.objects.filter(digest=digest).first()
    if found is None:
        return HttpResponse(status=404)
    response = HttpResponse(bytes(found.content), content_type=_TYPES[found.kind])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _whom(customer: Customer | None) -> Customer | None:
    """Return the whole record of somebody who is still there."""
    whole = current(customer) if customer is not None else None
    return None if whole is None or whole.erased_at is not None else whole


def _said(request: StaffRequest, what: str, *, status: int = 200) -> HttpResponse:
    return render(request, "mail/said.html", {"what": what}, status=status)


def _language(customer: Customer | None, request: StaffRequest) -> str:
    wanted = customer.language[:2].lower() if customer else ""
    return wanted if wanted in LANGUAGES else request.shop.language


def _private(response: HttpResponseBase) -> HttpResponseBase:
    """The address is the key to the page: nobody keeps it, passes it on or lists it."""
    response.headers["Content-Language"] = translation.get_language()
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
