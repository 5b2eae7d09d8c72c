"""A scored base in figures, as scoring writes it, without scoring anything."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from stamgast.scoring.models import CurrentRun, Run, Summary

AS_OF = date(2026, 11, 19)
SCORED_AT = datetime(2026, 11, 20, 2, 12, tzinfo=UTC)
ORDERS_UNTIL = datetime(2026, 11, 20, 5, 10, tzinfo=UTC)
STAGES = {"none": 96, "new": 471, "active": 2118, "drifting": 412, "lost": 4715, "won_back": 188}
STEPS = {  # reason, customers, expected margin in minor units
    "save_offer": ("drifting_and_worth_it", 180, 690_000),
    "second_purchase": ("second_purchase_due", 96, 220_000),
    "service_call": ("open_complaint", 14, 96_000),
    "replenish": ("due_again", 240, 512_000),
    "invite_ambassador": ("valued_for_long", 64, 310_000),
    "win_back": ("lost_and_worth_it", 310, 124_000),
    "let_be": ("no_consent_to_mail", 4300, 40_000),
    "nothing": ("all_is_well", 1804, 4_100_000),
}


def months_back(count: int, last: date = AS_OF) -> list[date]:
    """The first days of this month and those before it, oldest first."""
    numbers = range(last.year * 12 + last.month - count, last.year * 12 + last.month)
    return [date(n // 12, n % 12 + 1, 1) for n in numbers]


def _month_end(first: date) -> str:
    number = first.year * 12 + first.month
    following = date(number // 12, number % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1).isoformat()


def _history() -> list[dict[str, Any]]:
    grows = {"new": 9, "active": 61, "drifting": 14, "lost": 96, "won_back": 4, "none": 2}
    return [
        {"month": _month_end(month), "stage": stage, "customers": now - grows[stage] * (11 - i)}
        for i, month in enumerate(months_back(12))
        for stage, now in STAGES.items()
    ]


def _months() -> list[dict[str, Any]]:
    season = (0.9, 0.85, 0.95, 1.0, 1.02, 0.97, 0.86, 0.9, 1.0, 1.08, 1.3, 1.45)
    return [
        {
            "month": month.isoformat()[:7],
            "orders": int(640 * season[month.month - 1] * (1 + i / 60)),
            "customers": int(560 * season[month.month - 1] * (1 + i / 60)),
            "revenue_minor": int(3_600_000 * season[month.month - 1] * (1 + i / 60)),
            "margin_minor": int(1_350_000 * season[month.month - 1] * (1 + i / 60)),
        }
        for i, month in enumerate(months_back(26))
    ]


def _cohorts() -> list[dict[str, Any]]:
    intakes = months_back(18)
    return [
        {
            "cohort": month.isoformat()[:7],
            "customers": 150 + 3 * i,
            "cells": [
                {
                    "month": m,
                    "customers": (size := int((150 + 3 * i) * (1 if m == 0 else 0.34 * 0.96**m))),
                    "share": size / (150 + 3 * i),
                    "margin_minor": size * 1450,
                }
                for m in range(len(intakes) - i)
            ],
        }
        for i, month in enumerate(intakes)
    ]


def _second() -> list[dict[str, Any]]:
    return [
        {
            "cohort": month.isoformat()[:7],
            "customers": 150 + 3 * i,
            "returned": int((150 + 3 * i) * (share := 0.24 + 0.003 * i - (0.1 if i > 14 else 0))),
            "share": share,
            "low": share - 0.065,
            "high": share + 0.07,
            "is_settled": i <= 14,
        }
        for i, month in enumerate(months_back(18))
    ]


def facts(**changes: Any) -> dict[str, Any]:
    """The figures of one summary."""
    return {
        "customers": sum(STAGES.values()),
        "stages": dict(STAGES),
        "drifting_a_week_ago": 375,
        "at_stake": {"value": 1_482_345, "low": 1_290_870, "high": 1_691_204},
        "margin_year": {"value": 5_903_000, "low": 5_410_000, "high": 6_420_000},
        "steps": [
            {"step": step, "reason": reason, "customers": customers, "margin_minor": margin}
            for step, (reason, customers, margin) in STEPS.items()
        ],
        "history": _history(),
        "months": _months(),
        "cohorts": _cohorts(),
        "second": _second(),
        "assumed_share": 0.0,
        "orders": 18_204,
        "revenue_minor": 104_000_000,
        "margin_minor": 38_700_000,
        **changes,
    }


def show_base(
    *, orders_until: datetime = ORDERS_UNTIL, without: tuple[str, ...] = (), **changes: Any
) -> Run:
    """Make a run that is shown, with a summary of the whole and of two countries."""
    run = Run.objects.create(
        as_of=AS_OF,
        status=Run.Status.READY,
        started_at=SCORED_AT,
        ended_at=SCORED_AT,
        orders_until=orders_until,
        customers=sum(STAGES.values()),
        currency="EUR",
    )
    whole = {key: value for key, value in facts(**changes).items() if key not in without}
    Summary.objects.create(run=run, facts=whole)
    for country, share in (("Nederland", 0.8), ("België", 0.2)):
        part = facts(
            customers=int(sum(STAGES.values()) * share),
            stages={stage: int(count * share) for stage, count in STAGES.items()},
            at_stake={"value": 300_000, "low": 200_000, "high": 400_000},
        )
        Summary.objects.create(run=run, facet="country", value=country, facts=part)
    CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
    return run
