"""A refresh of all scores, beside a bare pipe that reads, groups and writes as many rows.

The bare pipe is one plain script, with the documented interfaces of the libraries that we use: it
reads the same rows and columns (ADBC), runs the same group-by per customer in DuckDB (what is known of
each, as SQL that our code made beforehand) and inserts as many rows of the same width into a table with
the same indexes and the same durability. It judges, fits, expects, follows and sums up nothing.
Meanwhile notes are written as a screen would, and their waiting times are printed. Processor time is
printed too: it tells more than the clock where others work on the machine.

    python bench/refresh.py [--customers 100000] [--orders 1000000]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import ibis.expr.types as ir

from shop_of_size import END, fill, open_home


class Took(NamedTuple):
    """What a run took, in seconds: on the clock, and of the processor."""

    clock: float
    processor: float


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
        ours, bare, waits, steps = [], [], [], group_by()
        for _ in range(given.rounds):
            bare.append(bare_pipe(home, steps))
            took, waited = refresh()
            ours.append(took)
            waits += waited
        print(f"customers={given.customers} orders={given.orders}")
        for name in Took._fields:
            a, b = (statistics.median(getattr(one, name) for one in all_) for all_ in (ours, bare))
            told = {"clock": "", "processor": "processor_"}[name]
            print(f"{told}refresh_s={a:.2f} {told}bare_pipe_s={b:.2f} {told}ratio={a / b:.2f}")
        waits.sort()
        print(
            f"notes_written={len(waits)} p95_ms={waits[int(len(waits) * 0.95)] * 1000:.0f} "
            f"max_ms={waits[-1] * 1000:.0f} failed=0"
        )
    finally:
        shutil.rmtree(home)


def refresh() -> tuple[Took, list[float]]:
    """Score the base as the command does, in a process of its own, while notes are written."""
    stop = threading.Event()
    waited: list[float] = []
    notes = threading.Thread(target=_write_notes, args=(stop, waited))
    notes.start()
    took = _timed([sys.executable, "-m", "stamgast", "score", "--as-of", END.isoformat(), "--json"])
    stop.set()
    notes.join()
    return took, waited


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
import sys
sys.modules["polars"] = None  # the driver would load it where it is installed: no shop has it
import json, sqlite3, adbc_driver_sqlite.dbapi as adbc, duckdb
database, queries, steps = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
con = duckdb.connect()
con.execute("SET threads=2")
with adbc.connect(f"file:{database}?mode=ro") as source:
    for name, sql in queries.items():
        with source.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": 65536})
            cursor.execute(sql)
            con.register("read_" + name, cursor.fetch_arrow_table())
for name, sql in steps[:-1]:
    con.execute(f"CREATE TABLE {name} AS {sql}")
rows = con.execute(steps[-1][1]).fetchall()
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
known = ("customer_id", "orders", "first_day", "last_day", "revenue", "margin", "returns_rate",
         "discount_share")
at = [steps[-1][0].index(name) for name in known]
def wide(id, row):
    who, orders, first, last, revenue, margin, returns, discount = (row[i] for i in at)
    margin = int((margin or 0) * 100)
    made = (id, 1, who, "active", orders, str(first), str(last), 10, 30.5, 0.5,
            int((revenue or 0) * 100), margin, 0, discount, returns, 0.9, 1.1, 4.4, margin // 4, margin,
            margin // 2, margin * 2, "555", "nothing", "", "", "", "NL", "web")[:len(columns)]
    return made + (None,) * (len(columns) - len(made))
rows = [wide(id, row) for id, row in enumerate(rows, 1)]
for start in range(0, len(rows), 2000):
    db.execute("BEGIN IMMEDIATE")
    db.executemany(f"INSERT INTO bare VALUES ({marks})", rows[start:start + 2000])
    db.execute("COMMIT")
"""


def group_by() -> list[tuple[object, str]]:
    """Return what is known of each customer as SQL for DuckDB, step by step, as our code puts it.

    The last step names its columns instead of a table.
    """
    from stamgast.insight import engine
    from stamgast.insight.facts import customer_facts
    from stamgast.insight.purchases import visits
    from stamgast.scoring import calculation, feed

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feed.extract(folder).wait()
        con = engine.connect()

        class Read:
            """Reads what the pipe has read, by name, and not the files."""

            create_table = con.create_table

            def read_parquet(self, file: Path) -> ir.Table:
                return con.create_table(f"read_{file.stem}", con.read_parquet(file))

        orders = calculation.orders_of(Read(), folder, 100.0)
        people = calculation._people(Read(), folder)
        steps: list[tuple[object, str]] = [
            ("orders", con.compile(orders)),
            ("people", con.compile(people)),
        ]
        orders = con.create_table("orders", orders)
        people = con.create_table("people", people)
        days = visits(orders, as_of=END)
        steps.append(("visits", con.compile(days)))
        days = con.create_table("visits", days)
        facts = customer_facts(orders, people, as_of=END, is_trusted=True, visits=days)
        facts = facts.drop(*calculation.UNASKED)
        steps.append((list(facts.columns), con.compile(facts)))
        return [(what, sql.replace('"memory"."main".', "")) for what, sql in steps]


def bare_pipe(home: Path, steps: list[tuple[object, str]]) -> Took:
    """Read, group and write without any understanding."""
    from stamgast.scoring.feed import statements

    queries = json.dumps(statements())
    database = str(home / "stamgast.sqlite3")
    return _timed([sys.executable, "-c", BARE, database, queries, json.dumps(steps)])


def _timed(command: list[str]) -> Took:
    """Run a command and return the seconds on the clock and of the processor, children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    clock = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(clock, used)


if __name__ == "__main__":
    main()
