"""Writing about a customer: each form calls one action and offers to take it back."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from stamgast.customers import actions
from stamgast.customers.models import Consent, Customer, Interaction, Task
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import care_forms
from stamgast.web.marketer.care_forms import CareForm
from stamgast.web.marketer.writing import Blank, address_of, fill_in, landing

NOTE = Blank(
    "note",
    care_forms.NoteForm,
    gettext_lazy("A note"),
    gettext_lazy("Save the note"),
    gettext_lazy("Note saved."),
    "take_back",
)
TALK = Blank(
    "talk",
    care_forms.TalkForm,
    gettext_lazy("A talk"),
    gettext_lazy("Save the talk"),
    gettext_lazy("Talk saved."),
    "take_back",
)
COMPLAINT = Blank(
    "write_complaint",
    care_forms.ComplaintForm,
    gettext_lazy("A complaint"),
    gettext_lazy("Save the complaint"),
    gettext_lazy("Complaint saved."),
    "take_back",
)
TASK = Blank(
    "task",
    care_forms.TaskForm,
    gettext_lazy("A task"),
    gettext_lazy("Save the task"),
    gettext_lazy("Task saved."),
    "take_back_task",
)
CONSENT = Blank(
    "consent",
    care_forms.ConsentForm,
    gettext_lazy("What the customer allows"),
    gettext_lazy("Write it down"),
    gettext_lazy("Consent written down."),
    "take_back_consent",
)


@page("write interactions")
def note(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep a note."""

    def keep(person: Customer, form: CareForm) -> Interaction:
        return _add(request, person, kind=Interaction.Kind.NOTE, **form.cleaned_data)

    return fill_in(request, pk, NOTE, keep)


@page("write interactions")
def talk(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep a call, an e-mail or a visit; when we began it, it counts as our contact."""

    def keep(person: Customer, form: CareForm) -> Interaction:
        return _add(request, person, **form.cleaned_data)

    return fill_in(request, pk, TALK, keep)


@page("write interactions")
def complaint(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep a complaint, with who solves it and by when."""

    def keep(person: Customer, form: CareForm) -> Interaction:
        return _add(request, person, kind=Interaction.Kind.COMPLAINT, **form.cleaned_data)

    return fill_in(request, pk, COMPLAINT, keep)


def _add(request: StaffRequest, person: Customer, **facts: Any) -> Interaction:
    return actions.add_interaction(person, at=request.at, by=request.user, **facts)


@page("write interactions")
@require_POST
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back a note, talk or complaint that one has just written."""
    row = get_object_or_404(Interaction.objects.select_related("customer"), pk=pk)
    actions.remove_note(row, at=request.at, by=request.user)
    say(request, _("Taken back."))
    return landing(request, address_of(row.customer))


@page("write tasks")
def task(request: StaffRequest, pk: int) -> HttpResponse:
    """Promise something to a customer."""

    def keep(person: Customer, form: CareForm) -> Task:
        return actions.add_task(person, at=request.at, by=request.user, **form.cleaned_data)

    return fill_in(request, pk, TASK, keep)


@page("write consents")
def consent(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down what the customer allows or does not want any more."""

    def keep(person: Customer, form: CareForm) -> Consent:
        facts = dict(form.cleaned_data)
        said_on = facts.pop("said_on")
        return actions.record_consent(
            person, at=request.at, by=request.user, given_at=said_on, **facts
        )

    return fill_in(request, pk, CONSENT, keep)


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
