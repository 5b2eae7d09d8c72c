"""Verdicts: one line per effort, then everything about one; and the control groups behind them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.kernel import minor_digits
from stamgast.measurement.actions import end_experiment, open_standing
from stamgast.measurement.models import Experiment, Lot, Treatment, Verdict
from stamgast.measurement.planning import StandingChoice, standing_choices
from stamgast.measurement.queries import (
    add_up,
    efforts,
    latest_verdicts,
    pooled_verdicts,
    readings_of,
    standing_control,
)
from stamgast.web.design.tags import money_sign
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say, warn
from stamgast.web.kept_back import kept_back_lines
from stamgast.web.marketer import verdict_words as words
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.verdict_groups import for_whom
from stamgast.web.marketer.verdict_picture import draw


@dataclass(frozen=True)
class Shown:
    """An effort with its newest verdict in words."""

    experiment: Experiment
    verdict: Verdict | None
    currency: str

    @property
    def name(self) -> str:
        """The verdict in two or three words."""
        return words.name_of(self.verdict)

    @property
    def tone(self) -> str:
        """Its colour."""
        return words.tone(self.verdict)

    @property
    def said(self) -> str:
        """What it means; before the first reading, when there will be one."""
        if self.verdict is None:
            return gettext("The first reading comes tonight.")
        return words.sentence(self.verdict, self.currency)

    @property
    def kind(self) -> str:
        """What sort of effort it is."""
        return str(words.KINDS[self.experiment.kind])

    @property
    def facts(self) -> dict[str, Any]:
        """The figures of the verdict."""
        return self.verdict.facts if self.verdict else {}


@page("see margin")
def verdicts(request: StaffRequest) -> HttpResponse:
    """Show every effort in one line, the newest first."""
    known = {one.experiment_id: one for one in latest_verdicts()}
    shown = [Shown(one, known.get(one.pk), one.currency) for one in efforts()]
    # The standing control measures these same efforts together: its verdict is no part of their sum.
    added = add_up(
        one.verdict
        for one in shown
        if one.verdict and one.experiment.kind != Experiment.Kind.STANDING
    )
    job = busy_job("judge")
    facts = {
        "shown": shown,
        "headline": words.headline(added.efforts, added.extra, request.shop.currency)
        if added.efforts
        else "",
        "pools": [Shown(Experiment(name=one.pool, kind="campaign"), one, request.shop.currency)
                  for one in pooled_verdicts()],
        "as_of": max((one.as_of for one in known.values()), default=None),
        "job": job,
        "is_busy": True,
        "left": left(job, request.at) if job else None,
    }  # fmt: skip
    return render(request, "verdicts/list.html", facts)


@page("see margin")
def verdict(request: StaffRequest, pk: int) -> HttpResponse:
    """Show one effort: what it brought, how sure that is, and where the money went."""
    experiment = get_object_or_404(Experiment, pk=pk)
    readings = list(readings_of(experiment))
    one = Shown(experiment, readings[-1] if readings else None, experiment.currency)
    facts = {
        "one": one,
        "facts": one.facts,
        "arms": one.facts.get("arms", []),
        "drawing": draw(readings),
        "money": _money_lines(one.facts) if one.verdict else [],
        "by_hand": Treatment.objects.filter(lot__experiment=experiment, is_by_hand=True).count(),
        "kept_back": kept_back_lines(experiment.pk),
        "standing": Lot.objects.filter(experiment=experiment, is_standing=True).count(),
        "currency": experiment.currency,
        "unit": 10 ** minor_digits(experiment.currency),
        "euro": _per_euro(one.facts, experiment.currency),
        "days": _days(one.facts) if one.verdict else {},
        "groups": for_whom(experiment),
        "sign": money_sign(experiment.currency),
    }
    return render(request, "verdicts/one.html", facts)


def _per_euro(facts: dict[str, Any], currency: str) -> dict[str, float] | None:
    """Return what each euro brought back, as amounts in minor units."""
    found = facts.get("per_euro")
    if not found or not facts["spent_minor"]:
        return None
    return {name: value * 10 ** minor_digits(currency) for name, value in found.items()}


def _days(facts: dict[str, Any]) -> dict[str, date]:
    return {name: date.fromisoformat(facts[name]) for name in ("first", "until", "followed_until")}


def _money_lines(facts: dict[str, Any]) -> list[tuple[str, int]]:
    """Return where the money went over the window: names and amounts that add up."""
    money, given = facts["money"], facts["for_nothing"]
    lines = [
        (gettext("Bought by those who got it, before discount"), money["bought"]),
        (gettext("They would have bought anyway"), money["anyway"]),
        (gettext("Cost of goods and returns"), money["goods"]),
    ]
    if given:
        nothing = round(given["amount_minor"]["estimate"])
        lines += [
            (gettext("Discount to those who would have bought anyway"), -nothing),
            (gettext("Discount to those it won"), money["discount"] + nothing),
        ]
    elif money["discount"]:
        lines.append((gettext("Discount"), money["discount"]))
    if money["before"]:
        lines.append((gettext("Correction for what they bought before"), money["before"]))
    for kind, amount in facts["costs_minor"].items():
        lines.append((str(words.COSTS[kind]), -amount))
    return lines


@page("see margin")
def control_groups(request: StaffRequest) -> HttpResponse:
    """Show the standing control group, or offer one with what it can ever show; and who runs."""
    standing = standing_control()
    reading = readings_of(standing).last() if standing else None
    facts: dict[str, Any] = {
        "standing": standing,
        "standing_shown": Shown(standing, reading, standing.currency) if standing else None,
        "held": Lot.objects.filter(experiment=standing, arm__is_control=True).count()
        if standing
        else 0,
        "lots": Lot.objects.filter(experiment=standing).count() if standing else 0,
        "choices": [] if standing else standing_choices(),
        "running": [one for one in _running() if one.experiment.kind != "standing"],
        "currency": request.shop.currency,
    }
    return render(request, "verdicts/control_groups.html", facts)


def _running() -> list[Shown]:
    known = {one.experiment_id: one for one in latest_verdicts()}
    rows = efforts().filter(ended_at=None).prefetch_related("arms")
    return [Shown(one, known.get(one.pk), one.currency) for one in rows]


@page("set goals")
@require_POST
def begin_standing(request: StaffRequest) -> HttpResponse:
    """Begin a standing control group of the share that was chosen."""
    asked = request.POST.get("share", "")
    choice = next((one for one in standing_choices() if f"{one.share:g}" == asked), None)
    if choice is None:
        warn(request, gettext("Choose how large the group should be."))
        return redirect("control_groups")
    open_standing(
        choice.share,
        name=gettext("Standing control group"),
        plan=_plan(choice),
        at=request.at,
        by=request.user,
        key=f"standing:{request.at:%Y%m%d%H%M}",
    )
    say(
        request,
        gettext("From now on these customers get no campaign, invitation or lot-given benefit."),
    )
    return redirect("control_groups")


def _plan(choice: StandingChoice) -> dict[str, Any]:
    return {"customers": choice.customers, "shows_minor": choice.shows_minor}


@page("set goals")
@require_POST
def end_standing(request: StaffRequest) -> HttpResponse:
    """End the standing control group; its members may get what others get."""
    standing = standing_control()
    if standing is not None:
        end_experiment(standing, at=request.at, by=request.user)
        say(request, gettext("The standing control group has ended."))
    return redirect("control_groups")
