"""The commands answer in words and in JSON, and say no without a traceback."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner, Result

from scoring.shops import fill_shop
from stamgast.campaigns.advice import ADVICE, CONTROL_GROUP
from stamgast.cli import stamgast
from stamgast.measurement.actions import draw_standing, open_standing
from stamgast.scoring.export import COLUMNS
from stamgast.scoring.models import Score
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "order_number,ordered_at,customer_id,sku,quantity,unit_price,currency\n"


def run(*args: str, **options: Any) -> Result:
    return CliRunner().invoke(stamgast, [str(arg) for arg in args], **options)


def last_json(result: Result) -> dict[str, Any]:
    facts = json.loads(result.stdout.strip().splitlines()[-1])
    assert isinstance(facts, dict)
    return facts


def orders_file(folder: Path, *rows: str) -> Path:
    file = folder / "orders.csv"
    file.write_text(HEADER + "\n".join(rows) + "\n", "utf-8")
    return file


def test_an_import_ends_with_counts_that_add_up(tmp_path: Path) -> None:
    file = orders_file(tmp_path, "1,2026-10-01,a,KB1,2,12.50,EUR", "2,2026-10-02,b,KB1,x,12.50,EUR")
    facts = last_json(run("import", file, "--json"))
    assert (facts["read"], facts["imported"], facts["quarantined"]) == (2, 1, 1)
    again = last_json(run("import", file, "--json"))
    assert (again["imported"], again["unchanged"], again["quarantined"]) == (0, 1, 1)


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    file = orders_file(tmp_path, "1,2026-10-01,a,KB1,2,12.50,EUR")
    assert last_json(run("import", file, "--dry-run", "--json"))["imported"] == 1
    assert last_json(run("import", file, "--json"))["imported"] == 1


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02noise" * 50], ids=["empty", "noise"])
def test_an_unreadable_file_ends_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "orders.xlsx"
    file.write_bytes(content)
    refused = run("import", file, "--json")
    assert refused.exit_code == 1
    assert refused.exception is None or isinstance(refused.exception, SystemExit)
    assert refused.stderr.strip()
    assert last_json(refused)["error"]


def test_a_map_without_a_field_is_a_wrong_call(tmp_path: Path) -> None:
    file = orders_file(tmp_path, "1,2026-10-01,a,KB1,2,12.50,EUR")
    assert run("import", file, "--map", "quantity").exit_code == 2


def test_a_report_before_the_first_scoring_says_what_to_do() -> None:
    refused = run("report")
    assert refused.exit_code == 1
    assert "stamgast score" in refused.stderr


def test_scores_reports_and_exports(tmp_path: Path, at: datetime) -> None:
    fill_shop(150, at=at)
    assert last_json(run("score", "--as-of", "2026-11-20", "--json"))["customers"] == 150
    facts = last_json(run("report", "--json"))
    assert facts["customers"] == sum(facts["stages"].values()) == 150
    assert "At stake" in run("report").stdout
    assert last_json(run("report", "--json", "--country", "BE"))["customers"] < 150
    assert run("report", "--country", "XX").exit_code == 1
    assert run("report", "--country", "BE", "--shop", "x").exit_code == 2

    file = tmp_path / "scores.parquet"
    assert run("export", file).exit_code == 0
    table = parquet.read_table(file)
    assert table.num_rows == 150
    assert table.column_names == list(COLUMNS)
    assert isinstance(table["first_day"][0].as_py(), date)
    told = json.loads((tmp_path / "scores.parquet.columns.json").read_text("utf-8"))
    assert [column["name"] for column in told["columns"]] == table.column_names
    assert all(column["meaning"] for column in told["columns"])


def test_a_report_counts_nobody_for_a_step_whom_the_lot_left_out(at: datetime) -> None:
    fill_shop(150, at=at)
    run("score", "--as-of", "2026-11-20")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)  # the command reads the clock
    open_standing(0.3, name="Standing", at=long_ago, key="standing")
    draw_standing(at=long_ago)
    out = Score.objects.filter(customer__lots__arm__is_control=True, step__in=ADVICE)
    steps = last_json(run("report", "--json"))["steps"]
    kept = [row["customers"] for row in steps if row["reason"] == CONTROL_GROUP]
    assert kept == [out.count()] != [0]
    for row in steps:
        of = Score.objects.filter(step=row["step"], reason=row["reason"])
        if row["step"] in ADVICE:
            assert row["customers"] == of.exclude(pk__in=out.values("pk")).count()


def test_an_export_before_the_first_scoring_is_refused(tmp_path: Path) -> None:
    refused = run("export", tmp_path / "scores.csv")
    assert refused.exit_code == 1
    assert not (tmp_path / "scores.csv").exists()


def test_employees_are_added_listed_and_closed() -> None:
    password = ["--password", "kade-molen-ketel"]
    assert run("user", "add", "anna@example.nl", "--role", "admin", *password).exit_code == 0
    assert run("user", "add", "bram@example.nl", *password).exit_code == 0
    weak = run("user", "add", "carla@example.nl", "--password", "password")
    assert weak.exit_code == 1
    assert run("user", "close", "bram@example.nl").exit_code == 0
    users = {user["email"]: user for user in last_json(run("user", "list", "--json"))["users"]}
    assert users["bram@example.nl"]["is_active"] is False
    assert "carla@example.nl" not in users
    last = run("user", "close", "anna@example.nl")
    assert last.exit_code == 1
    assert User.objects.get(email="anna@example.nl").is_active


def test_the_doctor_finds_what_is_missing_and_says_how_to_mend_it() -> None:
    ill = run("doctor", "--json")
    assert ill.exit_code == 1
    findings = {finding["check"]: finding for finding in last_json(ill)["findings"]}
    assert findings["users"]["state"] == "bad"
    assert findings["users"]["advice"]
    assert findings["database"]["state"] == "good"
    run("user", "add", "anna@example.nl", "--role", "admin", "--password", "kade-molen-ketel")
    assert run("doctor").exit_code == 0
