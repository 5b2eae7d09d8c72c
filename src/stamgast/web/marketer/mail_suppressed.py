"""Addresses that get no mail: why, since when, and how one takes them off the list."""

from __future__ import annotations

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from stamgast.kernel import Refusal
from stamgast.mail import actions, queries
from stamgast.mail.models import Suppression
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.mail_frame import show
from stamgast.web.refusals import sentence

SHOWN = 50
REASONS = {
    "bounced": _("mail came back"),
    "complained": _("called it spam"),
    "by_hand": _("by a colleague"),
}


class ByHand(forms.Form):
    address = forms.EmailField(label=_("E-mail address"))
    note = forms.CharField(label=_("Why"), max_length=300, required=False)


class Pasted(forms.Form):
    report = forms.CharField(
        label=_("Report"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("The whole source of the message that came back, headers and all."),
    )


@page("see outbox")
def suppressed(request: StaffRequest) -> HttpResponse:
    """Show the addresses that get no mail, or those that were taken off the list."""
    is_lifted = request.GET.get("state") == "lifted"
    rows = queries.suppressions(is_lifted=is_lifted)
    found = Paginator(rows, SHOWN).get_page(request.GET.get("page"))
    facts = {
        "page": found,
        "rows": [(row, REASONS[row.reason]) for row in found],
        "count": queries.suppressions().count(),
        "is_lifted": is_lifted,
        "form": ByHand(),
        "pasted": Pasted(),
    }
    facts["headline"] = _headline(facts["count"])
    return show(request, "suppressed.html", facts)


def _headline(count: object) -> str:
    many = int(str(count))
    if not many:
        return gettext("Every address gets mail.")
    return ngettext("%(shown)s address gets no mail.", "%(shown)s addresses get no mail.", many) % {
        "shown": number(many)
    }


@page("write mail", "lift suppressions")
@require_POST
def suppress(request: StaffRequest) -> HttpResponse:
    """Put an address on the list by hand."""
    form = ByHand(request.POST)
    if form.is_valid():
        actions.suppress(
            form.cleaned_data["address"],
            reason=Suppression.Reason.BY_HAND,
            note=form.cleaned_data["note"],
            at=request.at,
            by=request.user,
        )
        say(request, gettext("This address gets no mail any more."))
    else:
        warn(request, gettext("This is no e-mail address."))
    return redirect("suppressed")


@page("lift suppressions")
@require_POST
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an address off the list, and say why."""
    try:
        actions.lift_suppression(
            get_object_or_404(Suppression, pk=pk),
            because=request.POST.get("because", ""),
            at=request.at,
            by=request.user,
        )
    except Refusal as refusal:
        warn(request, sentence(refusal))
    else:
        say(request, gettext("This address may have mail again."))
    return redirect("suppressed")


@page("write mail")
@require_http_methods(["POST"])
def paste_report(request: StaffRequest) -> HttpResponse:
    """Take a report of mail that came back, pasted from a mailbox."""
    try:
        report = actions.take_report(request.POST.get("report", ""), at=request.at, by=request.user)
    except Refusal as refusal:
        warn(request, sentence(refusal))
    else:
        said = {
            "bounced": gettext("The message came back; that is kept with it."),
            "complained": gettext("It was a complaint: this address gets no mail any more."),
            "delayed": gettext("The message is only delayed; nothing changes."),
        }
        say(request, said[report.kind])
    return redirect("suppressed")
