"""Reads of experiments, lots and verdicts that need a name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from stamgast.customers.models import Customer
from stamgast.measurement.models import Experiment, Lot, Verdict

_AT_ONCE = 5_000


def standing_control() -> Experiment | None:
    """Return the standing control group's experiment, or None while there is none."""
    return Experiment.objects.filter(kind=Experiment.Kind.STANDING, ended_at=None).first()


def in_standing_control(customers: Iterable[int], at: datetime) -> set[int]:
    """Return which of these customers no campaign, invitation or lot-given benefit may touch."""
    experiment = standing_control()
    if experiment is None:
        return set()
    rows = Lot.objects.filter(experiment=experiment, arm__is_control=True, assigned_at__lte=at)
    found: set[int] = set()
    for part in _parts(customers):
        found.update(rows.filter(customer__in=part).values_list("customer_id", flat=True))
    return found


def holds_out(lot: Lot, at: datetime) -> bool:
    """Say whether by this lot its customer is left now without what the experiment gives."""
    of = lot.experiment
    if not lot.arm.is_control or lot.assigned_at > at:
        return False
    return _holds(at, lot.assigned_at, of.ended_at, of.window_days, of.after_days)


def _holds(at: datetime, drawn: datetime, ended: datetime | None, window: int, after: int) -> bool:
    return ended is None or at < drawn + timedelta(days=window + after)


def held_out(customers: Iterable[int], at: datetime) -> dict[int, list[int]]:
    """Return per customer, where there are any, the experiments they are held out from now.

    While an experiment runs, and after its end for as long as both arms are followed.
    """
    found: dict[int, list[int]] = defaultdict(list)
    rows = Lot.objects.filter(arm__is_control=True, assigned_at__lte=at).order_by("experiment_id")
    fields = (
        "customer_id",
        "experiment_id",
        "assigned_at",
        "experiment__ended_at",
        "experiment__window_days",
        "experiment__after_days",
    )
    for part in _parts(customers):
        for one, experiment, drawn, ended, window, after in rows.filter(
            customer__in=part
        ).values_list(*fields):
            if _holds(at, drawn, ended, window, after):
                found[one].append(experiment)
    return dict(found)


def lots_of(customer: Customer) -> QuerySet[Lot]:
    """Return what the lot gave a customer, the newest first."""
    rows = Lot.objects.filter(customer=customer).select_related("experiment", "arm")
    return rows.order_by("-assigned_at", "-pk")


def latest_verdicts() -> QuerySet[Verdict]:
    """Return the newest verdict of each experiment, the newest experiment first."""
    newest = Verdict.objects.filter(experiment=OuterRef("experiment")).order_by("-as_of")
    rows = Verdict.objects.filter(experiment__isnull=False, pk=Subquery(newest.values("pk")[:1]))
    return rows.select_related("experiment").order_by("-experiment__started_at", "-experiment_id")


def proven_for(serves: str) -> dict[str, Any]:
    """Add up what the efforts begun for something ("goal:2") brought, as far as verdicts know.

    Intervals add up as those of independent efforts: their half widths by squares.
    """
    found = add_up(latest_verdicts().filter(experiment__serves=serves))
    return {"efforts": found.efforts, "extra": found.extra}


@dataclass(frozen=True)
class Added:
    """Several verdicts in one line: how many of each, and what they brought together."""

    efforts: dict[str, int]
    extra: dict[str, int] | None  # estimate, low and high in minor units


def add_up(verdicts: Iterable[Verdict]) -> Added:
    """Count verdicts by code, and add the extra margin of those that have an interval.

    Where the groups are not as the lot planned them no figure counts.
    """
    codes: dict[str, int] = defaultdict(int)
    middle, below, above, any_known = 0.0, 0.0, 0.0, False
    for verdict in verdicts:
        codes[verdict.code] += 1
        net = verdict.facts.get("net_minor")
        if net and verdict.facts["reason"] != "sample_ratio":
            any_known = True
            middle += net["estimate"]
            below += (net["estimate"] - net["low"]) ** 2
            above += (net["high"] - net["estimate"]) ** 2
    extra = {
        "estimate": round(middle),
        "low": round(middle - below**0.5),
        "high": round(middle + above**0.5),
    }
    return Added(dict(codes), extra if any_known else None)


def _parts(customers: Iterable[int]) -> Iterator[list[int]]:
    every = sorted(set(customers))
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))


def efforts() -> QuerySet[Experiment]:
    """Return every effort that was judged by lot, the newest first."""
    return Experiment.objects.order_by("-started_at", "-pk")


def readings_of(experiment: Experiment) -> QuerySet[Verdict]:
    """Return the verdicts on one experiment, day by day, the oldest first."""
    return Verdict.objects.filter(experiment=experiment).order_by("as_of")


def pooled_verdicts() -> QuerySet[Verdict]:
    """Return the newest verdict of each pool, in the order of their names."""
    newest = Verdict.objects.filter(experiment=None, pool=OuterRef("pool")).order_by("-as_of")
    rows = Verdict.objects.filter(experiment=None, pk=Subquery(newest.values("pk")[:1]))
    return rows.order_by("pool")
