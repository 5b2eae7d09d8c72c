"""How fast the points ledger is, beside a transaction that writes the same rows without any logic.

PostgreSQL: earning and spending with legs, lots, webhook delivery, event and stored reply, against a
function that inserts the same rows and decides nothing; in turns, in one run, by 1, 4 and 16 clients,
on many members and on one. And against the same rows written by one statement each, and django-hordak
where it is installed (a transfer of two legs: no lots, no key, no floor).
SQLite: grants through the batch door, and the 95th percentile of single operations of 16 threads, with
synchronous=FULL. Both: balance and spending with 100,000 entries of a member against 100; quotes and
commits over HTTP. Each figure stands beside its bar; smaller sizes give an answer sooner.

    python bench/points_ledger.py [--postgresql postgresql://postgres@127.0.0.1:5432] [--seconds 2]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1:5432")
    options.add_argument("--seconds", type=float, default=2.0, help="per slice; two of each")
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    options.add_argument("--parts", default="rates,cpu,hordak,batch,threads,flat,http")
    options.add_argument("--members", type=int, default=2_000)
    options.add_argument("--times", type=int, default=1_000, help="operations for processor time")
    options.add_argument("--batch", type=int, default=20_000, help="grants through the batch door")
    options.add_argument("--history", type=int, default=100_000, help="entries of one member")
    given = options.parse_args()
    for database in ("sqlite", "postgresql"):
        if given.only in (None, database):
            run(database, given)


def run(database: str, given: argparse.Namespace) -> None:
    """Measure one database in a home and a process of its own."""
    home = Path(tempfile.mkdtemp(prefix="points-"))
    surroundings = {**os.environ, "STAMGAST_HOME": str(home)}
    surroundings.pop("STAMGAST_DATABASE_URL", None)
    name = f"bench_points_{os.getpid()}"
    try:
        if database == "postgresql":
            sql(given.postgresql, f'CREATE DATABASE "{name}"')
            surroundings["STAMGAST_DATABASE_URL"] = f"{given.postgresql}/{name}"
        command = [
            sys.executable,
            str(HERE.with_name("points_ledger_on.py")),
            json.dumps(vars(given)),
        ]
        subprocess.run(command, env=surroundings, check=True)
    finally:
        if database == "postgresql":
            sql(given.postgresql, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(home, ignore_errors=True)


def sql(server: str, statement: str) -> None:
    """Run a statement on the server outside any transaction."""
    import psycopg

    parts = urlsplit(server)
    with psycopg.connect(
        host=parts.hostname,
        port=parts.port or 5432,
        user=parts.username,
        password=parts.password,
        dbname="postgres",
        autocommit=True,
    ) as connection:
        connection.execute(statement)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def in_turns(one, other, times: int) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Return the median seconds of two functions that are called in turns."""
    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for function, into in ((one, took[0]), (other, took[1])):
            began = time.perf_counter()
            function()
            into.append(time.perf_counter() - began)
    return statistics.median(took[0]), statistics.median(took[1])


if __name__ == "__main__":
    main()
