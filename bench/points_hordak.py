"""How often a second django-hordak moves money between two accounts: a peer of bench/points_ledger.py.

Started by it, with the address of an empty database; prints the rate and nothing else. A transfer there is a
transaction with two legs, checked to sum to zero by a trigger: no lots, no key, no floor, no outbox.
"""

from __future__ import annotations

import sys
import time
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
    print(rate(seconds))


def rate(seconds: float) -> float:
    """Return how many transfers a second were done by one client."""
    from django.db import transaction
    from hordak.models import Account
    from moneyed import Money

    kinds = Account._meta.get_field("type").choices
    kind = {str(label).lower(): value for value, label in kinds}["liability"]
    facts = {"type": kind, "currencies": ["EUR"]}
    issued, available = (
        Account.objects.create(name=name, code=code, **facts)
        for name, code in (("Issued", "1"), ("Available", "2"))
    )
    done, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        with transaction.atomic():
            issued.transfer_to(available, Money(10, "EUR"))
        done += 1
    return done / seconds


if __name__ == "__main__":
    main()
