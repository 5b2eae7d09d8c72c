"""Lots and what came of them as a file, and verdicts from the command line."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner, Result

from measurement.efforts import begin, draw, effective, live, mark_known, order, usual
from scoring.shops import make_customers
from stamgast.cli import stamgast
from stamgast.measurement.errors import NothingToJudge
from stamgast.measurement.export import COLUMNS, write_lots_and_outcomes
from stamgast.measurement.models import Lot

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
LOT_DAY = date(2026, 3, 1)


def run(*args: str) -> Result:
    return CliRunner().invoke(stamgast, list(args))


def test_a_row_holds_the_lot_and_what_was_bought_around_it(tmp_path: Path, at: datetime) -> None:
    lots = draw(begin(), make_customers(6, at))
    mine = lots[0]
    for n, (day, margin) in enumerate([(-1, 100), (0, 200), (59, 300), (60, 400), (150, 500)]):
        facts = {"discount_minor": 50} if n == 1 else {}
        order(mine.customer_id, LOT_DAY + timedelta(days=day), margin, f"n{n}", **facts).save()
    file = tmp_path / "lots.parquet"
    assert write_lots_and_outcomes(file, as_parquet=True) == 6
    rows = {row["customer_id"]: row for row in parquet.read_table(file).to_pylist()}
    row = rows[mine.customer_id]
    assert list(row) == list(COLUMNS)
    assert (row["arm"], row["is_control"], row["unit"]) == (
        mine.arm.code,
        mine.arm.is_control,
        mine.unit,
    )
    assert (row["customer_key"], row["probability"]) == ("k1", 0.5)
    assert str(row["until"])[:10] == "2026-04-30"
    told = ("margin_before", "margin", "margin_after", "orders", "discount")
    assert [row[name] for name in told] == [1.0, 5.0, 4.0, 2, 0.5]
    other = rows[lots[1].customer_id]
    assert (other["orders"], other["margin"]) == (0, 0.0)
    meant = json.loads((tmp_path / "lots.parquet.columns.json").read_text("utf-8"))
    assert [one["name"] for one in meant["columns"]] == list(COLUMNS)


def test_refuses_to_export_lots_that_were_never_drawn(tmp_path: Path) -> None:
    with pytest.raises(NothingToJudge):
        write_lots_and_outcomes(tmp_path / "lots.csv", as_parquet=False)
    refused = run("export", str(tmp_path / "lots.csv"), "--lots")
    assert refused.exit_code == 1
    assert "No lot was drawn yet" in refused.stderr


def test_the_command_judges_in_words_and_in_json(tmp_path: Path, at: datetime) -> None:
    nothing = run("verdicts")
    assert nothing.exit_code == 0
    assert "No effort" in nothing.stdout
    live(draw(begin(), make_customers(500, at)), effective(usual(0.9), usual(0.4)))
    mark_known(LOT_DAY + timedelta(days=150))
    told = json.loads(run("verdicts", "--json").stdout.strip().splitlines()[-1])["verdicts"]
    assert [(one["code"], one["reason"]) for one in told] == [("worked", "proven")]
    words = run("verdicts", "--as-of", "2026-05-20").stdout
    assert words.startswith("Save offer e1: Worked so far.")
    assert "<" not in words
    file = tmp_path / "lots.csv"
    assert "500 lots in" in run("export", str(file), "--lots").stdout
    assert file.read_text("utf-8").count("\n") == 501
    assert Lot.objects.count() == 500
