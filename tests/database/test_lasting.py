"""What need not wait for the disk is written all the same, and what comes after waits again."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import IntegrityError, connection

from cast import employ
from stamgast.database.lasting import not_waiting_for_disk
from stamgast.staff.actions import note_call
from stamgast.staff.models import ApiCall, ApiKey, User


def how_sure() -> str:
    """How sure the database is now that what it writes lasts, in its own word."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous" if is_sqlite else "SHOW synchronous_commit")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_call_is_noted_without_waiting_and_the_next_write_waits_again(at: datetime) -> None:
    before = how_sure()
    note_call(None, at=at, method="GET", path="/api/v1/me", status=401, took_ms=1)
    assert ApiCall.objects.count() == 1
    assert how_sure() == before
    with not_waiting_for_disk():
        assert how_sure() != before
    assert how_sure() == before


def two_keys_alike(at: datetime) -> None:
    """Write a key, and another that is refused."""
    for name in ("Till", "Site"):
        by = User.objects.get()
        ApiKey.objects.create(name=name, prefix="sg", digest="same", made_at=at, made_by=by)


@pytest.mark.django_db(transaction=True)
def test_what_breaks_is_taken_back_and_the_next_write_waits_again(at: datetime) -> None:
    employ("admin")
    before = how_sure()
    with pytest.raises(IntegrityError), not_waiting_for_disk():
        two_keys_alike(at)
    assert not ApiKey.objects.exists()
    assert how_sure() == before
