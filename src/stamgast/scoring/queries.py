"""What the screens and programs read of the current scores."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from stamgast.customers.models import Customer
from stamgast.scoring.models import CurrentRun, Run, Score, Summary


def current_run() -> Run | None:
    """Return the run that is shown, or None before the first scoring."""
    current = CurrentRun.objects.select_related("run").first()
    return current.run if current else None


def scores(run: Run | None = None) -> QuerySet[Score]:
    """Return the scores of the run that is shown, with their customers."""
    run = run or current_run()
    return Score.objects.filter(run_id=run.pk if run else -1).select_related("customer")


def score_of(customer: Customer) -> Score | None:
    """Return the customer's current score, or None when they were not scored."""
    run = current_run()
    return Score.objects.filter(run=run, customer=customer).first() if run else None


def summary(facet: str = "", value: str = "", *, run: Run | None = None) -> dict[str, Any]:
    """Return the base in figures, as a whole or for one shop, brand, country or channel."""
    run = run or current_run()
    row = run and Summary.objects.filter(run=run, facet=facet, value=value).first()
    return row.facts if row else {}


def facets(run: Run | None = None) -> dict[str, list[str]]:
    """Return the values one can filter on, per facet, the largest first."""
    run = run or current_run()
    found: dict[str, list[str]] = {}
    if run is not None:
        rows = Summary.objects.filter(run=run).exclude(facet="").values_list("facet", "value", "id")
        for facet, value, _ in sorted(rows, key=lambda row: row[2]):
            found.setdefault(facet, []).append(value)
    return found
