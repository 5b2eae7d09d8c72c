"""What the screens and programs read of the current scores."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, QuerySet

from stamgast.customers.models import Customer
from stamgast.scoring.models import (
    Backtest,
    BondScore,
    CurrentRun,
    Loyalty,
    Run,
    Score,
    Suggestion,
    Summary,
)


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


def bonds(run: Run | None = None) -> QuerySet[BondScore]:
    """Return why customers stay according to the run that is shown, with their customers.

    Only those of whom something was seen; of all others the kind of loyalty is unknown.
    """
    run = run or current_run()
    return BondScore.objects.filter(run_id=run.pk if run else -1).select_related("customer")


def bonds_of(customer: Customer, *, run: Run | None = None) -> BondScore | None:
    """Return why this customer stays, or None when nothing was seen that tells."""
    run = run or current_run()
    return BondScore.objects.filter(run=run, customer=customer).first() if run else None


def stays_but_not_loyal(
    *, subtype: str = "", ends_before: date | None = None
) -> QuerySet[BondScore]:
    """Return who stays but is not loyal: first whose bond ends first, then the most valuable.

    `subtype` narrows to captive, bought, habit or no_alternative; `ends_before` to bonds that end
    before that day (`ends_on`, `ends_bond`).
    """
    rows = bonds().filter(kind=Loyalty.SPURIOUS)
    if subtype:
        rows = rows.filter(subtype=subtype)
    if ends_before is not None:
        rows = rows.filter(ends_on__lt=ends_before)
    return rows.order_by(
        F("ends_on").asc(nulls_last=True),
        F("margin_365_minor").desc(nulls_last=True),
        "customer_id",
    )


def loyalty_summary(run: Run | None = None) -> dict[str, Any]:
    """Return the base by kind of loyalty; empty before the first scoring (see README)."""
    found: dict[str, Any] = summary(run=run).get("loyalty", {})
    return found


def experience_summary(run: Run | None = None) -> dict[str, Any]:
    """Return how customers fared with us; empty before the first scoring (see README)."""
    found: dict[str, Any] = summary(run=run).get("experience", {})
    return found


def suggestions_of(customer: Customer) -> list[Suggestion]:
    """Return what may suit this customer, the best of each kind first; nothing that went out of stock."""
    shown = CurrentRun.objects.values("suggested")
    rows = Suggestion.objects.filter(run__in=shown, customer=customer)
    rows = rows.exclude(product__in_stock=False)
    return list(rows.select_related("product", "because").order_by("place", "-worth_minor", "pk"))


def newest_backtest() -> Backtest | None:
    """Return the newest look back at the forecast, or None before the first."""
    return Backtest.objects.order_by("-run_at", "-pk").first()
