"""The current scores as a file, with what its columns mean beside it."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from scoring.shops import AS_OF, fill_shop
from stamgast.customers.actions import record_answer
from stamgast.customers.models import Customer
from stamgast.sales.actions import record_contract
from stamgast.scoring.actions import score_base
from stamgast.scoring.errors import NothingScored
from stamgast.scoring.export import COLUMNS, write_scores
from stamgast.scoring.queries import bonds_of, score_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna(at: datetime) -> Customer:
    """The last of a scored shop, with an answer and a contract."""
    fill_shop(60, at=at)
    found = Customer.objects.order_by("pk").last()
    assert found is not None
    record_answer(found, question="nps", score=9, at=at)
    record_contract(found, number="c", started_on=date(2026, 1, 1), ends_on=date(2027, 1, 1), at=at)
    score_base(as_of=AS_OF, at=at, progress=lambda share, doing: None)
    return found


def test_a_row_says_what_the_screens_show(anna: Customer, tmp_path: Path) -> None:
    file = tmp_path / "scores.parquet"
    assert write_scores(file, as_parquet=True) == 60
    rows = parquet.read_table(file).to_pylist()
    assert list(rows[0]) == list(COLUMNS)
    hers, score, held = rows[-1], score_of(anna), bonds_of(anna)
    assert score is not None
    assert held is not None
    assert (hers["customer_key"], hers["stage"]) == (anna.key, score.stage)
    assert hers["margin"] == score.margin_minor / 100
    assert hers["p_alive"] == pytest.approx(score.p_alive)
    assert (hers["loyalty"], hers["emotional"]) == (held.kind, held.emotional)
    assert (hers["bond_ends"], str(hers["bond_ends_on"])[:10]) == ("legal", "2027-01-01")


def test_of_whom_nothing_was_seen_the_bonds_are_empty(anna: Customer, tmp_path: Path) -> None:
    file = tmp_path / "scores.parquet"
    write_scores(file, as_parquet=True)
    others = parquet.read_table(file).to_pylist()[:-1]
    assert {row["loyalty"] for row in others} == {"unknown"}
    assert {row["emotional"] for row in others} == {row["bond_ends_on"] for row in others} == {None}


def test_every_column_is_explained(anna: Customer, tmp_path: Path) -> None:
    file = tmp_path / "scores.csv"
    write_scores(file, as_parquet=False)
    with file.open(encoding="utf-8", newline="") as opened:
        assert next(csv.reader(opened)) == list(COLUMNS)
    told = json.loads((tmp_path / "scores.csv.columns.json").read_text("utf-8"))
    assert [column["name"] for column in told["columns"]] == list(COLUMNS)
    assert all(column["meaning"] for column in told["columns"])
    assert told["as_of"] == AS_OF.isoformat()


def test_refuses_before_the_first_scoring(db: None, tmp_path: Path) -> None:
    with pytest.raises(NothingScored):
        write_scores(tmp_path / "scores.csv", as_parquet=False)
