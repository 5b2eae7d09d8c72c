"""Killed with -9 at any moment, an import loses no line and doubles none: it simply runs again."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from importers.files import COLUMNS, write_csv
from importers.state import differences, state, waiting
from stamgast.events.models import Event
from stamgast.importers.actions import import_file
from stamgast.importers.models import Batch

pytestmark = pytest.mark.django_db(transaction=True)
IMPORT = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
import django
django.setup()
from datetime import UTC, datetime
from pathlib import Path
from stamgast.importers.actions import import_file
from stamgast.database import bulk
bulk._LONGEST = 0.002  # many small portions, so that many moments lie between two
at = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
import_file(Path(sys.argv[1]), at=at, progress=lambda share, doing: print(doing, flush=True))
"""


def history(orders: int, seed: int) -> list[tuple[str, ...]]:
    """Return rows of orders and returns, some of which cannot be used."""
    dice = random.Random(seed)
    rows = []
    for number in range(orders):
        day = datetime(2025, 1, 1) + timedelta(hours=number)
        customer = dice.choice(("", *(f"k{i}" for i in range(orders // 8 + 1))))
        for _ in range(dice.randint(1, 5)):
            quantity = dice.choice(("1", "2", "3", "-1", "many") if dice.random() < 0.3 else ("1",))
            price = f"{dice.randint(1, 4000) / 100:.2f}"
            sku = f"p{dice.randint(1, 60)}"
            rows.append((f"{number}", day.isoformat(" "), customer, sku, quantity, price))
    return rows


def corrected(rows: list[tuple[str, ...]], seed: int) -> list[tuple[str, ...]]:
    """Return the rows as the shop exported them later: some changed, some gone, some mended."""
    dice = random.Random(seed)
    later = []
    for number, day, customer, sku, quantity, price in rows:
        if dice.random() < 0.05:
            continue
        if dice.random() < 0.1:
            quantity = "2"
        if dice.random() < 0.05:
            customer = "k0"
        later.append((number, day, customer, sku, quantity, price))
    return later


def kill_at_random(file: Path, times: int, dice: random.Random, usual: float) -> None:
    """Start the import of a file so many times, and kill it when it has come some way."""
    for _ in range(times):
        process = subprocess.Popen(
            [sys.executable, "-c", IMPORT, str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdout is not None
        if dice.random() < 0.3:  # anywhere at all, or a moment after it told what it does
            time.sleep(dice.uniform(0.2, 1.0) * usual)
        else:
            for _ in range(dice.randint(2, 14)):
                process.stdout.readline()
            time.sleep(dice.uniform(0, 0.02))
        process.kill()
        process.communicate()


def finish(file: Path) -> None:
    subprocess.run([sys.executable, "-c", IMPORT, str(file)], check=True, stdout=subprocess.DEVNULL)


def lose_nothing(tmp_path: Path, at: datetime, *, orders: int, rounds: int, kills: int) -> None:
    rows = history(orders, seed=7)
    first = write_csv(tmp_path / "first.csv", rows, COLUMNS)
    second = write_csv(tmp_path / "second.csv", corrected(rows, seed=8), COLUMNS)
    import_file(first, at=at)
    half = state()
    began = time.monotonic()
    import_file(second, at=at)
    usual = time.monotonic() - began + 0.5  # and the start of a process
    wanted, waits = state(), waiting()
    dice = random.Random(20261120)
    for _ in range(rounds):
        call_command("flush", verbosity=0, interactive=False)
        kill_at_random(first, kills, dice, usual)
        finish(first)
        assert differences(state(), half) == []
        kill_at_random(second, kills, dice, usual)
        finish(second)
        assert differences(state(), wanted) == []
        assert waiting() == waits
        assert not Batch.objects.filter(status=Batch.Status.RUNNING).exists()
        told = Event.objects.filter(kind="history_imported")
        assert told.count() == Batch.objects.filter(status=Batch.Status.DONE).count()


def test_killed_a_few_times(tmp_path: Path, at: datetime) -> None:
    lose_nothing(tmp_path, at, orders=300, rounds=1, kills=3)


@pytest.mark.long
def test_killed_fifty_times(tmp_path: Path, at: datetime) -> None:
    lose_nothing(tmp_path, at, orders=4000, rounds=5, kills=5)
