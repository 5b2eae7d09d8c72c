"""What a page says of work under way: in words, and how long it still takes only if that is known."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from stamgast.events.models import Job
from stamgast.web.marketer.jobs import left
from stamgast.web.words import DOING

SOURCE = Path(__file__).resolve().parents[2] / "src" / "stamgast"
SAID = re.compile(r"\bprogress\([^\"\n]*\"([a-z_]+)\"|\bdoing=\"([a-z_]+)\"")


@pytest.mark.parametrize(
    ("gone", "progress", "expected"),
    [
        (timedelta(minutes=3), 0.75, timedelta(minutes=1)),
        (timedelta(seconds=2), 0.75, None),
        (timedelta(minutes=3), 0.01, None),
        (timedelta(days=150), 0.5, None),  # it waited for a machine that was off
    ],
)
def test_how_long_it_takes_is_said_only_at_a_known_pace(
    at: datetime, gone: timedelta, progress: float, expected: timedelta | None
) -> None:
    assert left(Job(run_at=at - gone, progress=progress), at) == expected


@pytest.mark.parametrize(
    "room", ["measurement", "scoring", "campaigns", "plans", "loyalty", "importers"]
)
def test_everything_that_jobs_do_has_words(room: str) -> None:
    texts = [path.read_text() for path in sorted((SOURCE / room).rglob("*.py"))]
    said = {one or other for text in texts for one, other in SAID.findall(text)}
    assert said <= set(DOING)
