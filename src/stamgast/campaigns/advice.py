"""Whom the lot keeps from outbound advice: else colleagues would give by hand what it left out.

The next step of a customer (`Score.step`) knows no lots. Pages, lists and counts ask here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

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

from stamgast.campaigns.presets import presets
from stamgast.customers.models import Customer
from stamgast.measurement.models import Arm, Experiment, Lot
from stamgast.scoring.models import Run, Score

LET_BE = "let_be"
# Answering a complaint is never left to the lot, and what is no advice needs no keeping.
NO_ADVICE = ("service_call", LET_BE, "nothing")
_COUNTED_FOR = 3600  # seconds


@dataclass(frozen=True)
class Hold:
    """A control group that may not be advised these next steps now; none named are all of them."""

    arm: int
    campaign: str  # its name; empty is the standing control group
    steps: tuple[str, ...]
    drawn_after: datetime | None  # lots from before are followed no longer; None while it goes on
    days: int  # that a lot is followed


@dataclass(frozen=True)
class Kept:
    """That one customer is kept from advice: by which control group, and until when if that is known."""

    campaign: str
    until: datetime | None


def holds(at: datetime) -> list[Hold]:
    """Return the control groups that are kept from advice: while a campaign goes on or is followed.

    A campaign keeps them from the next steps that its measure stands for (`Preset.stands_for`); one
    of the shop's own making, and the standing control group, from all.
    """
    fields = ("pk", "experiment__ended_at", "experiment__window_days", "experiment__after_days")
    of_campaign = ("experiment__campaign__name", "experiment__campaign__preset")
    standing = Q(experiment__kind=Experiment.Kind.STANDING, experiment__ended_at=None)
    rows = Arm.objects.filter(
        standing | Q(experiment__campaign__isnull=False),
        is_control=True,
        experiment__started_at__lte=at,
    )
    found = []
    for arm, ended, window, after, name, code in rows.values_list(*fields, *of_campaign):
        followed = timedelta(days=window + after)
        preset = presets().get(code or "")
        if ended is not None and (at >= ended + followed or (preset and not preset.stands_for)):
            continue
        steps = preset.stands_for if preset is not None else ()
        if preset is None or steps:
            drawn_after = None if ended is None else at - followed
            found.append(Hold(arm, name or "", steps, drawn_after, followed.days))
    return found


def kept_from(customer: Customer, step: str, at: datetime) -> Kept | None:
    """Return what keeps a customer from being advised this step, or None when they may be."""
    if step in NO_ADVICE:
        return None
    mine = {one.arm: one for one in holds(at) if step in (one.steps or (step,))}
    rows = _lots(list(mine.values()), at).filter(customer=customer)
    for arm, drawn_at in rows.order_by("pk").values_list("arm_id", "assigned_at"):
        hold = mine[arm]
        is_over = hold.drawn_after is not None
        return Kept(hold.campaign, drawn_at + timedelta(days=hold.days) if is_over else None)
    return None


def advice(at: datetime) -> Combinable:
    """Return the next step of scores as it may be advised: `let_be` where the lot keeps it from them."""
    about: dict[tuple[str, ...], list[Hold]] = {}
    for hold in holds(at):
        about.setdefault(hold.steps, []).append(hold)
    if not about:
        return F("step")
    kept = [
        When(
            (Q(step__in=steps) if steps else ~Q(step__in=NO_ADVICE))
            & Exists(_lots(mine, at).filter(customer=OuterRef("customer"))),
            then=Value(LET_BE),
        )
        for steps, mine in about.items()
    ]
    return Case(*kept, default=F("step"), output_field=CharField())


def advised(scores: QuerySet[Score], step: str, at: datetime) -> QuerySet[Score]:
    """Keep the scores of whom this step may be advised now."""
    if step not in NO_ADVICE:
        scores = scores.filter(step=step)
    return scores.alias(advice=advice(at)).filter(advice=step)


def kept_per_step(run: Run, at: datetime, **facet: str) -> dict[tuple[str, str], tuple[int, int]]:
    """Count who is kept from advice per step and reason, with the margin expected of them.

    Counted again when a lot was drawn or a campaign ended; of who is followed no longer within the
    hour.
    """
    now = holds(at)
    if not now:
        return {}
    newest = Lot.objects.aggregate(newest=Max("pk"))["newest"]
    asked = (run.pk, facet, newest, [(one.arm, one.drawn_after is None) for one in now])
    key = f"kept:{hashlib.sha256(str(asked).encode()).hexdigest()}"
    return cache.get_or_set(key, lambda: dict(_per_step(run, at, facet)), _COUNTED_FOR) or {}


def _per_step(
    run: Run, at: datetime, facet: dict[str, str]
) -> Iterator[tuple[tuple[str, str], tuple[int, int]]]:
    rows = Score.objects.filter(run=run, **facet).exclude(step__in=NO_ADVICE)
    kept = rows.alias(advice=advice(at)).filter(advice=LET_BE).order_by()
    each = kept.values_list("step", "reason")
    for step, reason, many, margin in each.annotate(n=Count("pk"), of=Sum("margin_365_minor")):
        yield (step, reason), (many, margin or 0)


def _lots(of: list[Hold], at: datetime) -> QuerySet[Lot]:
    """Return the lots of these control groups that are followed now."""
    kept = Q(arm__in=[one.arm for one in of if one.drawn_after is None])
    for one in of:
        if one.drawn_after is not None:
            kept |= Q(arm=one.arm, assigned_at__gt=one.drawn_after)
    return Lot.objects.filter(kept, assigned_at__lte=at)
