"""Answering the next step of a customer: done, later, or otherwise."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from stamgast.customers import actions
from stamgast.customers.models import Customer, Interaction, Task
from stamgast.scoring.models import Score
from stamgast.scoring.queries import score_of
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import care_forms, step_words
from stamgast.web.marketer.care_forms import CareForm
from stamgast.web.marketer.step_shown import key_of
from stamgast.web.marketer.writing import Blank, address_of, fill_in, landing

# A service call is a call; other steps mostly go out as a mail.
_KINDS = {"service_call": Interaction.Kind.CALL, "ask_why": Interaction.Kind.CALL}
LATER = Blank(
    "step_later",
    care_forms.LaterForm,
    gettext_lazy("The next step, later"),
    gettext_lazy("Plan it"),
    gettext_lazy("Task saved."),
    "take_back_task",
)
OTHERWISE = Blank(
    "step_otherwise",
    care_forms.OtherwiseForm,
    gettext_lazy("Something else than the next step"),
    gettext_lazy("Keep this"),
    gettext_lazy("Note saved."),
    "take_back",
)


@page("write interactions")
@require_POST
def step_done(request: StaffRequest, pk: int) -> HttpResponse:
    """The step was taken: it counts as our contact with the customer."""
    person = get_object_or_404(Customer, pk=pk)
    score = _score_of(person)
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
def step_later(request: StaffRequest, pk: int) -> HttpResponse:
    """The step is taken on another day: a task for who says so."""

    def keep(person: Customer, form: CareForm) -> Task:
        score = _score_of(person)
        return actions.add_task(
            person,
            title=step_words.title(score.step),
            due=form.cleaned_data["due"],
            at=request.at,
            by=request.user,
            key=key_of(score),
        )

    return fill_in(request, pk, LATER, keep)


@page("write interactions")
def step_otherwise(request: StaffRequest, pk: int) -> HttpResponse:
    """Another step fits better: why is kept as a note."""

    def keep(person: Customer, form: CareForm) -> Interaction:
        score = _score_of(person)
        said = {"step": step_words.title(score.step), "why": form.cleaned_data["text"]}
        return actions.add_interaction(
            person,
            kind=Interaction.Kind.NOTE,
            text=_("Instead of “%(step)s”: %(why)s") % said,
            at=request.at,
            by=request.user,
            key=key_of(score),
        )

    return fill_in(request, pk, OTHERWISE, keep)


def _score_of(person: Customer) -> Score:
    score = score_of(person)
    if score is None:
        raise Http404
    return score
