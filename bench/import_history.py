"""Importing a history of a million order lines, beside the sqlite3 shell's `.import` of its CSV.

The shell fills one bare table without types, keys or indexes. We read, type, check, group and work
out every line, and write orders, lines, customers and products with all indexes and
synchronous=FULL.
Both start as a process of their own; the file is read from the page cache by both.

    python bench/import_history.py [FILE.parquet] [--rounds 3]

FILE is Online Retail II in Parquet; without it the one in the folder STAMGAST_SHARED, else a table
of its shape made by chance. Needs the sqlite3 shell.
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

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
FILE = "online_retail_ii.parquet"
IMPORT = """
import sys, django
from datetime import UTC, datetime
from pathlib import Path
django.setup()
from stamgast.importers.actions import import_file
batch = import_file(Path(sys.argv[1]), at=datetime.now(UTC))
print(batch.read, batch.imported, batch.unchanged, batch.quarantined)
"""


def main() -> None:
    options = argparse.ArgumentParser()
    folder = Path(os.environ.get("STAMGAST_SHARED") or SHARED)
    options.add_argument("file", type=Path, nargs="?", default=folder / FILE)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    shell = shutil.which("sqlite3")
    if shell is None:
        sys.exit("This needs the sqlite3 shell.")
    with tempfile.TemporaryDirectory(prefix="import-history-") as name:
        scratch = Path(name)
        table, csv = as_both(given.file, scratch)
        seconds: dict[str, list[float]] = {"shell": [], "csv": [], "parquet": [], "again": []}
        most = 0
        for _ in range(given.rounds):
            seconds["shell"].append(by_shell(shell, csv, scratch))
            for kind, file in (("csv", csv), ("parquet", table)):
                home = scratch / "home"
                took, kilobytes = by_us(file, home, fresh=True)
                seconds[kind].append(took)
                most = max(most, kilobytes)
            took, kilobytes = by_us(table, home, fresh=False)
            seconds["again"].append(took)
            most = max(most, kilobytes)
        middle = {kind: statistics.median(times) for kind, times in seconds.items()}
        for kind, times in seconds.items():
            print(f"{kind}_s={middle[kind]:.2f} all={[round(t, 2) for t in times]}")
        ratios = {kind: middle[kind] / middle["shell"] for kind in ("csv", "parquet", "again")}
        told = " ".join(f"ratio_{kind}={ratio:.2f}" for kind, ratio in ratios.items())
        print(f"{told} peak_rss_mb={most / 1024:.0f}")


def as_both(file: Path, scratch: Path) -> tuple[Path, Path]:
    """Return the table as Parquet and as CSV."""
    import duckdb

    con = duckdb.connect()
    table, csv = scratch / "orders.parquet", scratch / "orders.csv"
    source = f"read_parquet('{file}')" if file.exists() else f"({_BY_CHANCE})"
    print(f"file={file.name if file.exists() else 'made by chance'}")
    con.execute(f"COPY (SELECT * FROM {source}) TO '{table}'")
    con.execute(f"COPY (SELECT * FROM '{table}') TO '{csv}' (HEADER)")
    return table, csv


# As many lines, orders, customers and products as Online Retail II has, in its columns.
_BY_CHANCE = """
    SELECT (489434 + line // 20)::VARCHAR AS invoice_no,
        (10000 + (hash(line) % 5300)::INTEGER)::VARCHAR AS stock_code,
        'ARTICLE ' || (hash(line) % 5300) AS description,
        (1 + hash(line + 1) % 24)::INTEGER AS quantity,
        TIMESTAMP '2009-12-01 07:45:00' + INTERVAL (line // 20 * 20) MINUTE AS invoice_date,
        (hash(line + 2) % 1000)::DOUBLE / 100 AS unit_price,
        CASE WHEN line // 20 % 5 > 0 THEN 12000 + (hash(line // 20) % 5900)::BIGINT END
            AS customer_id,
        'United Kingdom' AS country
    FROM range(1044847) t(line)
"""


def by_shell(shell: str, csv: Path, scratch: Path) -> float:
    """Import the CSV into one bare table with the sqlite3 shell."""
    database = scratch / "bare.sqlite3"
    database.unlink(missing_ok=True)
    began = time.perf_counter()
    subprocess.run(
        [shell, str(database), ".mode csv", f".import {csv} lines"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def by_us(file: Path, home: Path, *, fresh: bool) -> tuple[float, int]:
    """Import the file into a home of its own; return seconds and peak memory in kilobytes."""
    surroundings = {**os.environ, "STAMGAST_HOME": str(home)}
    surroundings["DJANGO_SETTINGS_MODULE"] = "stamgast.settings"
    surroundings.pop("STAMGAST_DATABASE_URL", None)
    if fresh:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, check=True, env=surroundings)
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(file)], env=surroundings, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    told = process.stdout.read().split()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    read, imported, unchanged, quarantined = map(int, told)
    assert process.returncode == 0
    assert read == imported + unchanged + quarantined == (imported if fresh else unchanged)
    print(json.dumps({"file": file.name, "fresh": fresh, "rows": read, "s": round(took, 2)}))
    return took, usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024


if __name__ == "__main__":
    main()
