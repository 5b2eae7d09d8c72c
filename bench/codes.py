"""How long a million discount codes take: made, exported, loaded from that file, and loaded again.

Each is the command that a merchant runs, in a process of its own: wall and processor time, the most
memory it held, and how long it held the lock of the database. Bar: 50 ms at the 95th percentile; on a busy machine the
longest is that of the machine.

    python bench/codes.py [--codes 1000000] [--postgresql postgresql://postgres@127.0.0.1:5432]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from memory import peak_mb
from points_ledger import percentile, sql

LONGEST_MS = 50.0


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--codes", type=int, default=1_000_000)
    options.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1:5432")
    options.add_argument("--only", choices=["sqlite", "postgresql"])
    options.add_argument("--run", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.run:
        command(given.run)
        return
    for database in ("sqlite", "postgresql"):
        if given.only in (None, database):
            measure(database, given)


def measure(database: str, given: argparse.Namespace) -> None:
    """Measure one database in a home of its own."""
    home = Path(tempfile.mkdtemp(prefix="codes-"))
    surroundings = {**os.environ, "STAMGAST_HOME": str(home)}
    surroundings.pop("STAMGAST_DATABASE_URL", None)
    name = f"bench_codes_{os.getpid()}"
    file = home / "codes.csv"
    count = str(given.codes)
    try:
        if database == "postgresql":
            sql(given.postgresql, f'CREATE DATABASE "{name}"')
            surroundings["STAMGAST_DATABASE_URL"] = f"{given.postgresql}/{name}"
        print(f"\n{database}, {given.codes:,} codes")
        for words in (
            ["sets"],
            ["codes", "make", "made", count],
            ["codes", "export", "made", str(file)],
            ["empty"],
            ["codes", "load", "loaded", str(file), "--json"],
            ["codes", "load", "loaded", str(file), "--json"],
        ):
            argv = [sys.executable, __file__, "--run", *words]
            subprocess.run(argv, env=surroundings, check=True, stderr=subprocess.DEVNULL)
    finally:
        if database == "postgresql":
            sql(given.postgresql, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(home, ignore_errors=True)


def command(words: list[str]) -> None:
    """Run one command in this process, and print what it cost."""
    from shop_of_size import open_home

    open_home(Path(os.environ["STAMGAST_HOME"]))
    if words == ["sets"]:
        from stamgast.loyalty.codes.actions import make_set

        for name in ("made", "loaded"):
            make_set(at=datetime.now(UTC), name=name, kind="percent", percent=10, currency="EUR")
        return
    if words == ["empty"]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM stamgast_discountcode")
        return
    from click.testing import CliRunner

    from stamgast.cli import stamgast
    from stamgast.database.bulk import Pace

    held = watched(Pace)
    before, began, processor = peak_mb(), time.perf_counter(), time.process_time()
    done = CliRunner().invoke(stamgast, words)
    took, processor = time.perf_counter() - began, time.process_time() - processor
    if done.exit_code:
        raise SystemExit(done.output)
    usual, most = 1000 * percentile(held or [0.0], 0.95), 1000 * max(held or [0.0])
    locks = f"; lock 95th {usual:.0f} ms (bar {LONGEST_MS:.0f}), most {most:.0f} ms" if held else ""
    print(
        f"{' '.join(words[:3]):>24}: {took:6.1f} s, {processor:6.1f} s of the processor here, "
        f"{peak_mb():.0f} MB (was {before:.0f}){locks}",
        flush=True,
    )


def watched(pace: type) -> list[float]:
    """Note how long every portion held the lock, its commit included."""
    from contextlib import contextmanager

    held: list[float] = []
    portion = pace.portion  # type: ignore[attr-defined]

    @contextmanager
    def timed(self, rows):  # type: ignore[no-untyped-def]
        with portion(self, rows):
            began = time.perf_counter()
            yield
        held.append(time.perf_counter() - began)

    pace.portion = timed  # type: ignore[attr-defined]
    return held


if __name__ == "__main__":
    main()
