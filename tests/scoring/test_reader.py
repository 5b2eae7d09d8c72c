"""The reader keeps its own SQLite library away from every process that opens our database."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from scoring.shops import make_customers, make_order
from stamgast.scoring.feed import extract

TRY = """
import json, sys
from stamgast.scoring import reader
from pathlib import Path
reader.read(sys.argv[1], {"one": "SELECT 1 AS a"}, Path(sys.argv[2]))
print(json.dumps(sorted(m for m in sys.modules if m.split(".")[0] in {"django", "_sqlite3"})))
"""
SCORE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "stamgast.settings"
import django
django.setup()
from stamgast.scoring import actions, calculation, export, feed, forecast, summaries
from stamgast.cli import data, server
assert not [name for name in sys.modules if name.startswith("adbc")], "the driver was loaded"
"""


def test_the_reader_loads_neither_django_nor_pythons_own_sqlite(tmp_path: Path) -> None:
    import sqlite3

    sqlite3.connect(tmp_path / "db").close()
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(tmp_path / "db"), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout) == []


def test_scoring_never_loads_the_readers_driver() -> None:
    subprocess.run([sys.executable, "-c", SCORE], check=True)


@pytest.mark.django_db(transaction=True)
def test_the_feed_names_living_customers_and_keeps_all_sales(tmp_path: Path, at: datetime) -> None:
    anna, bram, carla = make_customers(3, at)
    bram.erased_at = at
    bram.save()
    carla.merged_into = anna
    carla.save()
    for number, customer in enumerate((anna, bram, None)):
        make_order(customer, str(number), date(2026, 11, 1), 1000).save()
    cancelled = make_order(anna, "9", date(2026, 11, 1), 1000)
    cancelled.is_cancelled = True
    cancelled.save()
    counts = extract(tmp_path).wait()
    assert counts == {"orders": 3, "customers": 1, "contracts": 0}
    orders = parquet.read_table(tmp_path / "orders.parquet").to_pylist()
    assert [row["customer_id"] for row in orders] == [anna.pk, None, None]
