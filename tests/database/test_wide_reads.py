"""Reads that hold everybody against everybody's orders."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from stamgast.database.bulk import select, select_widely


@pytest.mark.django_db(transaction=True)
def test_a_wide_read_returns_what_a_usual_one_does_and_leaves_the_connection_as_it_was() -> None:
    sql = "SELECT %s UNION ALL SELECT %s ORDER BY 1"
    assert select_widely(sql, (1, 2)) == select(sql, (1, 2)) == [(1,), (2,)]
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_postgresql_gets_memory_for_that_read_alone() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("of PostgreSQL: name a database in STAMGAST_DATABASE_URL")
    before = select("SHOW work_mem")
    assert select_widely("SELECT current_setting('work_mem')") == [("256MB",)]
    assert select("SHOW work_mem") == before
    with transaction.atomic():
        select_widely("SELECT 1")
    assert select("SHOW work_mem") == before
