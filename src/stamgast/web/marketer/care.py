"""Writing about a customer: each form calls one action and offers to take it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stamgast.customers import actions
from stamgast.customers.models import Consent, Customer, Interaction
from stamgast.kernel import Refusal
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import care_forms
from stamgast.web.marketer.customer import show_customer
from stamgast.web.refusals import sentence

T = TypeVar("T")


def landing(request: StaffRequest, default: str) -> HttpResponseRedirect:
    """Go to the page that was asked for when it is ours, else to the default."""
    to = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(to if is_ours else default)


def tried(form: forms.Form, act: Callable[[], T]) -> T | None:
    """Do it, or put the refusal beside the field it is about and return None."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refusal as refusal:
        field = refusal.facts.get("field")
        form.add_error(field if field in form.fields else None, sentence(refusal))
        return None


def address_of(customer: Customer) -> str:
    """The address of a customer's page."""
    return reverse("customer", args=[customer.pk])


@page("write interactions")
@require_POST
def note(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep a note."""
    person = get_object_or_404(Customer, pk=pk)
    form = care_forms.NoteForm(request.POST, auto_id="note-%s")
    row = tried(
        form,
        lambda: actions.add_interaction(
            person,
            kind=Interaction.Kind.NOTE,
            text=form.cleaned_data["text"],
            at=request.at,
            by=request.user,
        ),
    )
    return _said(request, person, row, _("Note saved.")) or _mend(request, person, "note", form)


@page("write interactions")
@require_POST
def talk(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep a call, an e-mail or a visit; when we began it, it counts as our contact."""
    person = get_object_or_404(Customer, pk=pk)
    form = care_forms.TalkForm(request.POST, auto_id="talk-%s")
    row = tried(
        form,
        lambda: actions.add_interaction(
            person, at=request.at, by=request.user, **form.cleaned_data
        ),
    )
    return _said(request, person, row, _("Talk saved.")) or _mend(request, person, "talk", form)


@page("write interactions")
@require_POST
def complaint(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep a complaint, with who solves it and by when."""
    person = get_object_or_404(Customer, pk=pk)
    form = care_forms.ComplaintForm(request.POST, auto_id="complaint-%s")
    row = tried(
        form,
        lambda: actions.add_interaction(
            person,
            kind=Interaction.Kind.COMPLAINT,
            at=request.at,
            by=request.user,
            **form.cleaned_data,
        ),
    )
    said = _said(request, person, row, _("Complaint saved."))
    return said or _mend(request, person, "complaint", form)


@page("write interactions")
@require_POST
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back a note, talk or complaint that one has just written."""
    row = get_object_or_404(Interaction.objects.select_related("customer"), pk=pk)
    actions.remove_note(row, at=request.at, by=request.user)
    say(request, _("Taken back."))
    return landing(request, address_of(row.customer))


@page("write tasks")
@require_POST
def task(request: StaffRequest, pk: int) -> HttpResponse:
    """Promise something to a customer."""
    person = get_object_or_404(Customer, pk=pk)
    form = care_forms.TaskForm(request.POST, auto_id="task-%s")
    row = tried(
        form,
        lambda: actions.add_task(person, at=request.at, by=request.user, **form.cleaned_data),
    )
    if row is None:
        return _mend(request, person, "task", form)
    say(request, _("Task saved."), undo=reverse("take_back_task", args=[row.pk]))
    return landing(request, address_of(person))


@page("write consents")
@require_POST
def consent(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down what the customer allows or does not want any more."""
    person = get_object_or_404(Customer, pk=pk)
    today = timezone.localdate(request.at)
    form = care_forms.ConsentForm(request.POST, today=today, auto_id="consent-%s")
    row = tried(form, lambda: _record_consent(request, person, dict(form.cleaned_data)))
    if row is None:
        return _mend(request, person, "consent", form)
    say(request, _("Consent written down."), undo=reverse("take_back_consent", args=[row.pk]))
    return landing(request, address_of(person))


def _record_consent(request: StaffRequest, person: Customer, facts: dict[str, Any]) -> Consent:
    said_on = facts.pop("said_on")
    return actions.record_consent(person, at=request.at, by=request.user, given_at=said_on, **facts)


@page("write consents")
@require_POST
def take_back_consent(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct a consent entered by mistake: a new row says what held before; the mistake stays.

    Where nothing held before, the customer counts as not wanting it.
    """
    wrong = get_object_or_404(Consent.objects.select_related("customer"), pk=pk)
    same = Consent.objects.filter(
        customer=wrong.customer, channel=wrong.channel, purpose=wrong.purpose
    )
    before = same.filter(pk__lt=wrong.pk).order_by("-at", "-pk").first()
    actions.record_consent(
        wrong.customer,
        channel=wrong.channel,
        purpose=wrong.purpose,
        is_granted=before.is_granted if before else False,
        source=_("correction of a mistake"),
        wording=before.wording if before else "",
        basis=before.basis if before else Consent.Basis.OPT_IN,
        order_number=before.order_number if before else "",
        at=request.at,
        by=request.user,
        key=f"correction:{wrong.pk}",
    )
    say(request, _("Corrected. The history keeps both."))
    return landing(request, address_of(wrong.customer))


def _said(
    request: StaffRequest, person: Customer, row: Interaction | None, text: str
) -> HttpResponse | None:
    if row is None:
        return None
    say(request, text, undo=reverse("take_back", args=[row.pk]))
    return landing(request, address_of(person))


def _mend(request: StaffRequest, person: Customer, name: str, form: forms.Form) -> HttpResponse:
    return show_customer(request, person, bound={name: form})
