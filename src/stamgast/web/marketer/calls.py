"""The call list: who waits for a call, one call with what to say, and how it ended."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from stamgast.campaigns import actions, queries
from stamgast.campaigns.actions.calling import LONGEST_NOTE
from stamgast.campaigns.channels.call import RESULTS
from stamgast.campaigns.channels.texts import filled_in
from stamgast.campaigns.models import Contact
from stamgast.kernel import Refusal
from stamgast.web.design.tags import called, number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.marketer.writing import tried
from stamgast.web.refusals import sentence
from stamgast.web.sentences import filled
from stamgast.web.words import word_of

PAGE = 25
_MOST = 500  # calls of which consent is looked up for the page


class Moment(forms.DateTimeInput):
    """A field for day and hour that opens the browser's own calendar."""

    input_type = "datetime-local"


class EndForm(forms.Form):
    """How a call ended; the button that was pressed says it."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    again_at = forms.DateTimeField(
        label=gettext_lazy("When to call again"),
        required=False,
        widget=Moment(),
        input_formats=["%Y-%m-%dT%H:%M"],
    )
    result = forms.ChoiceField(
        choices=[(one, one) for one in RESULTS], widget=forms.HiddenInput(), required=True
    )


@page("write interactions")
def call_list(request: StaffRequest) -> HttpResponse:
    """Show who waits for a call now, and calls that were taken up and not ended."""
    due = queries.calls_to_make(request.at)
    waiting = queries.allowed(list(due[:_MOST]), request.at)
    mine = queries.call_in_hand(request.user)
    facts = {
        "sentence": _sentence(len(waiting), mine),
        "page": Paginator(waiting, PAGE).get_page(request.GET.get("page")),
        "mine": mine,
        "left_open": queries.calls_left_open(request.user, request.at)[:PAGE],
    }
    return render(request, "calls/list.html", facts)


def _sentence(n: int, mine: Contact | None) -> SafeString:
    if mine is not None:
        return filled(_("You are calling <b>%(name)s</b>."), name=called(mine.customer))
    if not n:
        return filled(_("Nobody waits for a call now."))
    text = ngettext(
        "<b>%(n)s customer</b> waits for a call.", "<b>%(n)s customers</b> wait for a call.", n
    )
    return filled(text, n=number(n))


@page("write interactions")
def call(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the call that one has in hand: the number, what to say, and how it may end."""
    row = _call(pk)
    if not actions.is_mine(row, request.user):
        return redirect("calls")
    return _shown(request, row, EndForm())


@page("write interactions")
@require_POST
def claim(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a call up; consent and all the rest is asked now."""
    return _taken(request, pk, actions.claim_call)


@page("write interactions")
@require_POST
def take_over(request: StaffRequest, pk: int) -> HttpResponse:
    """Take over a call that a colleague left open."""
    return _taken(request, pk, actions.take_call_over)


@page("write interactions")
@require_POST
def put_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a call back that was not made."""
    actions.put_call_back(_call(pk), at=request.at, by=request.user)
    say(request, _("Put back on the list."))
    return redirect("calls")


@page("write interactions")
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down how a call ended."""
    row, form = _call(pk), EndForm(request.POST)
    ended = tried(
        form,
        lambda: actions.end_call(
            row,
            form.cleaned_data["result"],
            note=form.cleaned_data["note"],
            again_at=form.cleaned_data["again_at"],
            at=request.at,
            by=request.user,
        ),
    )
    if ended is None:
        return _shown(request, row, form)
    facts = {
        "name": called(row.customer),
        "result": word_of("call", form.cleaned_data["result"]),
    }
    say(request, _("Written down of %(name)s: %(result)s.") % facts)
    return redirect("calls")


def _taken(request: StaffRequest, pk: int, take: Callable[..., Contact]) -> HttpResponse:
    try:
        take(_call(pk), at=request.at, by=request.user)
    except Refusal as refusal:
        warn(request, sentence(refusal))
        return redirect("calls")
    return redirect("call", pk=pk)


def _call(pk: int) -> Contact:
    return get_object_or_404(queries.calls(), pk=pk)


def _shown(request: StaffRequest, row: Contact, form: EndForm) -> HttpResponse:
    assignment = row.delivery.assignment
    try:
        _language, script = filled_in(row.delivery.step.content, row.facts, row.customer)
    except Refusal as refusal:
        script = sentence(refusal)
    facts = {
        "call": row,
        "customer": row.customer,
        "campaign": assignment.campaign,
        "script": script,
        "form": form,
        "tries": row.delivery.step.content.get("tries", 1),
    }
    return render(request, "calls/one.html", facts, status=422 if form.is_bound else 200)
