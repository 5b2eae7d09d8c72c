"""How often a second django-hordak moves money between two accounts: a peer of bench/points_ledger.py.

Started by it, with the address of an empty database; prints the rate and nothing else. A transfer there is a
transaction with two legs, checked to sum to zero by a trigger: no lots, no key, no floor, no outbox.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit


def main() -> None:
    seconds, address = float(sys.argv[1]), urlsplit(sys.argv[2])
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": address.path.lstrip("/"),
                "HOST": address.hostname,
                "PORT": str(address.port or 5432),
                "USER": address.username or "",
                "PASSWORD": address.password or "",
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        SECRET_KEY="bench",
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(*rate(seconds))


def rate(seconds: float) -> tuple[float, float]:
    """Return how many transfers a second one client did, and the processor time of one, in seconds."""
    from django.db import connection, transaction
    from hordak.models import Account
    from moneyed import Money

    kinds = Account._meta.get_field("type").choices
    kind = {str(label).lower(): value for value, label in kinds}["liability"]
    facts = {"type": kind, "currencies": ["EUR"]}
    issued, available = (
        Account.objects.create(name=name, code=code, **facts)
        for name, code in (("Issued", "1"), ("Available", "2"))
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        place = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    before = _spent(place)
    done, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        with transaction.atomic():
            issued.transfer_to(available, Money(10, "EUR"))
        done += 1
    return done / seconds, (_spent(place) - before) / max(done, 1)


def _spent(place: Path) -> float:
    """Return the processor time of this process and of the server's behind it."""
    if not place.exists():
        return time.process_time()
    fields = place.read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
