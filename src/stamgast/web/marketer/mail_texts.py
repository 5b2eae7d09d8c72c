"""Texts that colleagues work on: written in place, seen as any customer would, sent as a test."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.customers.models import Customer
from stamgast.customers.queries import find, known
from stamgast.kernel import Refusal
from stamgast.mail import actions, configuration, queries
from stamgast.mail.content import from_document
from stamgast.mail.letter import known_of
from stamgast.mail.models import Template
from stamgast.mail.rendering import render
from stamgast.staff.rules import LANGUAGES
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer import mail_editor
from stamgast.web.marketer.mail_frame import show
from stamgast.web.marketer.mail_preview import at_home, framed, with_frames
from stamgast.web.refusals import sentence

# What a preview shows where an offer will stand.
SAMPLE: dict[str, Any] = {
    "offer": {"code": "WELKOM10", "percent": 10, "until": "2027-01-31", "minor": 500},
    "points": {"balance": 240, "expiring": 80, "until": "2027-01-31"},
}


@page("write mail")
def texts(request: StaffRequest) -> HttpResponse:
    """Show the texts, the last changed first."""
    rows = [(one, from_document(one.document)) for one in queries.templates()]
    shown = [(one, content.versions[0][1].subject, dict(content.versions)) for one, content in rows]
    return show(request, "texts.html", {"rows": shown})


@page("write mail")
@require_http_methods(["GET", "POST"])
@with_frames
def text(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Write a text in place: buttons change its blocks, saving keeps it."""
    template = get_object_or_404(Template, pk=pk, removed_at=None) if pk else None
    name = request.POST.get("name", template.name if template else "")
    problem = ""
    if request.method != "POST":
        versions = mail_editor.opened(from_document(template.document) if template else None)
    else:
        try:
            versions = mail_editor.read(request.POST, request.FILES, at=request.at)
            if not mail_editor.apply(versions, request.POST.get("do", "")):
                saved = _save(request, template, name, versions)
                say(request, gettext("The text was kept."))
                return redirect("mail_text", pk=saved.pk)
        except Refusal as refusal:
            problem = sentence(refusal)
            versions = mail_editor.read(request.POST, {}, at=request.at)
    facts = {
        "template": template,
        "name": name,
        "problem": problem,
        "brand": configuration.brand(),
        "who": _whom(request),
        "asked": request.GET.get("who", ""),
        "language": _language(request, versions),
        **mail_editor.shown(versions),
    }
    return show(request, "text.html", facts, status=422 if problem else 200)


def _save(
    request: StaffRequest,
    template: Template | None,
    name: str,
    versions: list[mail_editor.EditedVersion],
) -> Template:
    content = mail_editor.letter_of(versions)
    with_ = at_home(request.shop)
    saved = actions.save_template(
        template, name=name, content=content, at=request.at, by=request.user
    )
    for language, _version in content.versions:
        try:
            render(content, _facts(_whom(request), request, language), [language], with_.look)
        except Refusal as refusal:
            warn(request, sentence(refusal))
    return saved


def _whom(request: StaffRequest) -> Customer | None:
    """Return as whom one looks: the customer asked for, else somebody with a name."""
    asked = request.GET.get("who", "")
    if asked and (found := find(asked, limit=1)):
        return found[0]
    return known().exclude(first_name="").order_by("pk").first()


def _language(request: StaffRequest, versions: list[mail_editor.EditedVersion]) -> str:
    wanted = request.GET.get("language", "")
    written = [one.language for one in versions if not one.is_empty]
    return wanted if wanted in LANGUAGES else (written or [request.shop.language])[0]


def _facts(customer: Customer | None, request: StaffRequest, language: str) -> dict[str, Any]:
    tone = configuration.brand().tone
    return {**SAMPLE, **known_of(customer, request.shop, language=language, tone=tone)}


@page("write mail")
def text_preview(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Show a text as a customer would see it, in a frame."""
    template = get_object_or_404(Template, pk=pk)
    content = from_document(template.document)
    language, _version = content.in_language(request.GET.get("language", request.shop.language))
    facts = {
        **_facts(_whom(request), request, language),
        "unsubscribe_url": reverse("mail_unsubscribe", args=["sample"]),
        "preferences_url": reverse("mail_preferences", args=["sample"]),
    }
    try:
        return framed(render(content, facts, [language], at_home(request.shop).look).html)
    except Refusal as refusal:
        return framed(sentence(refusal), is_text=True)


@page("write mail")
@require_POST
def text_test(request: StaffRequest, pk: int) -> HttpResponse:
    """Send a text to oneself, as a customer would get it."""
    template = get_object_or_404(Template, pk=pk, removed_at=None)
    customer = _whom(request)
    if customer is None:
        warn(request, gettext("There is no customer yet to write it to. Import orders first."))
        return redirect("mail_text", pk=pk)
    actions.send_test(
        from_document(template.document),
        to=request.user,
        customer=customer,
        facts=SAMPLE,
        key=f"test:{template.pk}:{get_random_string(16)}",
        at=request.at,
        language=request.POST.get("language", "")
        if request.POST.get("language") in LANGUAGES
        else "",
    )
    say(request, gettext("It is on its way to %(email)s.") % {"email": request.user.email})
    return redirect("mail_text", pk=pk)


@page("write mail")
@require_POST
def remove_text(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a text away; it can be put back at once."""
    template = get_object_or_404(Template, pk=pk)
    actions.remove_template(template, at=request.at, by=request.user)
    gone = gettext("“%(name)s” was taken away.") % {"name": template.name}
    say(request, gone, undo=reverse("restore_mail_text", args=[pk]))
    return redirect("mail_texts")


@page("write mail")
@require_POST
def restore_text(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a text back that was taken away."""
    actions.restore_template(get_object_or_404(Template, pk=pk), at=request.at, by=request.user)
    return redirect("mail_text", pk=pk)
