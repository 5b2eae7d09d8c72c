"""Making sure that what was erased is gone from the files too, and not only from the tables."""

from __future__ import annotations

import time

from django.db import connection

_TRIES = 20


def scrub() -> bool:
    """Empty SQLite's write-ahead log; False when readers kept it from that (then try again later).

    The tables' own pages are overwritten with zeros at once (`secure_delete`), the log is not: it
    holds older versions of pages until it is emptied. On PostgreSQL there is nothing to do here:
    vacuum and the archive of its log are the database administrator's.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return connection.vendor != "sqlite"
    for _ in range(_TRIES):
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if not cursor.fetchone()[0]:
                return True
        time.sleep(0.05)
    return False
