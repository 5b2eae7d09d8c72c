"""What the library offers, at what cost, and from which kinds of tables it works."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from datetime import date
from importlib import import_module
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import stamgast.insight as insight
from insight.text_tables import rows
from stamgast.insight.engine import as_table, connect

OFFERED = """
BGNBD CUSTOMERS Column CustomerBase GammaGamma Limits MBGNBD ORDERS RULES Rhythm Rule STAGES STEPS
TableError Thresholds as_table check connect customer_facts fit_rhythm monthly_totals next_steps
refuse_broken_values retention rfm_scores second_purchase stage_history stage_moves stage_summary
stages stages_before summarise_steps
"""

AS_OF = date(2024, 6, 30)

ARROW = pa.table(
    {
        "customer_id": ["anna", "anna", "anna", "bram"],
        "day": [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1), date(2024, 6, 1)],
        "margin": [5.0, 6.0, 7.0, 8.0],
    }
)


def run(code: str) -> str:
    """Run code in a process of its own, as this one has long loaded everything."""
    source = str(Path(insight.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": source},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("package", ["", ".value", ".bonds", ".radar"])
def test_every_public_name_says_what_it_does(package: str):
    module = import_module(f"stamgast.insight{package}")
    offered = [(name, getattr(module, name)) for name in module.__all__]
    things = [(n, o) for n, o in offered if inspect.isclass(o) or inspect.isfunction(o)]
    silent = [name for name, thing in things if not inspect.getdoc(thing)]
    for name, thing in things:
        if inspect.isclass(thing):
            for part, member in vars(thing).items():
                function = member.fget if isinstance(member, property) else member
                function = getattr(function, "__func__", function)
                if not part.startswith("_") and inspect.isfunction(function):
                    silent += [] if inspect.getdoc(function) else [f"{name}.{part}"]
    assert things
    assert not silent


def test_offers_exactly_these_names():
    assert sorted(insight.__all__) == OFFERED.split()
    assert set(insight.__all__) <= set(dir(insight))


def test_every_name_offered_is_there():
    for name in insight.__all__:
        assert getattr(insight, name) is not None, name


def test_refuses_a_name_it_does_not_offer():
    with pytest.raises(AttributeError, match="no attribute 'crystal_ball'"):
        _ = insight.crystal_ball


def test_importing_costs_next_to_nothing():
    loaded = run(
        "import sys, stamgast.insight;"
        "print([name for name in ('ibis', 'duckdb', 'numpy', 'scipy', 'pandas') "
        "if name in sys.modules])"
    )
    assert loaded == "[]"
    timing = run(
        "import time; began = time.perf_counter(); import stamgast.insight;"
        "print(time.perf_counter() - began)"
    )
    assert float(timing) < 0.3


def test_works_without_django():
    said = run(
        """
import sys
from datetime import date
import stamgast.insight as insight
orders = {"customer_id": [1, 1, 2], "day": [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]}
day = date(2024, 6, 30)
rhythm = insight.fit_rhythm(orders, day)
facts = insight.customer_facts(orders, as_of=day)
stages = insight.stages(facts, rhythm, day)
steps = insight.next_steps(stages, day)
for result in (facts, stages, steps, insight.rfm_scores(facts, day),
               insight.stage_history(orders, as_of=day), insight.retention(orders, as_of=day),
               insight.second_purchase(orders, as_of=day), insight.summarise_steps(steps),
               insight.monthly_totals(orders, as_of=day), insight.stage_summary(stages)):
    assert result.to_pyarrow().num_rows > 0
print([name for name in sys.modules if name.split(".")[0] == "django"])
"""
    )
    assert said.splitlines()[-1] == "[]"


SOURCES = {
    "an Ibis table": lambda folder: ibis.memtable(ARROW),
    "an Arrow table": lambda folder: ARROW,
    "a pandas frame": lambda folder: ARROW.to_pandas(),
    "a pandas frame with moments": lambda folder: ARROW.to_pandas().assign(
        day=lambda frame: pd.to_datetime(frame["day"])
    ),
    "a Polars frame": lambda folder: pl.from_arrow(ARROW),
    "a lazy Polars frame": lambda folder: pl.from_arrow(ARROW).lazy(),
    "a DuckDB relation": lambda folder: duckdb.connect().from_arrow(ARROW),
    "a Parquet file": lambda folder: written(folder / "orders.parquet"),
    "a Parquet file by name": lambda folder: str(written(folder / "orders.parquet")),
    "a folder of Parquet files": lambda folder: written(folder / "orders.parquet").parent,
    "a CSV file": lambda folder: written(folder / "orders.csv"),
}


def written(path: Path) -> Path:
    (pyarrow.csv.write_csv if path.suffix == ".csv" else pq.write_table)(ARROW, path)
    return path


@pytest.mark.parametrize("kind", SOURCES)
def test_reads_orders_from(kind, tmp_path):
    source = SOURCES[kind](tmp_path)
    facts = insight.customer_facts(source, as_of=AS_OF)
    assert rows(facts, "customer_id", "gaps", "margin", "days_silent") == [
        ("anna", 2, 18.0, 121),
        ("bram", 0, 8.0, 29),
    ]
    assert insight.fit_rhythm(source, AS_OF) == insight.fit_rhythm(ARROW, AS_OF)
    counted = insight.second_purchase(source, as_of=AS_OF)
    assert rows(counted, "intake", "returned") == [(1, 0), (1, 1)]


@pytest.mark.parametrize("form", ["to_pandas", "to_pyarrow", "to_polars"])
def test_every_result_can_travel_on_as_a_frame(form):
    rhythm = insight.fit_rhythm(ARROW, AS_OF)
    facts = insight.customer_facts(ARROW, pa.table({"customer_id": ["daan"]}), as_of=AS_OF)
    found = insight.stages(getattr(facts, form)(), rhythm, AS_OF)
    assert rows(found) == rows(insight.stages(facts, rhythm, AS_OF))
    steps = insight.next_steps(getattr(found, form)(), AS_OF)
    assert rows(steps) == rows(insight.next_steps(found, AS_OF))
    scores = insight.rfm_scores(getattr(facts, form)(), AS_OF)
    assert rows(scores) == rows(insight.rfm_scores(facts, AS_OF))


@pytest.mark.parametrize("nonsense", [None, 3, object(), {"day": [1, 2], "x": [1]}])
def test_refuses_what_is_no_table(nonsense):
    with pytest.raises(TypeError, match="cannot read a table from"):
        as_table(nonsense)


def test_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        as_table(tmp_path / "orders.parquet")


def test_the_engine_keeps_to_its_limits_and_off_the_network(tmp_path):
    engine = connect(memory="256MB", threads=1, scratch=tmp_path)
    names = ("threads", "temp_directory", "TimeZone", "autoinstall_known_extensions")
    found = [engine.raw_sql(f"SELECT current_setting('{name}')").fetchone()[0] for name in names]
    assert found == [1, str(tmp_path), "UTC", False]
    limit = engine.raw_sql("SELECT current_setting('memory_limit')").fetchone()[0]
    assert limit.endswith("MiB")
