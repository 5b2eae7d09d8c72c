"""The shared cast: five customers whom every test may ask for, written down through the actions.

Anna is loyal, Bram drifts, Carla is lost, Daan is new, and Eva never gave consent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

if TYPE_CHECKING:
    from stamgast.customers.models import Customer
    from stamgast.sales.models import Order
    from stamgast.staff.models import User

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # the same moment as the fixture `at`
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Role:
    """A member of the cast: who they are, and how many days ago they bought."""

    facts: dict[str, Any]
    bought_days_ago: tuple[int, ...]
    has_consent: bool = True


ANNA = Role(
    {
        "key": "C-1001",
        "first_name": "Anna",
        "infix": "van der",
        "last_name": "Berg",
        "email": "anna@example.nl",
        "phone": "06-12345678",
        "street": "Kerkstraat",
        "house_number": "12",
        "postcode": "1234 AB",
        "city": "Utrecht",
        "country": "NL",
        "language": "nl",
        "since": date(2024, 1, 12),
    },
    tuple(range(10, 1030, 30)),
)
BRAM = Role(
    {
        "key": "C-1002",
        "first_name": "Bram",
        "last_name": "Jansen",
        "email": "bram@example.nl",
        "phone": "+31 20 765 4321",
        "postcode": "2345 BC",
        "house_number": "7-A",
        "country": "NL",
        "since": date(2024, 6, 3),
    },
    tuple(range(95, 900, 30)),
)
CARLA = Role(
    {
        "key": "C-1003",
        "first_name": "Carla",
        "infix": "de",
        "last_name": "Wit",
        "email": "carla@example.be",
        "phone": "+32 470 12 34 56",
        "postcode": "9000",
        "house_number": "3",
        "city": "Gent",
        "country": "BE",
        "since": date(2023, 2, 1),
    },
    tuple(range(700, 1300, 30)),
)
DAAN = Role(
    {
        "key": "C-1004",
        "first_name": "Daan",
        "last_name": "Müller",
        "email": "daan@example.nl",
        "postcode": "3456CD",
        "house_number": "1",
        "country": "NL",
        "since": date(2026, 11, 14),
    },
    (6,),
)
EVA = Role(
    {
        "key": "C-1005",
        "first_name": "Eva",
        "last_name": "Özdemir",
        "company": "Bakkerij Özdemir",
        "email": "eva@example.nl",
        "phone": "06 8765 4321",
        "postcode": "4567 DE",
        "house_number": "88",
        "country": "NL",
        "since": date(2025, 3, 9),
    },
    (20, 75, 140, 200),
    has_consent=False,
)
CAST = {"anna": ANNA, "bram": BRAM, "carla": CARLA, "daan": DAAN, "eva": EVA}


def meet(role: Role) -> Customer:
    """Write a member of the cast down, with their consent, but without orders."""
    from stamgast.customers.actions import record_consent, record_customer

    customer, _ = record_customer(at=AT, on="api", **role.facts)
    if role.has_consent:
        for channel in ("email", "phone"):
            record_consent(
                customer,
                channel=channel,
                purpose="offers",
                is_granted=True,
                source="checkout",
                wording="Yes, send me offers",
                at=AT,
                given_at=AT - timedelta(days=min(400, max(role.bought_days_ago))),
            )
    return customer


@pytest.fixture
def anna(db: None) -> Customer:
    """A loyal customer."""
    return meet(ANNA)


@pytest.fixture
def bram(db: None) -> Customer:
    """A customer who drifts."""
    return meet(BRAM)


@pytest.fixture
def carla(db: None) -> Customer:
    """A customer who is lost."""
    return meet(CARLA)


@pytest.fixture
def daan(db: None) -> Customer:
    """A new customer."""
    return meet(DAAN)


@pytest.fixture
def eva(db: None) -> Customer:
    """A customer who never gave consent."""
    return meet(EVA)


def employ(role: str, *, email: str = "") -> User:
    """Let somebody work here."""
    from stamgast.staff.actions import make_user

    return make_user(
        email=email or f"{role}@shop.example",
        name=role.capitalize(),
        role=role,
        language="en",
        at=AT,
    )


@pytest.fixture
def employee(db: None) -> Callable[..., User]:
    """Make employees: `employee("service")`; without a password, so nobody signs in as them."""
    return employ


@pytest.fixture
def colleague(db: None) -> User:
    """An employee who serves customers."""
    return employ("service")


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A home of one test alone, for what it writes beside the database."""
    settings.HOME = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.MEDIA_ROOT.mkdir()
    return tmp_path


def buy(
    customer: Customer | None,
    number: str,
    *,
    on: datetime = AT,
    names: Sequence[str] = ("Coffee 1 kg",),
    price: str = "12.10",
    cost: str = "5.00",
) -> Order:
    """Let somebody order: one line per name, at a price with 21% VAT in it."""
    from stamgast.sales.actions import OrderFacts, OrderLine, record_order

    lines = [
        OrderLine(
            quantity=Decimal(1),
            unit_price=Decimal(price),
            sku=f"SKU-{crc32(name.encode())}",
            name=name,
            cost=Decimal(cost),
            vat_rate=Decimal(21),
        )
        for name in names
    ]
    facts = OrderFacts(
        number=number,
        ordered_at=on,
        currency="EUR",
        lines=lines,
        customer=customer,
        is_vat_included=True,
        channel="web",
    )
    return record_order(facts, at=AT)[0]


@pytest.fixture
def everybody(db: None) -> dict[str, Customer]:
    """The whole cast by first name, with all they bought so far."""
    people = {name: meet(role) for name, role in CAST.items()}
    for name, role in CAST.items():
        for days in sorted(role.bought_days_ago, reverse=True):
            number = f"{role.facts['key']}-{days}"
            buy(people[name], number, on=AT - timedelta(days=days, hours=1))
    return people
