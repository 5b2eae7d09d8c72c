"""The outbox: what waits, what went, and what became of it; and what to do about the uncertain."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.kernel import Refusal
from stamgast.mail import actions, configuration, queries
from stamgast.mail.letter import rendered
from stamgast.mail.models import Message
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.mail_frame import show
from stamgast.web.marketer.mail_preview import at_home, framed, with_frames
from stamgast.web.marketer.mail_words import KINDS, OBSTACLES, STATUSES, TROUBLES, headline, whom
from stamgast.web.marketer.monday import REF
from stamgast.web.refusals import sentence

SHOWN = 50


@page("see outbox")
def outbox(request: StaffRequest) -> HttpResponse:
    """Show the messages of one status, with what stands in the way of sending on top."""
    counts = queries.outbox_counts(at=request.at)
    status = request.GET.get("status", "")
    if status not in STATUSES:
        status = "uncertain" if counts.uncertain else "waiting" if counts.waiting else "sent"
    pages = Paginator(queries.outbox(status), SHOWN)
    if status in queries.OPEN:  # counted just now, and there may be very many
        pages.count = getattr(counts, status)
    found = pages.get_page(request.GET.get("page"))
    mail = configuration.mail_settings()
    blocked = configuration.obstacles(mail, configuration.brand())
    facts = {
        "headline": headline(counts),
        "status": status,
        "statuses": [(code, STATUSES[code], getattr(counts, code)) for code in STATUSES],
        "page": found,
        "rows": [(message, whom(message), KINDS[message.kind]) for message in found],
        "obstacles": [OBSTACLES[code] for code in blocked] if counts.waiting else [],
        "trouble": TROUBLES.get(mail.trouble.get("code", "")),
        "trouble_words": mail.trouble.get("words", ""),
        "is_held": mail.is_held,
    }
    return show(request, "outbox.html", facts)


@page("see outbox")
@with_frames
def message(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one message: what became of it, why, and what it says."""
    one = get_object_or_404(Message.objects.select_related("customer", "content"), pk=pk)
    facts: dict[str, Any] = {
        "message": one,
        "whom": whom(one),
        "kind": KINDS[one.kind],
        "status": STATUSES[one.status],
        "may_be_read": _may_read(request, one),
    }
    return show(request, "message.html", facts)


@page("see outbox")
def message_text(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show what a message says, in a frame, to who may read it."""
    one = get_object_or_404(Message.objects.select_related("customer", "content"), pk=pk)
    if not _may_read(request, one):
        raise Http404
    try:
        return framed(rendered(one, at_home(request.shop)).html)
    except Refusal as refusal:
        return framed(sentence(refusal), is_text=True)


def _may_read(request: StaffRequest, one: Message) -> bool:
    """Say whether one may read it: a code to sign in is nobody's business, margin not everybody's."""
    if one.sender_ref.startswith(REF):
        return request.may("see margin") or one.to == request.user.email
    return one.kind != Message.Kind.SIGN_IN


@page("write mail")
@require_POST
def resend(request: StaffRequest, pk: int) -> HttpResponse:
    """Send an uncertain message once more."""
    actions.resend_message(get_object_or_404(Message, pk=pk), at=request.at, by=request.user)
    say(request, gettext("It goes once more."))
    return redirect("outbox")


@page("write mail")
@require_POST
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Let an uncertain message be."""
    actions.drop_message(get_object_or_404(Message, pk=pk), at=request.at, by=request.user)
    say(request, gettext("It was dropped."))
    return redirect("outbox")


@page("write mail")
@require_POST
def hold(request: StaffRequest) -> HttpResponse:
    """Stop all mail, or let it go on."""
    if configuration.mail_settings().is_held:
        actions.resume_sending(at=request.at, by=request.user)
        say(request, gettext("Mail goes out again."))
    else:
        actions.hold_sending(at=request.at, by=request.user)
        say(request, gettext("All mail was stopped."))
    return redirect("outbox")
