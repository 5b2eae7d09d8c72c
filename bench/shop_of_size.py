"""A home with a database of any size, filled straight into the tables, for benchmarks only."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
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
    """Write customers with names and addresses, and their orders, a million rows at a time."""
    from django.db import connection

    rng = np.random.default_rng(seed)
    made = datetime(2026, 11, 20, tzinfo=UTC).isoformat(" ")
    with connection.cursor():
        raw = connection.connection
        raw.execute("BEGIN")
        raw.executemany(
            "INSERT INTO stamgast_customer (id, key, kind, first_name, infix, last_name, company,"
            " email, phone, street, house_number, postcode, city, country, language, since,"
            " objects_to_profiling, search, made_at, changed_at) VALUES (?, ?, 'person', ?, '', ?,"
            " '', ?, ?, 'Dorpsstraat', ?, ?, 'Utrecht', 'NL', 'nl', '2024-01-01', 0, ?, ?, ?)",
            (_person(number, made) for number in range(1, customers + 1)),
        )
        raw.execute("COMMIT")
        first = rng.integers(0, 1000, customers)
        lifetime = np.minimum(rng.exponential(400, customers) + 1, 1095 - first)
        weight = rng.gamma(0.8, 1.0, customers) * lifetime
        shares = weight / weight.sum()
        done = 0
        while done < orders:
            count = min(500_000, orders - done)
            _orders(raw, rng, shares, first, lifetime, start=done, count=count)
            done += count
        raw.execute("ANALYZE")


def _person(number: int, made: str) -> tuple[object, ...]:
    first, last = f"Voornaam{number % 997}", f"Achternaam{number % 7919}"
    email, phone = f"klant{number}@example.nl", f"+316{number:08d}"
    place, code = str(number % 200 + 1), f"{1000 + number % 9000}AB"
    search = f"{first} {last} {email} {phone} {code}{place}".lower()
    return (number, f"k{number}", first, last, email, phone, place, code, search, made, made)


def _orders(
    raw: Any,
    rng: np.random.Generator,
    shares: np.ndarray,
    first: np.ndarray,
    lifetime: np.ndarray,
    *,
    start: int,
    count: int,
) -> None:
    customer = rng.choice(len(shares), size=count, p=shares)
    day = first[customer] + np.floor(lifetime[customer] * rng.random(count)).astype(int)
    own = np.exp(np.random.default_rng(2).normal(8.2, 0.5, len(shares)))
    revenue = np.round(own[customer] * rng.gamma(6.0, 1 / 6.0, count) + 100).astype(int)
    zero = END - timedelta(days=1095)
    days = [(zero + timedelta(days=int(d))).isoformat() for d in range(1097)]
    countries, channels = ("NL", "NL", "NL", "BE", "DE"), ("web", "web", "shop")
    from stamgast.sales.models import Order

    varying = [
        "id",
        "number",
        "customer_id",
        "ordered_at",
        "day",
        "total_minor",
        "revenue_minor",
        "discount_minor",
        "cost_minor",
        "margin_minor",
        "country",
        "channel",
    ]
    fixed = {"kind": "sale", "currency": "EUR", "is_purchase": 1, "units": 2}
    for column in Order._meta.concrete_fields:  # what is not varied takes the table's default
        if column.column not in {*varying, *fixed} and not column.null:
            default = column.get_default()
            fixed[column.column] = int(default) if isinstance(default, bool) else default
    columns = ", ".join([*varying, *fixed])
    marks = ", ".join("?" * (len(varying) + len(fixed)))
    same = tuple(fixed.values())
    raw.execute("BEGIN")
    raw.executemany(
        f"INSERT INTO stamgast_order ({columns}) VALUES ({marks})",
        (
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
                *same,
            )
            for i in range(count)
        ),
    )
    raw.execute("COMMIT")
