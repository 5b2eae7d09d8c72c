"""Small shops for the tests of scoring, written straight into the tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from django.db import connection

from stamgast.customers.models import Customer
from stamgast.insight.simulation import order_history
from stamgast.sales.models import Order

START, AS_OF = date(2024, 11, 21), date(2026, 11, 20)


def make_customers(count: int, at: datetime) -> list[Customer]:
    """Make customers k1, k2, ... with an e-mail address."""
    return Customer.objects.bulk_create(
        Customer(key=f"k{n}", email=f"k{n}@example.nl", made_at=at, changed_at=at)
        for n in range(1, count + 1)
    )


def make_order(
    customer: Customer | None, number: str, day: date, revenue: int, *, margin: int | None = None,
    currency: str = "EUR", country: str = "NL", channel: str = "web", is_assumed: bool = False,
) -> Order:  # fmt: skip
    """Return an unsaved order in cents."""
    return Order(
        number=number,
        customer=customer,
        ordered_at=datetime.combine(day, time(10), UTC),
        day=day,
        currency=currency,
        total_minor=revenue,
        revenue_minor=revenue,
        margin_minor=revenue * 4 // 10 if margin is None else margin,
        is_margin_assumed=is_assumed,
        is_purchase=True,
        country=country,
        channel=channel,
    )


def fill_shop(customers: int, *, at: datetime, mean_orders: float = 5.0, seed: int = 4) -> None:
    """Write a shop whose customers buy and leave at random; about mean_orders each."""
    people = make_customers(customers, at)
    history = order_history(customers, mean_orders, START, AS_OF, seed).to_pylist()
    Order.objects.bulk_create(
        (
            make_order(
                people[row["customer_id"] - 1],
                str(row["order_id"]),
                row["day"],
                round(row["revenue"] * 100),
                margin=round(row["margin"] * 100),
                country="BE" if row["customer_id"] % 4 == 0 else "NL",
            )
            for row in history
        ),
        batch_size=500,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
