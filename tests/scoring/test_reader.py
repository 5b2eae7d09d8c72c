"""The reader keeps its own SQLite library away from every process that opens our database."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from scoring.shops import AS_OF, START, make_customers, make_order
from stamgast.sales.models import Contract
from stamgast.scoring.feed import FeedError, Reading, extract

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
    reading = extract(tmp_path, as_of=date(2026, 11, 20))
    assert reading.wait() == {"orders": 3, "customers": 1, "contracts": 0}
    orders = parquet.read_table(tmp_path / "orders.parquet").to_pylist()
    assert [row["customer_id"] for row in orders] == [anna.pk, None, None]
    nothing = {"answers": 0, "contacts": 0, "deliveries": 0, "returns": 0}
    assert reading.wait_for_later() == nothing


@pytest.mark.django_db(transaction=True)
def test_a_day_that_only_the_last_rows_have_is_read(tmp_path: Path, at: datetime) -> None:
    """A column of SQLite gets its type from the first rows: empty ones must not decide."""
    people = make_customers(3, at)
    Contract.objects.bulk_create(
        (
            Contract(customer=people[0], number=str(n), started_on=START, currency="EUR")
            for n in range(66_000)
        ),
        batch_size=500,
    )
    Contract.objects.create(
        customer=people[1], number="last", started_on=START, ends_on=AS_OF, currency="EUR"
    )
    reading = extract(tmp_path)
    assert reading.wait()["contracts"] == 66_001
    ends = parquet.read_table(tmp_path / "contracts.parquet")["ends_on"].to_pylist()
    assert (ends[0], ends[-1]) == ("", AS_OF.isoformat())
    reading.stop()


@pytest.mark.django_db(transaction=True)
def test_a_reading_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"Error.*no_such_table.*FROM"):
        Reading(tmp_path, {"broken": "SELECT *\nFROM no_such_table"}).wait()
    later = Reading(tmp_path, {"one": "SELECT 1 AS a"})
    later.ask({"broken": "SELECT * FROM no_such_table"})
    assert later.wait() == {"one": 1}
    with pytest.raises(FeedError, match="no_such_table"):
        later.wait_for_later()
