"""How sure what is written must be to last: waiting for the disk costs more than all else of a small write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def not_waiting_for_disk() -> Iterator[None]:
    """Write in a transaction that the cut of the power may take back, whole, and nothing else may.

    For what is handy to have, such as the list of last calls; never for what somebody was answered.
    Inside another transaction it lasts as that one does.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        if is_sqlite:
            cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            with transaction.atomic():
                if not is_sqlite:
                    cursor.execute("SET LOCAL synchronous_commit TO OFF")
                yield
        finally:
            if is_sqlite:
                cursor.execute("PRAGMA synchronous=FULL")
