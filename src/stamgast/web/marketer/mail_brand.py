"""How our mail looks and who it comes from, set once for every message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from stamgast.kernel import Refusal
from stamgast.mail import actions, configuration, wording
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.models import Brand
from stamgast.mail.rendering import render
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.mail_frame import show
from stamgast.web.marketer.mail_preview import at_home, framed, with_frames
from stamgast.web.refusals import sentence

FIELDS = (
    "sender_name",
    "sender_address",
    "reply_address",
    "bounce_address",
    "postal_address",
    "tone",
    "colour",
    "ink",
    "paper",
)


def _colour(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label, widget=forms.TextInput(attrs={"type": "color"}), max_length=7
    )


class BrandForm(forms.Form):
    sender_name = forms.CharField(
        label=_("Name of the sender"),
        max_length=120,
        required=False,
        help_text=_("As it stands in the mailbox; without it the name of the shop."),
    )
    sender_address = forms.EmailField(
        label=_("Address of the sender"),
        help_text=_("On a domain of your own, that your mail server may send for."),
    )
    reply_address = forms.EmailField(
        label=_("Answers go to"), required=False, help_text=_("Without it, to the sender.")
    )
    bounce_address = forms.EmailField(
        label=_("Mail that comes back goes to"),
        required=False,
        help_text=_("A mailbox that takes name+anything: then we know which message came back."),
    )
    postal_address = forms.CharField(
        label=_("Postal address"),
        max_length=300,
        required=False,
        help_text=_("Below every message: the law asks who you are."),
    )
    tone = forms.ChoiceField(
        label=_("Tone"),
        choices=[
            (Brand.Tone.FORMAL, pgettext_lazy("tone", "formal: Dear Anna van der Berg")),
            (Brand.Tone.FRIENDLY, pgettext_lazy("tone", "informal: Hi Anna")),
        ],
    )
    logo = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG, JPEG or GIF, at most 1 MB.")
    )
    has_no_logo = forms.BooleanField(label=_("Without a logo"), required=False)
    colour = _colour(_("Buttons and links"))
    ink = _colour(_("Letters"))
    paper = _colour(_("Paper"))


@page("write mail")
@require_http_methods(["GET", "POST"])
@with_frames
def brand(request: StaffRequest) -> HttpResponse:
    """Show and change how our mail looks, beside a message that looks so."""
    held = configuration.brand()
    initial: dict[str, Any] = {field: getattr(held, field) for field in FIELDS}
    form = BrandForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            _keep(request, form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, sentence(refusal))
        else:
            say(request, gettext("From now on our mail looks like this."))
            return redirect("mail_brand")
    facts = {"form": form, "brand": held, "logo": _logo(held)}
    return show(request, "brand.html", facts, status=422 if form.errors else 200)


def _keep(request: StaffRequest, given: dict[str, Any]) -> None:
    changes: dict[str, Any] = {field: given[field] for field in FIELDS}
    if given["has_no_logo"]:
        changes["logo"] = None
    elif given["logo"] is not None:
        changes["logo"] = actions.keep_picture(given["logo"].read(), at=request.at)
    actions.change_brand(at=request.at, by=request.user, **changes)


def _logo(held: Brand) -> str:
    if held.logo is None:
        return ""
    return reverse("mail_picture", args=[f"{held.logo.digest}.{held.logo.kind}"])


@page("write mail")
def brand_sample(request: StaffRequest) -> HttpResponseBase:
    """Show a message that looks as ours do, in a frame."""
    language = get_language() or "en"
    with_ = at_home(request.shop)
    hello = wording.greeting(
        language, with_.brand.tone, first_name="Anna", full_name="Anna van der Berg"
    )
    blocks = (
        Block("heading", text=gettext("The new harvest is in")),
        Block("text", text=f"{hello},\n\n" + gettext("This is how your customers see your mail.")),
        Block("button", text=gettext("Have a look"), url="https://shop.example/"),
    )
    content = Content(((language, Version(gettext("A sample"), blocks)),))
    facts = {
        "unsubscribe_url": reverse("mail_unsubscribe", args=["sample"]),
        "preferences_url": reverse("mail_preferences", args=["sample"]),
    }
    return framed(render(content, facts, [language], with_.look).html)
