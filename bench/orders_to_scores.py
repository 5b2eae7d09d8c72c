"""From order rows to a scored table, beside DuckDB's bare group-by of the same rows in one run.

Order rows are drawn once into a Parquet file. The bare group-by counts per customer and day, then per
customer: what any answer must do at least. Ours does that, counts distinct histories, fits the
MBG/NBD with standard errors, and writes P(alive), 90-day purchases and their totals per customer.
With `--margin` it also fits margins, and `--intervals` adds an interval per customer. Each size runs
in a process of its own; growth is the peak above what was used before the first row. Compiling
happens before on a few rows, and its time is told apart.

    python bench/orders_to_scores.py [--customers 1000000] [--largest 0] [--margin] [--intervals]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

UNTIL = date(2025, 12, 31)
FIRST = np.datetime64("2023-01-01")
TRUTH = {"r": 0.243, "alpha": 4.414 * 7, "a": 0.793, "b": 2.426}
PORTION = 1_000_000


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--largest", type=int, default=0, help="another size to compare with")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--margin", action="store_true")
    options.add_argument("--intervals", action="store_true")
    options.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.file:
        print(json.dumps(measure(given)))
        return
    sizes = [given.customers, *([given.largest] if given.largest else [])]
    found = [at_size(size, given) for size in sizes]
    if given.largest:
        growth = found[1]["score"] / found[0]["score"]
        print(f"customers_times={sizes[1] / sizes[0]:.0f} seconds_times={growth:.1f}")


def at_size(customers: int, given: argparse.Namespace) -> dict:
    """Draw orders, and measure both on them in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.parquet"
        rows = draw(file, customers)
        command = [sys.executable, __file__, "--file", str(file), "--rounds", str(given.rounds)]
        command += ["--threads", str(given.threads)]
        command += [f"--{name}" for name in ("margin", "intervals") if getattr(given, name)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"customers={customers} rows={rows} score_s={found['score']:.2f} "
        f"group_by_s={found['group_by']:.2f} ratio={found['score'] / found['group_by']:.1f} "
        f"(reading_and_grouping_s={found['base']:.2f} fit_s={found['fit']:.2f} "
        f"predict_s={found['predict']:.2f}) compile_s={found['compile']:.2f} "
        f"peak_mb={found['peak']:.0f}"
    )
    return found


def draw(file: Path, customers: int) -> int:
    """Write order rows of BG/NBD customers, in portions; returns how many."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    generator, writer, rows = np.random.default_rng(20261127), None, 0
    for start in range(0, customers, PORTION):
        count = min(PORTION, customers - start)
        who, day = histories(generator, count)
        table = pa.table(
            {
                "customer_id": pa.array(who + start, pa.int64()),
                "day": pa.array(FIRST + day.astype("timedelta64[D]"), pa.date32()),
                "margin": generator.gamma(4.0, 5.0, len(who)),
            }
        )
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table)
        rows += len(who)
    assert writer is not None
    writer.close()
    return rows


def histories(generator: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return customer and day of every order, shuffled as a shop's orders are."""
    days = (np.datetime64(UNTIL) - FIRST).astype(int) + 1
    first = generator.integers(0, days - 7, count)
    rate = generator.gamma(TRUTH["r"], 1 / TRUTH["alpha"], count)
    drop = generator.beta(TRUTH["a"], TRUTH["b"], count)
    now, here = first.astype(np.float64), np.arange(count)
    parts = [(here, first)]
    while len(here):
        now[here] += generator.exponential(1 / np.maximum(rate[here], 1e-300))
        here = here[now[here] < days]
        parts.append((here, now[here].astype(np.int64)))
        here = here[generator.random(len(here)) > drop[here]]
    who, day = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(day, kind="stable")
    return who[order], day[order]


def measure(given: argparse.Namespace) -> dict:
    """Time the bare group-by and our way from the same file, in turn; the middle counts."""
    from stamgast.insight.engine import connect

    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.parquet"
        draw(few, 5000)
        ours(few, given)
    compiled = time.perf_counter() - began
    taken: dict[str, list[float]] = {}
    for _ in range(given.rounds):
        con = connect(threads=given.threads)
        began = time.perf_counter()
        bare_group_by(con, given.file)
        taken.setdefault("group_by", []).append(time.perf_counter() - began)
        con.disconnect()
        for name, seconds in ours(given.file, given).items():
            taken.setdefault(name, []).append(seconds)
    middle = {name: statistics.median(times) for name, times in taken.items()}
    return {**middle, "compile": compiled, "peak": peak_mb()}


def bare_group_by(con, file: Path) -> None:
    days = (
        con.read_parquet(file)
        .group_by("customer_id", "day")
        .agg(lambda t: t.margin.sum().name("m"))
    )
    grouped = days.group_by("customer_id").agg(
        n=days.count(), first=days.day.min(), last=days.day.max(), m=days.m.sum()
    )
    con.create_table("grouped", grouped, temp=True)


def ours(file: Path, given: argparse.Namespace) -> dict[str, float]:
    from stamgast.insight.engine import connect
    from stamgast.insight.value import MBGNBD, CustomerBase

    con = connect(threads=given.threads)
    began = time.perf_counter()
    orders = con.read_parquet(file)
    orders = orders if given.margin else orders.drop("margin")
    base = CustomerBase.from_orders(orders, until=UNTIL)
    grouped = time.perf_counter()
    model = MBGNBD().fit(base)
    fitted = time.perf_counter()
    table = model.predict(base, 90, intervals=given.intervals)
    con.create_table("scored", table, temp=True)
    ended = time.perf_counter()
    assert table.num_rows == base.customers.count().execute()
    con.disconnect()
    return {
        "base": grouped - began,
        "fit": fitted - grouped,
        "predict": ended - fitted,
        "score": ended - began,
    }


def peak_mb() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
