"""Other tools that reach customers for us: lists to hand over, and what they say came of them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions
from stamgast.campaigns.actions.lists import waiting_for_list
from stamgast.campaigns.jobs import LISTING, ask_for_list
from stamgast.campaigns.models import Campaign, Contact, Handover
from stamgast.campaigns.reports import Row, Taken, read_report
from stamgast.importers.files.source import guard
from stamgast.kernel import Refusal
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.customers_csv import Echo
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.mail_frame import show
from stamgast.web.marketer.writing import tried
from stamgast.web.refusals import sentence
from stamgast.web.sentences import filled
from stamgast.web.words import CHANNELS

_SHOWN = 50


class OutcomesForm(forms.Form):
    """A file in which a tool says what came of its contacts."""

    outcomes = forms.FileField(
        label=gettext_lazy("CSV of the tool"),
        help_text=gettext_lazy(
            "With the columns contact or email, outcome (sent, bounced, unsubscribed, complained) "
            "and, if it knows, date."
        ),
    )


class MailingsForm(forms.Form):
    """A file that says who got a mailing of another tool."""

    mailing = forms.CharField(label=gettext_lazy("Name of the mailing"), max_length=120)
    channel = forms.ChoiceField(label=gettext_lazy("Through"), choices=list(CHANNELS.items()))
    mailed = forms.FileField(
        label=gettext_lazy("CSV of who got it"),
        help_text=gettext_lazy("With the columns email or customer and, if it knows, date."),
    )


@page("write campaigns")
def other_tools(request: StaffRequest) -> HttpResponse:
    """Show lists to make and made, files to take back, and what nobody knows the end of."""
    return _shown(request)


@page("write campaigns")
@require_POST
def make_list(request: StaffRequest, pk: int) -> HttpResponse:
    """Make a list of who waits for one in a campaign."""
    row = get_object_or_404(Campaign, pk=pk)
    try:
        ask_for_list(row, at=request.at, by=request.user)
    except Refusal as refusal:
        warn(request, sentence(refusal))
    return redirect("other_tools")


@page("export customers")
def list_csv(request: StaffRequest, pk: int) -> HttpResponseBase:
    """Take a list along as CSV; it is written down who did."""
    row = get_object_or_404(Handover.objects.select_related("campaign"), pk=pk)
    rows = actions.download_list(row, at=request.at, by=request.user)
    answer = StreamingHttpResponse(_csv(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="list-{row.pk}.csv"'
    return answer


def _csv(rows: Iterator[Mapping[str, str]]) -> Iterator[str]:
    writer, heading = csv.writer(Echo()), None
    for row in rows:
        if heading is None:
            heading = list(row)
            yield writer.writerow(heading)
        yield writer.writerow([guard(row.get(name, "")) for name in heading])


@page("write campaigns")
@require_POST
def upload_outcomes(request: StaffRequest) -> HttpResponse:
    """Take back what a tool says came of its contacts."""
    form = OutcomesForm(request.POST, request.FILES, auto_id="outcomes-%s")

    def take(rows: list[Row]) -> Taken:
        return actions.take_outcomes(rows, at=request.at, by=request.user)

    return _read(request, form, "outcomes", take, outcomes_form=form)


@page("write campaigns")
@require_POST
def upload_mailings(request: StaffRequest) -> HttpResponse:
    """Write down who got a mailing of another tool."""
    form = MailingsForm(request.POST, request.FILES, auto_id="mailings-%s")

    def record(rows: list[Row]) -> Taken:
        facts = form.cleaned_data
        return actions.record_mailings(
            rows, name=facts["mailing"], channel=facts["channel"], at=request.at, by=request.user
        )

    return _read(request, form, "mailed", record, mailings_form=form)


def _read(
    request: StaffRequest,
    form: forms.Form,
    field: str,
    take: Callable[[list[Row]], Taken],
    **forms_shown: forms.Form,
) -> HttpResponse:
    taken = tried(
        form,
        lambda: take(read_report(form.cleaned_data[field].read(), zone=request.shop.zone)),
    )
    if taken is None:
        return _shown(request, status=422, **forms_shown)
    return _shown(request, taken=taken, said=_said(taken))


def _said(taken: Taken) -> SafeString:
    text = ngettext(
        "%(n)s line was news, %(known)s said what we knew.",
        "%(n)s lines were news, %(known)s said what we knew.",
        taken.new,
    )
    return filled(text, n=number(taken.new), known=number(taken.known))


@page("write campaigns")
@require_POST
def settle_doubt(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what became of a contact that nobody knew the end of."""
    row = get_object_or_404(Contact, pk=pk)
    actions.settle_doubt(
        row, has_gone=request.POST.get("gone") == "yes", at=request.at, by=request.user
    )
    say(request, _("Written down."))
    return redirect("other_tools")


def _shown(request: StaffRequest, *, status: int = 200, **facts: Any) -> HttpResponse:
    uncertain = Contact.objects.filter(status=Contact.Status.UNCERTAIN).select_related(
        "customer", "delivery__assignment__campaign"
    )
    job = busy_job(LISTING)
    shown = {
        "job": job,
        "is_busy": True,
        "left": left(job, request.at) if job else None,
        "waiting": _waiting(request),
        "made": Handover.objects.select_related("campaign", "by")
        .annotate(
            back=Count("contacts", filter=~Q(contacts__status=Contact.Status.IN_HAND)),
        )
        .order_by("-pk")[:_SHOWN],
        "doubtful": uncertain.order_by("-pk")[:_SHOWN],
        "doubts": uncertain.count(),
        "outcomes_form": OutcomesForm(auto_id="outcomes-%s"),
        "mailings_form": MailingsForm(auto_id="mailings-%s"),
        **facts,
    }
    return show(request, "other_tools.html", shown, status=status)


def _waiting(request: StaffRequest) -> list[tuple[Campaign, int]]:
    with_lists = Campaign.objects.filter(
        status=Campaign.Status.RUNNING, steps__channel="list"
    ).distinct()
    counted = ((row, waiting_for_list(row, request.at)) for row in with_lists.order_by("name"))
    return [(row, n) for row, n in counted if n]
