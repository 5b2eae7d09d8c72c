"""Reads of plans that need a name: forecast against actual, who gets what, what is learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q

from stamgast.campaigns.actions.checking import blocking
from stamgast.campaigns.models import Campaign
from stamgast.measurement.models import Lot, Verdict
from stamgast.measurement.queries import add_up
from stamgast.plans import rules
from stamgast.plans.models import Place, Plan, PlanOption
from stamgast.scoring.queries import current_run

READY = (Campaign.Status.CHECKED, Campaign.Status.APPROVED)
# What may stand in the way of a campaign by itself, and not of one in a plan.
MENDED_BY_A_PLAN = frozenset({"budget", "worst_case", "fewer_codes"})
_ZERO = {"estimate": 0, "low": 0, "high": 0}
MOST_DRAFTS = 8  # that are looked over to see whether a plan could give them
_LOOKED_FOR = 600  # seconds


def plannable(goal: int, at: datetime) -> list[Campaign]:
    """Return the campaigns of a goal that a plan could give: in none yet, and ready but for money.

    A campaign too dear for its whole audience is what a plan is for.
    """
    rows = Campaign.objects.filter(goal=goal, plan_option=None)
    rows = rows.exclude(rhythm=Campaign.Rhythm.ON_EVENT).select_related("goal")
    ready = list(rows.filter(status__in=READY).order_by("priority", "pk"))
    drafts = rows.filter(status=Campaign.Status.DRAFT).order_by("-changed_at")[:MOST_DRAFTS]
    return [*ready, *(one for one in drafts if set(_in_the_way(one, at)) <= MENDED_BY_A_PLAN)]


def _in_the_way(draft: Campaign, at: datetime) -> list[str]:
    """Return what stood in the way of a draft at its last check; not checked, it is looked at once."""
    if kept := [one["code"] for one in draft.findings if one["is_blocking"]]:
        return kept
    run = current_run()
    key = f"in-the-way:{draft.pk}:{draft.changed_at.timestamp()}:{run.pk if run else 0}"
    return cache.get_or_set(key, lambda: blocking(draft, at), _LOOKED_FOR) or []


@dataclass(frozen=True)
class Came:
    """Of one option: what was expected of it, and what came of it so far.

    Once there is a verdict, `expected` is of as many customers as really got it.
    """

    option: PlanOption
    measure: str
    expected: dict[str, int]
    treated: int
    control: int
    verdict: Verdict | None

    @property
    def net(self) -> dict[str, float] | None:
        """What its verdict says it brought, in minor units, or None."""
        return self.verdict.facts.get("net_minor") if self.verdict else None


@dataclass(frozen=True)
class Outcome:
    """A whole plan: expected against what its verdicts add up to; None while nothing is known.

    What is expected is of the options that have a figure; of all of them while none has.
    """

    options: list[Came]
    expected: dict[str, int]
    actual: dict[str, int] | None
    is_whole: bool  # every option has a figure

    @property
    def is_as_expected(self) -> bool | None:
        """Whether the two can be the same; None while nothing is known."""
        return None if self.actual is None else rules.is_within(self.actual, self.expected)


def outcome_of(plan: Plan) -> Outcome:
    """Hold what a plan expected against what its verdicts say."""
    expected = {one["option"]: one for one in plan.facts.get("options", [])}
    found = []
    rows = plan.options.select_related("campaign__experiment").filter(
        campaign__experiment__isnull=False
    )
    for option in rows:
        lots = Lot.objects.filter(experiment=option.campaign.experiment_id, is_standing=False)
        sizes = lots.aggregate(
            control=Count("pk", filter=Q(arm__is_control=True)),
            treated=Count("pk", filter=Q(arm__is_control=False)),
        )
        of = Verdict.objects.filter(experiment=option.campaign.experiment_id)
        verdict = of.order_by("-as_of").first()
        facts = expected.get(option.pk, {"brings_minor": _ZERO, "customers": 0})
        forecast = facts["brings_minor"]
        if verdict is not None and verdict.facts.get("net_minor"):
            planned = facts["customers"] * float(1 - option.campaign.control_share)
            forecast = rules.scaled(forecast, sizes["treated"] / planned if planned else 0.0)
        measure = facts.get("measure", f"option:{option.pk}")
        found.append(Came(option, measure, forecast, **sizes, verdict=verdict))
    added = add_up(one.verdict for one in found if one.verdict is not None)
    known = [one for one in found if one.net]
    return Outcome(
        options=found,
        expected=rules.range_of((one.measure, one.expected) for one in known)
        if known
        else plan.facts.get("brings_minor", _ZERO),
        actual=added.extra,
        is_whole=bool(found) and all(one.net for one in found),
    )


def examples_of(option: PlanOption, count: int = 5) -> list[Place]:
    """Return some customers who are to get an option: those for whom it is expected to do most."""
    rows = Place.objects.filter(option=option, is_explored=False).select_related("customer")
    return list(rows.order_by("-is_by_hand", "-gain_minor", "pk")[:count])


def lots_known() -> dict[str, Any]:
    """Return how much there is to learn from: lots of campaigns, and the campaigns they are of."""
    rows = Lot.objects.filter(experiment__campaign__isnull=False, is_standing=False)
    return rows.aggregate(
        lots=Count("pk"),
        campaigns=Count("experiment", distinct=True),
    )
