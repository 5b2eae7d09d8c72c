"""Margin rates, and working margins out anew when a rate or a cost became known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from stamgast.database import bulk
from stamgast.events.actions import ask, tell
from stamgast.kernel.money import minor_digits
from stamgast.sales import rules
from stamgast.sales.actions.rates import Rates, current_rates
from stamgast.sales.actions.returning import match_returns
from stamgast.sales.errors import BadMarginRate
from stamgast.sales.models import Line, MarginRate, Order
from stamgast.staff.queries import Who, actor

_AT_ONCE = 2_000  # orders looked at together
_FEW = 5_000  # orders that may be worked out while somebody waits


def set_margin_rates(rates: Mapping[str, Decimal | None], *, at: datetime, by: Who = None) -> None:
    """Set the margin assumed per category ("" for the whole shop), None for no rate of its own.

    Orders that rest on a rate are worked out anew: at once when they are few, else by a job.
    Refuses a share below 0, or of 1 and more.
    """
    for category, share in rates.items():
        if share is not None and not 0 <= share < 1:
            raise BadMarginRate(category=category)
    if store_margin_rates(rates, at=at, by=by):
        recalculate_soon(at=at, by=by)


def store_margin_rates(
    rates: Mapping[str, Decimal | None], *, at: datetime, by: Who = None
) -> bool:
    """Write margin rates down without working anything out; False when nothing changed."""
    held = current_rates().margins
    wanted = {c: None if s is None else s.quantize(Decimal("0.0001")) for c, s in rates.items()}
    changed = {c: s for c, s in wanted.items() if held.get(c) != s}
    if not changed:
        return False
    with transaction.atomic():
        for category, share in changed.items():
            if share is None:
                MarginRate.objects.filter(category=category).delete()
            else:
                MarginRate.objects.update_or_create(category=category, defaults={"share": share})
        tell("margin_rates_set", at=at, actor=actor(by), facts={"categories": sorted(changed)})
    return True


def recalculate_soon(*, at: datetime, by: Who = None) -> None:
    """Work margins out anew: at once when few orders rest on a rate, else by a job."""
    some = Order.objects.filter(is_margin_assumed=True).values_list("pk")[: _FEW + 1]
    if len(some) <= _FEW:
        recalculate_margins(at=at, by=by)
    else:
        key = f"recalculate_margins:{at:%Y-%m-%dT%H:%M:%S}"
        ask("recalculate_margins", at=at, key=key, by=actor(by))


_FIRST, _LAST = "o.id > %s", "o.id <= %s"
# A share of whole numbers, rounded half away from zero as `rules.part_of`, in both databases.
_KEPT = (
    "(CASE WHEN l.net_minor >= 0 "
    "THEN (2 * l.net_minor * {margin} + 10000) / 20000 "
    "ELSE -((-2 * l.net_minor * {margin} + 10000) / 20000) END)"
)
_COSTS = """
SELECT o.id, o.customer_id, o.returned_minor <> 0,
       SUM(CASE WHEN l.cost_minor IS NOT NULL THEN l.cost_minor ELSE l.net_minor - {kept} END),
       MAX(CASE WHEN l.cost_minor IS NULL AND l.net_minor <> 0 THEN 1 ELSE 0 END)
FROM stamgast_order o
JOIN stamgast_line l ON l.order_id = o.id AND NOT l.is_charge
LEFT JOIN stamgast_product p ON p.id = l.product_id
LEFT JOIN stamgast_marginrate r ON r.category = p.category AND r.category <> ''
WHERE o.id > %s AND o.id <= %s AND o.is_margin_assumed
GROUP BY o.id, o.customer_id, o.returned_minor
"""


def recalculate_margins(*, at: datetime, by: Who = None) -> int:
    """Work out anew the margin of every order that rests on a rate; returns how many changed.

    Lines whose product has a cost by now take that; the rest takes the rates that hold now.
    """
    rates = current_rates()
    changed = 0
    returned_to: set[int] = set()
    anonymous: set[int] = set()
    for first, last in _ranges():
        _take_costs(first, last)
        rows = bulk.select(_costs_sql(rates), [first, last])
        news = _write_costs(rows)
        changed += len(news)
        reduced = [row for row in rows if row[2] and row[0] in news]
        returned_to |= {row[1] for row in reduced if row[1] is not None}
        anonymous |= {row[0] for row in reduced if row[1] is None}
    match_returns(returned_to, rates, anonymous=anonymous)
    if changed:
        tell("margins_recalculated", at=at, actor=actor(by), facts={"orders": changed})
    return changed


def _ranges() -> list[tuple[int, int]]:
    """Return ranges of ids, each with about as many orders that rest on a rate."""
    ids = list(
        Order.objects.filter(is_margin_assumed=True).order_by("pk").values_list("pk", flat=True)
    )
    lasts = [*ids[_AT_ONCE - 1 :: _AT_ONCE], *ids[-1:]]
    return [(first, last) for first, last in zip([0, *lasts], lasts, strict=False) if first < last]


def _costs_sql(rates: Rates) -> str:
    whole = int(rates.of("") * 10_000)
    # A share has four decimals, so that ten thousand of it is whole; SQLite keeps it as a double.
    margin = f"COALESCE(CAST(ROUND(r.share * 10000) AS BIGINT), {whole})"
    return _COSTS.format(kept=_KEPT.format(margin=margin))


def _take_costs(first: int, last: int) -> None:
    """Give lines without a cost that of their product, where it is known by now."""
    lines = Line.objects.filter(
        order__id__gt=first,
        order__id__lte=last,
        order__is_margin_assumed=True,
        is_charge=False,
        cost_minor=None,
        product__cost__isnull=False,
    )
    costs = [
        (rules.to_minor((cost or Decimal(0)) * quantity, currency), pk)
        for pk, quantity, cost, currency in lines.values_list(
            "pk", "quantity", "product__cost", "order__currency"
        )
    ]
    pace = bulk.Pace(1000)
    for part in pace.cut(costs):
        with pace.portion(len(part)), connection.cursor() as cursor:
            cursor.executemany("UPDATE stamgast_line SET cost_minor = %s WHERE id = %s", part)


def _write_costs(rows: list[tuple[Any, ...]]) -> set[int]:
    """Write the costs that changed, and the margins with them; returns of which orders."""
    held = {
        pk: (cost, bool(is_assumed))
        for pk, cost, is_assumed in Order.objects.filter(
            pk__in=[row[0] for row in rows]
        ).values_list("pk", "cost_minor", "is_margin_assumed")
    }
    news = [
        (int(cost), int(cost), bool(is_assumed), pk)
        for pk, _, _, cost, is_assumed in rows
        if held.get(pk) != (int(cost), bool(is_assumed))
    ]
    pace = bulk.Pace(1000)
    for part in pace.cut(news):
        with pace.portion(len(part)), connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE stamgast_order SET margin_minor = margin_minor + cost_minor - %s, "
                "cost_minor = %s, is_margin_assumed = %s WHERE id = %s",
                part,
            )
    return {row[3] for row in news}


def assume_default(*, at: datetime) -> bool:
    """Write down the margin we assume when nobody told one; False when there is one already."""
    _, is_new = MarginRate.objects.get_or_create(
        category="", defaults={"share": rules.DEFAULT_MARGIN}
    )
    return is_new


def factor(currency: str) -> int:
    """Return how many minor units are one of this currency."""
    return int(10 ** minor_digits(currency))
