"""The cast with scores and bonds, as scoring writes them, for whom campaigns are tried."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from stamgast.customers.models import Customer
from stamgast.scoring.models import BondScore, CurrentRun, Run, Score

AS_OF = date(2026, 11, 19)
NOON = datetime.fromisoformat("2026-11-19T12:00:00+00:00")

_FOUND: dict[str, dict[str, Any]] = {
    "anna": {"stage": "active", "orders": 34, "silent": 9, "margin": 20_000, "step": "nothing"},
    "bram": {"stage": "drifting", "orders": 27, "silent": 94, "margin": 3_000, "step": "save_offer"},
    "carla": {"stage": "lost", "orders": 20, "silent": 699, "margin": 200, "step": "win_back"},
    "daan": {"stage": "new", "orders": 1, "silent": 5, "margin": 4_000, "step": "welcome"},
    "eva": {"stage": "active", "orders": 4, "silent": 19, "margin": 9_000, "step": "let_be"},
}  # fmt: skip


def score_cast(people: dict[str, Customer], *, as_of: date = AS_OF) -> Run:
    """Write scores for the cast and show them."""
    run = Run.objects.create(
        as_of=as_of,
        status=Run.Status.READY,
        started_at=NOON,
        ended_at=NOON,
        orders_until=NOON,
        currency="EUR",
        customers=len(people),
    )
    Score.objects.bulk_create(_score(run, people[name], **_FOUND[name]) for name in people)
    CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
    return run


def _score(
    run: Run, who: Customer, *, stage: str, orders: int, silent: int, margin: int, step: str
) -> Score:
    return Score(
        run=run,
        customer=who,
        stage=stage,
        orders=orders,
        first_day=run.as_of - timedelta(days=silent + 30 * (orders - 1)),
        last_day=run.as_of - timedelta(days=silent),
        days_silent=silent,
        usual_interval=30.0 if orders > 1 else None,
        revenue_minor=orders * 1_000,
        margin_minor=orders * 500,
        discount_share=0.25 if stage == "lost" else 0.0,
        returns_rate=0.0,
        margin_365_minor=margin,
        margin_365_low_minor=margin // 2,
        margin_365_high_minor=margin * 2,
        step=step,
        country=who.country,
        channel="web",
    )


def bond(run: Run, who: Customer, kind: str, **facts: Any) -> BondScore:
    """Write down why somebody stays: all bonds weak, unless said otherwise."""
    levels = {
        f"{name}{end}": {"": 0.2, "_low": 0.1, "_high": 0.3, "_coverage": 0.5}[end]
        for name in ("situational", "economic", "legal", "technical", "emotional")
        for end in ("", "_low", "_high", "_coverage")
    }
    usual = {"held_by": "economic", "recommend": 0.5, "recommend_low": 0.4, "recommend_high": 0.6}
    return BondScore.objects.create(
        run=run, customer=who, kind=kind, **{**levels, **usual, **facts}
    )
