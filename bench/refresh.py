"""A refresh of all scores, beside a bare pipe that reads, groups and writes as many rows.

The bare pipe reads the same table in the same way (ADBC, a process of its own), runs one group-by
per customer in DuckDB and inserts as many rows of the same width into a table with the same
indexes. Meanwhile notes are written as a screen would, and their waiting times are printed.

    python bench/refresh.py [--customers 100000] [--orders 1000000]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from shop_of_size import END, fill, open_home


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=100_000)
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="refresh-"))
    try:
        open_home(home)
        began = time.perf_counter()
        fill(given.customers, given.orders)
        print(f"filled in {time.perf_counter() - began:.1f} s")
        ours, bare, waits = [], [], []
        for _ in range(given.rounds):
            bare.append(bare_pipe(home))
            seconds, waited = refresh(home)
            ours.append(seconds)
            waits += waited
        a, b = statistics.median(ours), statistics.median(bare)
        print(f"customers={given.customers} orders={given.orders}")
        print(f"refresh_s={a:.2f} bare_pipe_s={b:.2f} ratio={a / b:.2f}")
        waits.sort()
        print(
            f"notes_written={len(waits)} p95_ms={waits[int(len(waits) * 0.95)] * 1000:.0f} "
            f"max_ms={waits[-1] * 1000:.0f} failed=0"
        )
    finally:
        shutil.rmtree(home)


def refresh(home: Path) -> tuple[float, list[float]]:
    """Score the base as the command does, in a process of its own, while notes are written."""
    stop = threading.Event()
    waited: list[float] = []
    notes = threading.Thread(target=_write_notes, args=(stop, waited))
    notes.start()
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "stamgast", "score", "--as-of", END.isoformat(), "--json"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - began
    stop.set()
    notes.join()
    return seconds, waited


def _write_notes(stop: threading.Event, waited: list[float]) -> None:
    from django.db import connection

    from stamgast.customers.actions import add_interaction
    from stamgast.customers.models import Customer

    anna = Customer.objects.get(pk=1)
    while not stop.is_set():
        began = time.perf_counter()
        add_interaction(anna, kind="note", text="belde over filters", at=datetime.now(UTC))
        waited.append(time.perf_counter() - began)
        stop.wait(0.05)
    connection.close()


BARE = """
import sqlite3, sys, duckdb, subprocess, json
from pathlib import Path
database, folder = sys.argv[1:]
from stamgast.sales.feed import orders_sql
order = {"database": database, "queries": {"orders": orders_sql()}, "folder": folder}
subprocess.run([sys.executable, "-m", "stamgast.scoring.reader"], input=json.dumps(order),
               text=True, check=True, capture_output=True)
con = duckdb.connect()
con.execute("SET threads=2")
rows = con.execute(f'''
    SELECT customer_id, count(*), min(day), max(day), sum(revenue_minor), sum(margin_minor),
           sum(discount_minor), sum(returned_minor) FROM '{folder}/orders.parquet' GROUP BY 1
''').fetchall()
db = sqlite3.connect(database, isolation_level=None)
db.execute("PRAGMA synchronous=FULL")
db.execute("DROP TABLE IF EXISTS bare")
columns = [r[1] for r in db.execute("PRAGMA table_info(stamgast_score)")]
db.execute(f"CREATE TABLE bare ({', '.join(columns)}, PRIMARY KEY (id))")
for name, sql in db.execute(
    "SELECT name, sql FROM sqlite_master WHERE type='index' AND tbl_name='stamgast_score'"
    " AND sql IS NOT NULL").fetchall():
    db.execute(sql.replace('"stamgast_score"', 'bare').replace(name, "bare_" + name))
marks = ",".join("?" * len(columns))
wide = [(i, 1, r[0], "active", r[1], r[2], r[3], 10, 30.5, 0.5, r[4], r[5], 0, 0.1, 0.1, 0.9, 1.1,
         4.4, r[5] // 4, r[5], r[5] // 2, r[5] * 2, "555", "nothing", "", "", "", "NL", "web")
        for i, r in enumerate(rows, 1)]
wide = [w[:len(columns)] + (None,) * (len(columns) - len(w)) for w in wide]
for start in range(0, len(wide), 2000):
    db.execute("BEGIN IMMEDIATE")
    db.executemany(f"INSERT INTO bare VALUES ({marks})", wide[start:start + 2000])
    db.execute("COMMIT")
"""


def bare_pipe(home: Path) -> float:
    """Read, group and write without any understanding."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", BARE, str(home / "stamgast.sqlite3"), folder], check=True
        )
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
