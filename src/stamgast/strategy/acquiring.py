"""What a new customer costs and brings in the first year, beside what one who was kept brings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection
from django.db.models import Avg, DateField, ExpressionWrapper, F, Sum, Value

from stamgast.measurement.models import Experiment
from stamgast.measurement.queries import latest_verdicts
from stamgast.sales.models import Order
from stamgast.scoring.models import Stage
from stamgast.scoring.queries import current_run, scores
from stamgast.staff.queries import shop
from stamgast.strategy.models import AcquisitionCost

_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Row:
    """One channel and month: what it cost, and how many new customers it won."""

    cost: AcquisitionCost
    new_customers: int
    is_counted: bool  # by us, from first orders; otherwise somebody told

    @property
    def each_minor(self) -> float | None:
        """What one new customer cost."""
        return self.cost.cost_minor / self.new_customers if self.new_customers else None


@dataclass(frozen=True)
class Acquiring:
    """New customers beside kept ones; amounts in minor units, None where it is not known."""

    rows: list[Row]
    each_minor: float | None  # over all rows
    first_year_minor: float | None  # margin of a new customer in the first 365 days
    kept_each_minor: float | None  # cost of one customer kept, by verdicts
    kept_year_minor: float | None  # margin expected of an active regular in the coming year


def acquiring() -> Acquiring:
    """Return what is told and measured of winning and of keeping."""
    costs = list(
        AcquisitionCost.objects.filter(currency=shop().currency).order_by("-month", "channel")
    )
    counted = _first_buyers(min((one.month for one in costs), default=None))
    rows = []
    for one in costs:
        told = one.new_customers
        found = counted.get((one.channel.lower(), one.month), 0) if told is None else told
        rows.append(Row(one, found, told is None))
    known = [row for row in rows if row.new_customers]
    people = sum(row.new_customers for row in known)
    spent = sum(row.cost.cost_minor for row in known)
    run = current_run()
    active = scores(run).filter(orders__gte=2, stage__in=(Stage.ACTIVE, Stage.WON_BACK))
    return Acquiring(
        rows=rows,
        each_minor=spent / people if people else None,
        first_year_minor=_first_year(run.as_of) if run else None,
        kept_each_minor=_kept(),
        kept_year_minor=active.aggregate(mean=Avg("margin_365_minor"))["mean"],
    )


def _first_buyers(since: date | None) -> dict[tuple[str, date], int]:
    """Count first purchases per channel and month from a month on."""
    if since is None:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.channel, o.day, COUNT(*) FROM stamgast_order o JOIN ("
            "SELECT customer_id, MIN(ordered_at) AS first FROM stamgast_order "
            "WHERE kind = 'sale' AND NOT is_cancelled AND is_purchase AND customer_id IS NOT NULL "
            "GROUP BY customer_id) f ON f.customer_id = o.customer_id AND f.first = o.ordered_at "
            "WHERE o.kind = 'sale' AND NOT o.is_cancelled AND o.day >= %s "
            "GROUP BY o.channel, o.day",
            [since],
        )
        found: dict[tuple[str, date], int] = {}
        for channel, day, people in cursor.fetchall():
            on = day if isinstance(day, date) else date.fromisoformat(str(day))
            key = (channel.lower(), on.replace(day=1))
            found[key] = found.get(key, 0) + people
    return found


def _first_year(as_of: date) -> float | None:
    """Return the margin of the first 365 days, of customers whose first year ended in the past year."""
    newcomers = scores().filter(first_day__gt=as_of - 2 * _YEAR, first_day__lte=as_of - _YEAR)
    people = newcomers.count()
    if not people:
        return None
    orders = Order.objects.filter(
        kind=Order.Kind.SALE,
        is_cancelled=False,
        currency=shop().currency,
        ordered_at__gte=datetime.combine(as_of - 2 * _YEAR, time(0), UTC),
        customer__scores__in=newcomers.values("pk"),
        day__lt=ExpressionWrapper(
            F("customer__scores__first_day") + Value(_YEAR), output_field=DateField()
        ),
    )
    margin = orders.aggregate(total=Sum("margin_minor"))["total"]
    return (margin or 0) / people


def _kept() -> float | None:
    """Return what one customer kept cost: all that campaigns cost, those that failed too.

    Kept is who bought and by lot would not have. None until that is more than nobody for certain.
    """
    spent = extra = below = 0.0
    for one in latest_verdicts().filter(experiment__kind=Experiment.Kind.CAMPAIGN):
        if not one.facts["is_window_over"]:
            continue
        spent += one.facts["spent_minor"]  # also of what is too small to show anything
        kept = one.facts.get("kept")
        if kept and one.facts["reason"] != "sample_ratio":
            extra += kept["estimate"]
            below += (kept["estimate"] - kept["low"]) ** 2
    return spent / extra if extra > math.sqrt(below) else None
