"""Building the example shop: simulated, brought in through the same doors as a real shop's files."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from stamgast.customers import actions as customers
from stamgast.customers.models import Customer
from stamgast.importers import actions as importers
from stamgast.sales import actions as sales
from stamgast.scoring import actions as scoring
from stamgast.serving import prepare
from stamgast.staff import actions as staff
from stamgast.staff.models import User

Progress = Callable[[float, str], None]
EMAIL = "demo@stamgast.example"
_LOGIN, _BUILT = "login.txt", "built"


def is_built() -> bool:
    """Say whether this home holds a finished demo."""
    return (Path(settings.HOME) / _BUILT).exists()


def login() -> tuple[str, str]:
    """Return the address and password of the demo's owner."""
    return EMAIL, (Path(settings.HOME) / _LOGIN).read_text("utf-8").strip()


def build(*, customers: int, language: str, progress: Progress) -> None:
    """Simulate a shop up to today, bring it in, and score it."""
    at = datetime.now(UTC)
    _prepare(language, name="Koffiehuis Linde" if language == "nl" else "Linden Coffee", at=at)
    progress(0.02, "simulating_customers")
    from stamgast.insight.simulation import coffee_shop, simulate, write_files

    yesterday = at.date() - timedelta(days=1)
    shop = simulate(coffee_shop(customers=customers, end=yesterday, seed=7))
    with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
        progress(0.15, "writing_files")
        files = write_files(shop, Path(folder), format="csv")
        for place, part in enumerate(("products", "customers", "orders")):
            importers.import_file(
                files[part],
                layout=None,
                answers={"currency": "EUR", "vat": "included"},
                at=at,
                progress=_part(progress, 0.2 + 0.2 * place, 0.2),
            )
    progress(0.8, "adding_conversations")
    _add_care(shop, at)
    scoring.score_base(as_of=None, at=at, progress=_part(progress, 0.85, 0.15))
    (Path(settings.HOME) / _BUILT).write_text(at.isoformat(), "utf-8")


def build_from(orders: Path, *, language: str, progress: Progress) -> str:
    """Bring in the user's own orders and score them; returns what happened, in a sentence."""
    at = datetime.now(UTC)
    _prepare(language, name="", at=at)
    batch = importers.import_file(orders, at=at, progress=_part(progress, 0.02, 0.68))
    scoring.score_base(as_of=None, at=at, progress=_part(progress, 0.7, 0.3))
    (Path(settings.HOME) / _BUILT).write_text(at.isoformat(), "utf-8")
    return (
        f"{batch.read:,} rows read as {batch.layout}: {batch.imported:,} imported, "
        f"{batch.quarantined:,} to mend."
    )


def _prepare(language: str, *, name: str, at: datetime) -> None:
    prepare(say=lambda words: None)
    password = "-".join(secrets.choice(_WORDS) for _ in range(3)) + f"-{secrets.randbelow(90) + 10}"
    if not User.objects.filter(email=EMAIL).exists():
        staff.make_user(
            email=EMAIL,
            name="Sanne de Wit",
            role="admin",
            language=language,
            password=password,
            at=at,
            by="demo",
        )
        file = Path(settings.HOME) / _LOGIN
        file.touch(mode=0o600)
        file.write_text(password, "utf-8")
    staff.change_shop(at=at, by="demo", language=language, is_demo=True, **({"name": name} if name else {}))


def _add_care(shop: Any, at: datetime) -> None:
    """Add what no file of orders holds: consents, conversations, contracts."""
    ids = dict(Customer.objects.exclude(key=None).values_list("key", "id"))
    people = Customer.objects.in_bulk(ids.values())
    owner = User.objects.get(email=EMAIL)
    work: list[Callable[[], object]] = []
    for row in shop.consents.to_pylist():
        work.append(lambda row=row: _consent(people[ids[row["customer_id"]]], row))
    for row in shop.interactions.to_pylist():
        work.append(lambda row=row: _interaction(people[ids[row["customer_id"]]], row, owner))
    for row in shop.contracts.to_pylist():
        work.append(lambda row=row: _contract(people[ids[row["customer_id"]]], row, at))
    for start in range(0, len(work), 50):
        with transaction.atomic():
            for write in work[start : start + 50]:
                write()
        time.sleep(0.001)


def _part(progress: Progress, start: float, length: float) -> Progress:
    return lambda share, doing: progress(start + length * share, doing)


_WORDS = (
    "linde kade molen akker branding duin heide ketel lepel merel novelle oever palet roos schelp "
    "toren vlinder wilg zomer bries cacao eik fluit gracht haven iris kiezel laan mist noot"
).split()
