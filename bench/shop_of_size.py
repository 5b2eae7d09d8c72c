"""A home with a database of any size, filled straight into the tables, for benchmarks only."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

END = date(2026, 11, 20)


def open_home(folder: Path) -> None:
    """Point Stamgast at this home and make its tables."""
    os.environ["STAMGAST_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
    import django

    django.setup()
    from stamgast.serving import prepare

    prepare(say=lambda words: None)


def fill(customers: int, orders: int, *, seed: int = 1) -> None:
    """Write customers with names and addresses, and their orders, half a million rows at a time."""
    from django.db import transaction

    from stamgast.customers.models import Customer
    from stamgast.database.bulk import insert

    rng = np.random.default_rng(seed)
    everybody = map(_person, range(1, customers + 1))
    with transaction.atomic():
        insert(Customer, PERSON, everybody, same=_usual(Customer, PERSON, SAME_PERSON))
    first = rng.integers(0, 1000, customers)
    lifetime = np.minimum(rng.exponential(400, customers) + 1, 1095 - first)
    weight = rng.gamma(0.8, 1.0, customers) * lifetime
    shares = weight / weight.sum()
    done = 0
    while done < orders:
        count = min(500_000, orders - done)
        _orders(rng, shares, first, lifetime, start=done, count=count)
        done += count
    settle()


def settle() -> None:
    """Let the database look at its tables, as it does by itself in a shop that has them for a day."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


PERSON = (
    "id", "key", "first_name", "last_name", "email", "phone", "house_number", "postcode", "search",
)  # fmt: skip
MADE = "2026-11-20 00:00:00+00:00"
SAME_PERSON = {
    "kind": "person", "street": "Dorpsstraat", "city": "Utrecht", "country": "NL", "language": "nl",
    "since": "2024-01-01", "made_at": MADE, "changed_at": MADE,
}  # fmt: skip


def _usual(model: type[Any], varying: Sequence[str], fixed: dict[str, Any]) -> dict[str, Any]:
    """Return what all rows share: what is fixed, and of what is not named the table's default."""
    rest = [
        column
        for column in model._meta.concrete_fields
        if column.column not in {*varying, *fixed} and not column.null
    ]
    return fixed | {column.column: column.get_default() for column in rest}


def _person(number: int) -> tuple[object, ...]:
    first, last = f"Voornaam{number % 997}", f"Achternaam{number % 7919}"
    email, phone = f"klant{number}@example.nl", f"+316{number:08d}"
    place, code = str(number % 200 + 1), f"{1000 + number % 9000}AB"
    search = f"{first} {last} {email} {phone} {code}{place}".lower()
    return (number, f"k{number}", first, last, email, phone, place, code, search)


ORDER = (
    "id", "number", "customer_id", "ordered_at", "day", "total_minor", "revenue_minor",
    "discount_minor", "cost_minor", "margin_minor", "country", "channel",
)  # fmt: skip
SAME_ORDER = {"kind": "sale", "currency": "EUR", "is_purchase": True, "units": 2}


def _orders(
    rng: np.random.Generator,
    shares: np.ndarray,
    first: np.ndarray,
    lifetime: np.ndarray,
    *,
    start: int,
    count: int,
) -> None:
    from django.db import transaction

    from stamgast.database.bulk import insert
    from stamgast.sales.models import Order

    customer = rng.choice(len(shares), size=count, p=shares)
    day = first[customer] + np.floor(lifetime[customer] * rng.random(count)).astype(int)
    own = np.exp(np.random.default_rng(2).normal(8.2, 0.5, len(shares)))
    revenue = np.round(own[customer] * rng.gamma(6.0, 1 / 6.0, count) + 100).astype(int)
    zero = END - timedelta(days=1095)
    days = [(zero + timedelta(days=int(d))).isoformat() for d in range(1097)]
    countries, channels = ("NL", "NL", "NL", "BE", "DE"), ("web", "web", "shop")
    rows = (
        (
            start + i + 1,
            str(start + i + 1),
            int(customer[i]) + 1,
            f"{days[day[i]]} 10:00:00",
            days[day[i]],
            int(revenue[i] * 1.21),
            int(revenue[i]),
            int(revenue[i] // 10) if i % 3 == 0 else 0,
            int(revenue[i] * 0.6),
            int(revenue[i]) - int(revenue[i] * 0.6),
            countries[i % 5],
            channels[i % 3],
        )
        for i in range(count)
    )
    with transaction.atomic():
        insert(Order, ORDER, rows, same=_usual(Order, ORDER, SAME_ORDER))
