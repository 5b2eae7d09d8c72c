"""What is kept no longer than its period."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from stamgast.importers.models import Batch, RowToMend
from stamgast.privacy.jobs import forget
from stamgast.staff.actions import note_call
from stamgast.staff.models import ApiCall

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("home")]


def _upload(home: Path, name: str, made_at: datetime, **facts: Any) -> Batch:
    (home / "uploads" / name).write_text("Order,Email\n")
    return Batch.objects.create(
        **{"name": name, "status": "done", "file": f"uploads/{name}", "made_at": made_at, **facts}
    )


def test_old_uploads_go_and_new_ones_stay(home: Path, at: datetime) -> None:
    old = _upload(home, "old.csv", at - timedelta(days=31))
    _upload(home, "draft.csv", at - timedelta(days=31), status="draft")
    _upload(home, "new.csv", at - timedelta(days=29))
    assert forget(at=at)["files"] == 2
    assert {file.name for file in (home / "uploads").iterdir()} == {"new.csv"}
    old.refresh_from_db()
    assert (old.file, old.name) == ("", "old.csv")
    assert forget(at=at)["files"] == 0


def test_closed_rows_are_emptied_and_open_ones_stay(home: Path, at: datetime) -> None:
    batch = _upload(home, "a.csv", at)
    old, new = at - timedelta(days=91), at - timedelta(days=89)
    closings = [{"mended_at": old}, {"dropped_at": old}, {"mended_at": new}, {}]
    for n, closing in enumerate(closings):
        RowToMend.objects.create(
            batch=batch, line=n, problem="bad", row={"a": "b"}, value="b", content=n, **closing
        )
    assert forget(at=at)["rows"] == 2
    assert list(RowToMend.objects.order_by("line").values_list("row", "value")) == [
        ({}, ""),
        ({}, ""),
        ({"a": "b"}, "b"),
        ({"a": "b"}, "b"),
    ]


def test_old_calls_and_sessions_go(at: datetime) -> None:
    for days in (10, 31):
        made = at - timedelta(days=days)
        note_call(None, at=made, method="GET", path="/", status=200, took_ms=1)
        Session.objects.create(
            session_key=str(days), session_data="", expire_date=made + timedelta(days=14)
        )
    counts = forget(at=at)
    assert (counts["calls"], counts["sessions"]) == (1, 1)
    assert ApiCall.objects.count() == Session.objects.count() == 1
