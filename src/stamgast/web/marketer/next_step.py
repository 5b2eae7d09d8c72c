"""Answering the next step of a customer: done, later, or otherwise."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stamgast.customers import actions
from stamgast.customers.models import Customer, Interaction
from stamgast.scoring.models import Score
from stamgast.scoring.queries import score_of
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import care_forms, step_words
from stamgast.web.marketer.care import address_of, landing, tried
from stamgast.web.marketer.customer import show_customer
from stamgast.web.marketer.step_shown import key_of

# A service call is a call; other steps mostly go out as a mail.
_KINDS = {"service_call": Interaction.Kind.CALL, "ask_why": Interaction.Kind.CALL}


@page("write interactions")
@require_POST
def step_done(request: StaffRequest, pk: int) -> HttpResponse:
    """The step was taken: it counts as our contact with the customer."""
    person, score = _scored(pk)
    row = actions.add_interaction(
        person,
        kind=_KINDS.get(score.step, Interaction.Kind.EMAIL),
        text=_("Next step done: %(step)s.") % {"step": step_words.title(score.step)},
        is_ours=True,
        at=request.at,
        by=request.user,
        key=key_of(score),
    )
    say(request, _("Step done."), undo=reverse("take_back", args=[row.pk]))
    return landing(request, address_of(person))


@page("write tasks")
@require_POST
def step_later(request: StaffRequest, pk: int) -> HttpResponse:
    """The step is taken on another day: a task for who says so."""
    person, score = _scored(pk)
    form = care_forms.LaterForm(request.POST, auto_id="later-%s")
    row = tried(
        form,
        lambda: actions.add_task(
            person,
            title=step_words.title(score.step),
            due=form.cleaned_data["due"],
            at=request.at,
            by=request.user,
            key=key_of(score),
        ),
    )
    if row is None:
        return show_customer(request, person, bound={"later": form})
    say(request, _("Task saved."), undo=reverse("take_back_task", args=[row.pk]))
    return landing(request, address_of(person))


@page("write interactions")
@require_POST
def step_otherwise(request: StaffRequest, pk: int) -> HttpResponse:
    """Another step fits better: why is kept as a note."""
    person, score = _scored(pk)
    form = care_forms.OtherwiseForm(request.POST, auto_id="otherwise-%s")
    row = tried(
        form,
        lambda: actions.add_interaction(
            person,
            kind=Interaction.Kind.NOTE,
            text=_("Instead of “%(step)s”: %(why)s")
            % {"step": step_words.title(score.step), "why": form.cleaned_data["text"]},
            at=request.at,
            by=request.user,
            key=key_of(score),
        ),
    )
    if row is None:
        return show_customer(request, person, bound={"otherwise": form})
    say(request, _("Note saved."), undo=reverse("take_back", args=[row.pk]))
    return landing(request, address_of(person))


def _scored(pk: int) -> tuple[Customer, Score]:
    person = get_object_or_404(Customer, pk=pk)
    score = score_of(person)
    if score is None:
        raise Http404
    return person, score
