"""How fast an audience is found among 1,000,000 customers, and how fast changed ones are looked at.

Per condition: the statement we make against the one somebody who knows the tables would write by
hand, in the same run on the same rows; then 100 changed customers alone. SQLite by default; name a
PostgreSQL database in STAMGAST_DATABASE_URL to measure there.

    python bench/audience.py [--customers 1000000] [--orders 3000000]
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shop_of_size import END, fill, open_home, settle

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--orders", type=int, default=3_000_000)
    options.add_argument("--home", type=Path, help="keep the filled home here, and use it again")
    given = options.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="audience-"))
    is_filled = (home / "filled").exists()
    try:
        open_home(home)
        if not is_filled:
            fill(given.customers, given.orders)
            add_scores()
            (home / "filled").touch()
        measure(given)
    finally:
        if given.home is None:
            shutil.rmtree(home)


def add_scores() -> None:
    """Score everybody in SQL, give every order a line of one of 200 products, and consents."""
    from django.db import connection, transaction

    from stamgast.sales.models import Product
    from stamgast.scoring.models import CurrentRun, Run, Score

    with transaction.atomic():
        run = Run.objects.create(as_of=END, status="ready", started_at=AT, currency="EUR")
        Product.objects.bulk_create(
            Product(sku=f"P{n}", name=f"Product {n}", category=f"Category {n % 20}")
            for n in range(200)
        )
        first = Product.objects.earliest("pk").pk
        fixed = {
            "is_margin_assumed": "FALSE", "step": "'nothing'", "reason": "''", "rfm": "'333'",
            "shop": "''", "brand": "''", "country": "MAX(country)", "channel": "MAX(channel)",
        }  # fmt: skip
        silent, known = _days_between(f"'{END}'", "MAX(day)"), _days_between("MAX(day)", "MIN(day)")
        found = {
            "run_id": str(run.pk),
            "customer_id": "customer_id",
            "stage": f"CASE WHEN {silent} > 400 THEN 'lost' WHEN {silent} > 120 THEN 'drifting' "
            "ELSE 'active' END",
            "orders": "COUNT(*)",
            "first_day": "MIN(day)",
            "last_day": "MAX(day)",
            "days_silent": silent,
            "usual_interval": f"({known} + 30.0) / COUNT(*)",
            "revenue_minor": "SUM(revenue_minor)",
            "margin_minor": "SUM(margin_minor)",
            "margin_365_minor": "SUM(margin_minor) / 3",
            "discount_share": "SUM(discount_minor) * 1.0 / SUM(revenue_minor)",
            **fixed,
        }
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {Score._meta.db_table} ({', '.join(found)}) SELECT"
                f" {', '.join(found.values())} FROM stamgast_order GROUP BY customer_id"
            )
            cursor.execute(
                "INSERT INTO stamgast_line (order_id, position, product_id, name, is_charge,"
                " quantity, unit_price, amount_minor, discount_minor, net_minor, content) SELECT id,"
                f" 1, {first} + (id * 7919) % 200, '', FALSE, 1, 0, 0, 0, 0, 0 FROM stamgast_order"
            )
            cursor.execute(
                "INSERT INTO stamgast_consent (customer_id, channel, purpose, is_granted, basis,"
                " order_number, wording, source, at) SELECT id, 'email', 'offers', id % 5 > 0,"
                " 'opt_in', '', '', 'bench', made_at FROM stamgast_customer"
            )
        run.customers = Score.objects.count()
        run.save()
        CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
    settle()


def _days_between(later: str, earlier: str) -> str:
    from django.db import connection

    if connection.vendor == "postgresql":
        return f"(CAST({later} AS DATE) - CAST({earlier} AS DATE))"
    return f"(julianday({later}) - julianday({earlier}))"


def measure(given: argparse.Namespace) -> None:
    from django.db import connection

    from stamgast.campaigns.audience import audience_size, looking, members, read_audience
    from stamgast.database.bulk import select

    look = looking(AT)
    since = "2026-08-22 09:00:00"
    there = "c.erased_at IS NULL AND c.merged_into_id IS NULL"
    scored = (
        "SELECT COUNT(*) FROM stamgast_customer c JOIN stamgast_score s ON s.customer_id = c.id"
        f" AND s.run_id = {look.run} WHERE {there} AND "
    )
    bought = (
        "EXISTS (SELECT 1 FROM stamgast_order o JOIN stamgast_line l ON l.order_id = o.id JOIN"
        " stamgast_product p ON p.id = l.product_id WHERE o.customer_id = c.id AND o.kind = 'sale'"
        f" AND o.is_purchase AND NOT o.is_cancelled AND o.ordered_at >= '{since}'"
        " AND NOT l.is_charge AND p.category = 'Category 3')"
    )
    half = [f"Category {n}" for n in range(10)]
    cases: dict[str, tuple[dict[str, Any], str]] = {
        "drifting": ({"is": "stage", "in": ["drifting"]}, scored + "s.stage = 'drifting'"),
        "drifting, valued": (
            {"all": [{"is": "stage", "in": ["drifting"]}, {"is": "value", "at_least": 2000}]},
            scored + "s.stage = 'drifting' AND s.margin_365_minor >= 2000",
        ),
        "longer than usual": (
            {"is": "silent_longer_than_usual", "percent": 150},
            scored + "s.days_silent >= s.usual_interval * 1.5",
        ),
        "highest tenth": (
            {"is": "highest_value", "percent": 10},
            scored + "s.margin_365_minor >= (SELECT margin_365_minor FROM stamgast_score WHERE"
            f" run_id = {look.run} ORDER BY margin_365_minor DESC LIMIT 1 OFFSET"
            f" {look.scored // 10 - 1})",
        ),
        "may be mailed": (
            {"is": "allows", "channel": "email", "purpose": "offers"},
            f"SELECT COUNT(*) FROM stamgast_customer c WHERE {there} AND (SELECT is_granted FROM"
            " stamgast_consent k WHERE k.customer_id = c.id AND k.channel = 'email' AND"
            " k.purpose = 'offers' ORDER BY at DESC LIMIT 1)",
        ),
        "bought in category": (
            {"is": "bought_category", "in": ["Category 3"], "days": 90},
            f"SELECT COUNT(*) FROM stamgast_customer c WHERE {there} AND {bought}",
        ),
        "ordered in a year": (
            {"is": "ordered", "days": 365},
            f"SELECT COUNT(*) FROM stamgast_customer c WHERE {there} AND c.id IN (SELECT"
            " o.customer_id FROM stamgast_order o WHERE o.kind = 'sale' AND o.is_purchase AND NOT"
            " o.is_cancelled AND o.ordered_at >= '2025-11-20 09:00:00')",
        ),
        "bought half the range": (
            {"is": "bought_category", "in": half, "days": 365},
            f"SELECT COUNT(*) FROM stamgast_customer c WHERE {there} AND c.id IN (SELECT"
            " o.customer_id FROM stamgast_order o JOIN stamgast_line l ON l.order_id = o.id JOIN"
            " stamgast_product p ON p.id = l.product_id WHERE o.kind = 'sale' AND o.is_purchase AND"
            " NOT o.is_cancelled AND o.ordered_at >= '2025-11-20 09:00:00' AND NOT l.is_charge AND"
            f" p.category IN ({', '.join(map(repr, half))}))",
        ),
        "bought, not lately": (
            {
                "all": [
                    {"is": "bought_category", "in": ["Category 3"]},
                    {"not": {"is": "ordered", "days": 90}},
                    {"not": {"is": "complaint_open"}},
                ]
            },
            f"SELECT COUNT(*) FROM stamgast_customer c WHERE {there} AND"
            f" {bought.replace(f' AND o.ordered_at >= {since!r}', '')} AND NOT EXISTS (SELECT 1"
            " FROM stamgast_order o WHERE o.customer_id = c.id AND o.kind = 'sale' AND"
            f" o.is_purchase AND NOT o.is_cancelled AND o.ordered_at >= '{since}') AND NOT EXISTS"
            " (SELECT 1 FROM stamgast_interaction i WHERE i.customer_id = c.id AND"
            " i.kind = 'complaint' AND i.closed_at IS NULL)",
        ),
    }
    print(f"{connection.vendor}: customers={given.customers} orders={given.orders}")
    for name, (condition, by_hand) in cases.items():
        audience = read_audience({"version": 1, "who": condition})
        hand = taken(lambda by_hand=by_hand: select(by_hand)[0][0])
        ours = taken(lambda audience=audience: audience_size(audience, look))
        ids = taken(lambda audience=audience: len(members(audience, look)))
        some = look.at_only(range(1, 5000, 50))
        few = taken(lambda audience=audience, some=some: len(members(audience, some)))
        assert ours[1] == ids[1] == hand[1], (name, ours, ids, hand)
        print(
            f"{name:21} found={ours[1]:7} count_s={ours[0]:.2f} ids_s={ids[0]:.2f}"
            f" by_hand_s={hand[0]:.2f} ratio={ours[0] / hand[0]:.2f} hundred_ms={few[0] * 1000:.0f}"
        )


def taken(work: Callable[[], int]) -> tuple[float, int]:
    """Return the best time of three, and what it found."""
    best, found = float("inf"), 0
    for _ in range(3):
        began = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - began)
    return best, found


if __name__ == "__main__":
    main()
