"""What the programme adds, found out by lot: who is invited to join, and who does without a benefit."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.events.actions import ask
from stamgast.loyalty.models import TierBenefit
from stamgast.loyalty.queries import is_running, programme
from stamgast.loyalty.worth import actions, queries
from stamgast.measurement.actions import end_experiment
from stamgast.measurement.models import Experiment
from stamgast.measurement.queries import latest_verdicts
from stamgast.staff.queries import actor
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.programme_frame import show
from stamgast.web.marketer.verdicts import Shown
from stamgast.web.marketer.writing import tried
from stamgast.web.words import STAGES

KINDS = ("invitation", "benefit")
SHARES = [(share, f"{share} %") for share in (10, 20, 30, 50)]


class _Lot(forms.Form):
    """What both forms ask."""

    share = forms.TypedChoiceField(
        label=_("By lot without"),
        choices=SHARES,
        coerce=int,
        initial=20,
        help_text=_("The larger this group, the sooner you know what it brings."),
    )
    days = forms.IntegerField(
        label=_("Days to look at"), min_value=14, max_value=365, initial=actions.WINDOW_DAYS
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=40)


class InviteForm(_Lot):
    """Whom to invite."""

    name = forms.CharField(label=_("Name"), max_length=120)
    stages = forms.MultipleChoiceField(
        label=_("Only customers who are"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (code, STAGES[code]) for code in ("new", "active", "drifting", "lost", "won_back")
        ],
    )
    field_order = ("name", "stages", "share", "days")


class BenefitForm(_Lot):
    """Which benefit to try."""

    benefit = forms.ModelChoiceField(
        TierBenefit.objects.none(), label=_("Benefit"), empty_label=_("choose one")
    )
    field_order = ("benefit", "share", "days")

    def __init__(self, *given: object, **options: object) -> None:
        super().__init__(*given, **options)  # type: ignore[arg-type]
        tried = queries.running_benefits().values_list("subject", flat=True)
        numbers = [int(subject.partition(":")[2]) for subject in tried]
        rows = TierBenefit.objects.filter(tier__removed_at=None).exclude(pk__in=numbers)
        field = self.fields["benefit"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows.select_related("tier").order_by("tier__threshold", "pk")
        field.label_from_instance = lambda row: f"{row.tier.name}: {row.text}"  # type: ignore[method-assign,assignment]


@page("see margin")
def lots(request: StaffRequest) -> HttpResponse:
    """Show what was tried by lot with its verdict; begin another."""
    return _shown(request)


def _shown(
    request: StaffRequest,
    *,
    invite_form: InviteForm | None = None,
    benefit_form: BenefitForm | None = None,
) -> HttpResponse:
    known = {one.experiment_id: one for one in latest_verdicts()}
    rows = Experiment.objects.filter(kind__in=KINDS).order_by("-started_at", "-pk")
    job = busy_job("invite_members")
    once = {"once": request.at.strftime("%Y%m%d%H%M%S%f")}
    facts = {
        "shown": [Shown(one, known.get(one.pk), one.currency) for one in rows[:50]],
        "invite_form": invite_form or InviteForm(initial=once),
        "benefit_form": benefit_form or BenefitForm(initial=once),
        "can_invite": queries.may_be_invited().count(),
        "is_running": is_running(programme(), request.at),
        "job": job,
        "left": left(job, request.at) if job else None,
    }
    is_wrong = invite_form is not None or benefit_form is not None
    return show(request, "lots.html", facts, status=422 if is_wrong else 200)


@page("edit programme")
@require_POST
def begin_invitation(request: StaffRequest) -> HttpResponse:
    """Invite customers to join, a part by lot not; the mail goes behind the screens."""
    form = InviteForm(request.POST)
    experiment = tried(form, lambda: _invited(request, form))
    if experiment is None:
        return _shown(request, invite_form=form)
    say(request, gettext("The lots are being drawn and the invitations written."))
    return redirect("lots")


def _invited(request: StaffRequest, form: InviteForm) -> Experiment:
    filled = form.cleaned_data
    key = f"invitation:{request.user.pk}:{filled['once']}"
    experiment = actions.open_invitation(
        name=filled["name"],
        control_share=filled["share"] / 100,
        window_days=filled["days"],
        at=request.at,
        key=key,
        by=request.user,
    )
    ask(
        "invite_members",
        at=request.at,
        by=actor(request.user),
        key=key,
        facts={
            "experiment": experiment.pk,
            "stages": filled["stages"],
            "page": request.build_absolute_uri(reverse("member_sign_in")),
        },
    )
    return experiment


@page("edit programme")
@require_POST
def begin_benefit(request: StaffRequest) -> HttpResponse:
    """Let a part of a level's members, by lot, do without one benefit."""
    form = BenefitForm(request.POST)
    drawn = tried(form, lambda: _tried(request, form))
    if drawn is None:
        return _shown(request, benefit_form=form)
    say(
        request,
        gettext("The lots are drawn. Members who come to the level later are drawn as they come."),
    )
    return redirect("lots")


def _tried(request: StaffRequest, form: BenefitForm) -> Experiment:
    filled = form.cleaned_data
    benefit = filled["benefit"]
    experiment = actions.open_benefit(
        benefit,
        name=f"{benefit.tier.name}: {benefit.text}"[:160],
        control_share=filled["share"] / 100,
        window_days=filled["days"],
        at=request.at,
        key=f"benefit:{request.user.pk}:{filled['once']}",
        by=request.user,
    )
    actions.draw_benefit(benefit, at=request.at)
    return experiment


@page("edit programme")
@require_POST
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """End what is tried: from now on everybody has the benefit, and nobody more is drawn."""
    experiment = get_object_or_404(Experiment, pk=pk, kind__in=KINDS, ended_at=None)
    end_experiment(experiment, at=request.at, by=request.user)
    say(request, gettext("Ended. The verdict stays."))
    return redirect("lots")
