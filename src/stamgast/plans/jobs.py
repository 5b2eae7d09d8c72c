"""The part of the work loop that lets plans draw; safe to run twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

from stamgast.campaigns.freshness import today_of
from stamgast.campaigns.models import Campaign
from stamgast.events.actions import ask, show_progress
from stamgast.events.models import Job
from stamgast.plans.actions.running import draw_places
from stamgast.plans.models import Plan, PlanOption

KIND = "draw_plans"
_BUSY = (Job.Status.WAITING, Job.Status.RUNNING)


def look(at: datetime) -> None:
    """Ask for drawing when a plan has something to draw, and none is under way."""
    if _to_draw(at).exists() and not Job.objects.filter(kind=KIND, status__in=_BUSY).exists():
        ask_now(at)


def ask_now(at: datetime) -> Job:
    """Ask for drawing now; several who ask within a second ask once."""
    return ask(KIND, at=at, key=f"{KIND}:{at:%Y%m%d%H%M%S}", by="plans")


def work(job: Job) -> Mapping[str, Any]:
    """Draw what plans still have to draw; the clock is read here, once."""
    at = datetime.now(UTC)

    def show(share: float) -> None:
        show_progress(job, at=datetime.now(UTC), progress=min(0.99, share), doing="giving")

    return {"given": draw_due(at=at, show=show)}


def draw_due(*, at: datetime, show: Any = lambda share: None) -> int:
    """Draw what every running plan still has to draw; returns how many were given something."""
    plans = Plan.objects.filter(pk__in=_to_draw(at).values("plan")).order_by("pk")
    return sum(draw_places(plan, at=at, show=show) for plan in plans)


def _to_draw(at: datetime) -> Any:
    """Return the options with somebody to draw; one that waits for orders has its campaign go first.

    One whose campaign begins on a later day waits for it.
    """
    return PlanOption.objects.filter(
        plan__status=Plan.Status.RUNNING,
        is_drawn=False,
        campaign__status=Campaign.Status.RUNNING,
    ).exclude(Q(campaign__waits_for="orders_too_old") | Q(campaign__starts_on__gt=today_of(at)))
