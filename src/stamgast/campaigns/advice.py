"""Whom the lot keeps from outbound advice: else colleagues would give by hand what it left out.

The next step of a customer (`Score.step`) knows no lots. Pages, lists and counts ask here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from stamgast.campaigns.followed import ControlGroup, control_groups, lots_in
from stamgast.campaigns.presets import presets
from stamgast.customers.models import Customer
from stamgast.insight.next_step import STEPS
from stamgast.measurement.models import Lot
from stamgast.scoring.models import Run, Score
from stamgast.scoring.queries import summary

LET_BE = "let_be"
CONTROL_GROUP = "control_group"  # why somebody is let be whom the lot left out
# Answering a complaint is never left to the lot.
ADVICE = tuple(step for step in STEPS if step not in ("service_call", LET_BE, "nothing"))
_COUNTED_FOR = 3600  # seconds


@dataclass(frozen=True)
class Kept:
    """That one customer is kept from advice: by which control group, and until when if that is known."""

    campaign: str
    until: datetime | None


def kept_steps(group: ControlGroup) -> tuple[str, ...]:
    """Return which next steps a control group is not advised.

    Those that the measure of its campaign stands for (`Preset.stands_for`). A campaign of the shop's
    own making, and the standing control group, keep from all.
    """
    preset = presets().get(group.preset)
    return ADVICE if preset is None else preset.stands_for


def kept_from(customer: Customer, step: str, at: datetime) -> Kept | None:
    """Return what keeps a customer from being advised this step, or None when they may be."""
    groups = {one.arm: one for one in control_groups(at) if step in kept_steps(one)}
    rows = lots_in(groups.values(), at).filter(customer=customer).order_by("pk")
    for arm, drawn_at in rows.values_list("arm_id", "assigned_at"):
        group = groups[arm]
        is_over = group.drawn_after is not None
        return Kept(group.campaign, drawn_at + timedelta(days=group.days) if is_over else None)
    return None


def advice(at: datetime) -> Combinable:
    """Return the next step of scores as it may be advised: `let_be` where the lot keeps it from them."""
    about: dict[tuple[str, ...], list[ControlGroup]] = {}
    for one in control_groups(at):
        about.setdefault(kept_steps(one), []).append(one)
    kept = [
        When(
            Q(step__in=steps) & Exists(lots_in(groups, at).filter(customer=OuterRef("customer"))),
            then=Value(LET_BE),
        )
        for steps, groups in about.items()
        if steps
    ]
    return Case(*kept, default=F("step"), output_field=CharField()) if kept else F("step")


def advised(scores: QuerySet[Score], step: str, at: datetime) -> QuerySet[Score]:
    """Keep the scores of whom this step may be advised now."""
    if step != LET_BE:
        scores = scores.filter(step=step)
    return scores.alias(advice=advice(at)).filter(advice=step)


def report_of(run: Run, at: datetime, facet: str = "", value: str = "") -> dict[str, Any]:
    """Return the base in figures with its next steps as they may be advised; empty where it has none."""
    facts = summary(facet, value, run=run)
    here = {facet: value} if facet else {}
    return facts and {**facts, "steps": steps_advised(facts.get("steps") or [], run, at, **here)}


def steps_advised(
    steps: Sequence[dict[str, Any]], run: Run, at: datetime, **facet: str
) -> list[dict[str, Any]]:
    """Return the next steps of a summary as they may be advised: whom the lot keeps is let be."""
    kept = kept_per_step(run, at, **facet)
    found, resting, margins = [], 0, []
    for row in steps:
        many, margin = kept.get((row["step"], row["reason"]), (0, 0))
        expected = row["margin_minor"]
        if many and expected is not None:
            margins.append(margin)
            expected -= margin
        resting += many
        if row["customers"] > many:
            found.append({**row, "customers": row["customers"] - many, "margin_minor": expected})
    if resting:
        margin_minor = sum(margins) if margins else None
        found.append({"step": LET_BE, "reason": CONTROL_GROUP, "customers": resting,
                      "margin_minor": margin_minor})  # fmt: skip
    return found


def kept_per_step(run: Run, at: datetime, **facet: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Count who is kept from advice per step and reason, with the margin expected of them.

    Counted again when a lot was drawn or a campaign ended; of who is followed no longer within the
    hour.
    """
    now = control_groups(at)
    if not now:
        return {}
    newest = Lot.objects.aggregate(newest=Max("pk"))["newest"]
    asked = (run.pk, facet, newest, [(one.arm, one.drawn_after is None) for one in now])
    key = f"kept:{hashlib.sha256(str(asked).encode()).hexdigest()}"
    return cache.get_or_set(key, lambda: dict(_per_step(run, at, facet)), _COUNTED_FOR) or {}


def _per_step(
    run: Run, at: datetime, facet: dict[str, str]
) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    rows = Score.objects.filter(run=run, step__in=ADVICE, **facet)
    kept = rows.alias(advice=advice(at)).filter(advice=LET_BE).order_by()
    each = kept.values_list("step", "reason")
    for step, reason, many, margin in each.annotate(n=Count("pk"), of=Sum("margin_365_minor")):
        yield (step, reason), (many, margin or 0)
