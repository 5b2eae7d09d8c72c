"""Where each measure stands now, from the scores that are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Avg, Count, Q, QuerySet, Sum

from stamgast.sales.models import Order
from stamgast.scoring.models import Run, Score, Stage
from stamgast.scoring.queries import current_run, loyalty_summary, scores
from stamgast.strategy.errors import NoBaseline
from stamgast.strategy.rules import Baseline

_YEAR = timedelta(days=365)
_A_WHILE = timedelta(days=90)  # that a first buyer has had to come back


def baseline_of(measure: str) -> tuple[Baseline, date]:
    """Return where a measure stands, and as of which day.

    Refuses before the first scoring, and where the base has nobody that the measure is about.
    """
    run = current_run()
    if run is None:
        raise NoBaseline(measure=measure)
    found = _READ[measure](run)
    if found is None:
        raise NoBaseline(measure=measure)
    return found, run.as_of


def _kept_a_year(run: Run) -> Baseline | None:
    """Of those who were customers a year ago: the share that bought since."""
    there = scores(run).filter(first_day__lte=run.as_of - _YEAR, last_day__gt=run.as_of - 2 * _YEAR)
    return _share(there, Q(last_day__gt=run.as_of - _YEAR))


def _active_regulars(run: Run) -> Baseline | None:
    """Of those who bought twice or more and are not lost: the share that does not drift."""
    stays = (Stage.ACTIVE, Stage.WON_BACK)
    regulars = scores(run).filter(orders__gte=2, stage__in=(*stays, Stage.DRIFTING))
    return _share(regulars, Q(stage__in=stays))


def _second_purchase(run: Run) -> Baseline | None:
    """Of a year of first buyers, each with 90 days or more to come back: the share that did."""
    first = scores(run).filter(
        first_day__lte=run.as_of - _A_WHILE, first_day__gt=run.as_of - _A_WHILE - _YEAR
    )
    return _share(first, Q(orders__gte=2))


def _share(people: QuerySet[Score], good: Q) -> Baseline | None:
    """Return the share on the good side; one more there is worth what those are worth beyond others."""
    found = people.aggregate(
        people=Count("pk"),
        good=Count("pk", filter=good),
        margin_good=Avg("margin_365_minor", filter=good),
        margin_else=Avg("margin_365_minor", filter=~good),
    )
    if not found["people"]:
        return None
    good_one, other = found["margin_good"], found["margin_else"]
    worth = None if good_one is None else max(0.0, float(good_one) - float(other or 0))
    return Baseline(round(found["good"] / found["people"], 4), found["people"], worth)


def _orders_a_year(run: Run) -> Baseline | None:
    """Orders in the year per customer who bought in it; one more is worth an order's margin."""
    first = run.as_of - _YEAR
    rows = Order.objects.filter(
        kind=Order.Kind.SALE,
        is_cancelled=False,
        is_purchase=True,
        customer__isnull=False,
        currency=run.currency,
        ordered_at__gte=datetime.combine(first, time.min, UTC),
        day__gt=first,
        day__lte=run.as_of,
    )
    found = rows.aggregate(
        orders=Count("pk"), people=Count("customer", distinct=True), margin=Sum("margin_minor")
    )
    if not found["people"]:
        return None
    value = round(found["orders"] / found["people"], 3)
    return Baseline(value, found["people"], found["margin"] / found["orders"])


def _true_loyalty(run: Run) -> Baseline | None:
    """Of those of whom we know why they stay: the share that wants to."""
    summary = loyalty_summary(run)
    kinds = {one["kind"]: one for one in summary.get("kinds", [])}
    known = summary.get("known", 0)
    if not known or "true" not in kinds:
        return None
    others = [one for kind, one in kinds.items() if kind not in ("true", "unknown")]
    worth = _mean(kinds["true"]) - _mean(*others)
    return Baseline(round(kinds["true"]["customers"] / known, 4), known, max(0.0, worth))


def _mean(*kinds: dict[str, int]) -> float:
    people = sum(one["customers"] for one in kinds)
    return sum(one["margin_minor"] or 0 for one in kinds) / people if people else 0.0


def _nps(run: Run) -> Baseline | None:
    """How many more would recommend us than would not, in hundredths."""
    score = loyalty_summary(run).get("nps")
    return Baseline(score["score"], score["answers"], None) if score else None


_READ: dict[str, Callable[[Run], Baseline | None]] = {
    "kept_a_year": _kept_a_year,
    "active_regulars": _active_regulars,
    "second_purchase": _second_purchase,
    "orders_a_year": _orders_a_year,
    "true_loyalty": _true_loyalty,
    "nps": _nps,
}
