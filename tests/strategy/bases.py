"""A small scored base, of which every measure but those by answers can be told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from scoring.shops import make_customers, make_order
from stamgast.scoring.models import CurrentRun, Run, Score, Stage
from stamgast.strategy.actions import draft_goal, open_goal
from stamgast.strategy.models import Goal

AS_OF = date(2026, 11, 19)
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

# How many, stage, orders, first and latest purchase in days ago, expected margin in cents.
_PEOPLE = (
    (30, Stage.ACTIVE, 6, 700, 10, 4000),
    (10, Stage.DRIFTING, 4, 650, 200, 1000),
    (20, Stage.LOST, 3, 900, 500, 100),
    (25, Stage.ACTIVE, 1, 200, 200, 1500),
    (15, Stage.ACTIVE, 2, 180, 60, 3500),
)


def score_people(as_of: date = AS_OF) -> Run:
    """Write a scored base of 100 customers, and show it."""
    run = Run.objects.create(
        as_of=as_of, status=Run.Status.READY, started_at=AT, currency="EUR", customers=100
    )
    people = iter(make_customers(100, AT))
    for count, stage, orders, first, last, margin in _PEOPLE:
        for _ in range(count):
            one = next(people)
            Score.objects.create(
                run=run,
                customer=one,
                stage=stage,
                orders=orders,
                first_day=as_of - timedelta(days=first),
                last_day=as_of - timedelta(days=last),
                revenue_minor=0,
                margin_minor=0,
                margin_365_minor=margin,
                usual_interval=40.0,
                step="nothing",
            )
            make_order(one, f"{one.pk}", as_of - timedelta(days=last), 5000).save()
    CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
    return run


def rescore(is_better: bool) -> None:
    """Show a later run in which ten more of the first buyers came back, or nobody did."""
    run = CurrentRun.objects.get().run
    if is_better:
        first = Score.objects.filter(run=run, orders=1).values_list("pk", flat=True)[:10]
        Score.objects.filter(pk__in=list(first)).update(orders=2)


def goal(**facts: Any) -> Goal:
    """Draft a goal with defaults."""
    told: dict[str, Any] = {
        "direction": "deepen",
        "due_on": date(2027, 6, 1),
        "budget_minor": 300_000,
        "at": AT,
    }
    return draft_goal(**{**told, **facts})


def open_one(**facts: Any) -> Goal:
    """Open a goal with defaults, over a base that is scored already or now."""
    if not CurrentRun.objects.exists():
        score_people()
    return open_goal(goal(**facts), at=AT)
