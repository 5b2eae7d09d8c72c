"""Codes by the million: loaded from a file that was made elsewhere, made here, and exported."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings

from loyalty.codes_cast import a_card_set, a_set
from stamgast.cli import stamgast as command_line
from stamgast.events.actions import ask, claim
from stamgast.events.models import Event, Job
from stamgast.loyalty.codes.actions import Loaded, add_code, load_codes
from stamgast.loyalty.codes.errors import BadCodeSet
from stamgast.loyalty.codes.files import count_lines, lines_of
from stamgast.loyalty.codes.queries import code_texts
from stamgast.loyalty.models import CodeSet
from stamgast.loyalty.programme_jobs import NoLongerOurs, load_code_file

pytestmark = pytest.mark.django_db


def test_takes_over_codes_from_a_file_and_tells_which_lines_brought_none(at: datetime) -> None:
    other = a_set(at, "TAKEN-1")
    made = a_set(at)
    lines = [
        "\ufeffCode;Valid\n", "abc-123;2027\n", "\n", '"DEF456",\n', "no good!\n", "ABC123\n", "TAKEN1\n"
    ]  # fmt: skip
    loaded = load_codes(made, lines, at=at)
    assert (loaded.lines, loaded.made, loaded.known, loaded.elsewhere, loaded.bad) == (
        7,
        2,
        1,
        1,
        1,
    )
    assert loaded.told == [
        (5, "no good!", "no_code"), (6, "ABC123", "twice"), (7, "TAKEN1", "elsewhere")
    ]  # fmt: skip
    again = load_codes(made, lines, at=at)
    assert (again.made, again.known, again.elsewhere) == (0, 3, 1)
    assert set(made.codes.values_list("text", flat=True)) == {"ABC123", "DEF456"}
    assert other.codes.count() == 1


def test_a_file_that_was_interrupted_goes_on_where_it_was_kept(at: datetime) -> None:
    made = a_set(at)
    lines = [f"CODE{number:05}\n" for number in range(3_000)] + ["?\n", "CODE00007\n"]
    kept: list[dict[str, object]] = []

    def keep(loaded: Loaded) -> None:
        if len(kept) == 2:
            raise KeyboardInterrupt
        kept.append(loaded.as_facts())

    with pytest.raises(KeyboardInterrupt):
        load_codes(made, lines, at=at, keep=keep)
    half = Loaded(**kept[-1])  # type: ignore[arg-type]
    assert 0 < made.codes.count() == half.made < 3_000
    loaded = load_codes(made, lines, at=at, so_far=half)
    assert (loaded.lines, loaded.made, loaded.known, loaded.bad) == (3_002, 3_000, 1, 1)
    assert [line for line, _, _ in loaded.told] == [3_001, 3_002]
    assert load_codes(made, lines, at=at, so_far=loaded) == loaded
    assert Event.objects.get(kind="codes_made").facts == {"codes": 3_000}
    assert len(list(code_texts(made))) == 3_000


def test_a_file_of_one_endless_line_is_no_code_and_costs_no_memory(tmp_path: Path) -> None:
    file = tmp_path / "codes.txt"
    file.write_bytes(b"\xff" * 3_000_000 + b"\nGOOD-1\nGOOD-2")
    lines = list(lines_of(file))
    assert count_lines(file) == 3
    assert [len(lines[0]), *lines[1:]] == [1_000, "GOOD-1\n", "GOOD-2"]


def test_refuses_to_load_gift_cards_that_have_an_amount_each(at: datetime) -> None:
    with pytest.raises(BadCodeSet):
        load_codes(a_card_set(at), ["ABC123"], at=at)


def _job(made: CodeSet, file: Path, at: datetime) -> Job:
    kept = Path(settings.MEDIA_ROOT) / file.name
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(file.read_bytes())
    ask("load_codes", at=at, by="user:1", facts={"set": made.pk, "file": kept.name})
    job = claim(worker="one", at=at, kinds=["load_codes"])
    assert job is not None
    return job


def test_a_file_is_loaded_behind_the_screens_and_a_lost_job_writes_nothing(
    at: datetime, tmp_path: Path
) -> None:
    file = tmp_path / "autumn.txt"
    file.write_text("\n".join(f"CODE{number:05}" for number in range(1_200)) + "\nno good!\n")
    made = a_set(at)
    job = _job(made, file, at)
    Job.objects.filter(pk=job.pk).update(claimed_by="another")
    with pytest.raises(NoLongerOurs):
        load_code_file(job)
    assert made.codes.count() == 0
    Job.objects.filter(pk=job.pk).update(claimed_by=job.claimed_by)
    result = load_code_file(job)
    assert (result["made"], result["bad"]) == (1_200, 1)
    assert not (Path(settings.MEDIA_ROOT) / file.name).exists()
    again = Job.objects.get(pk=job.pk)  # as of a worker that died before it said that it was done
    assert load_code_file(again) == json.loads(json.dumps(result))
    assert made.codes.count() == 1_200


def test_a_file_that_cannot_be_loaded_does_not_stay(at: datetime, tmp_path: Path) -> None:
    file = tmp_path / "cards.txt"
    file.write_text("CODE1\n")
    job = _job(a_card_set(at), file, at)
    kept = Path(settings.MEDIA_ROOT) / file.name
    for attempts, stays in ((1, True), (3, False)):
        job.attempts = attempts
        with pytest.raises(BadCodeSet):
            load_code_file(job)
        assert kept.exists() is stays


def test_commands_make_load_and_export_codes(at: datetime, tmp_path: Path) -> None:
    def run(*args: str) -> Any:
        done = CliRunner().invoke(command_line, ["codes", *args])
        assert done.exit_code == 0, done.output
        return done.stdout

    autumn, spring = a_set(at, name="Autumn"), a_set(at, name="Spring")
    assert json.loads(run("make", "Autumn", "1500", "--prefix", "AU", "--json")) == {"codes": 1500}
    file = tmp_path / "codes.csv"
    run("export", str(autumn.pk), str(file))
    texts = file.read_text().split()
    assert (texts[0], len(texts)) == ("code", 1_501)
    told = run("load", "Spring", str(file))
    assert "1,500 belong to another set" in told
    assert "line 2: " in told
    autumn.codes.all().delete()
    assert "1,500 codes came in" in run("load", "Spring", str(file))
    assert "1,500 were there" in run("load", "Spring", str(file))
    assert "Spring" in run("list")
    add_code(spring, "USED", at=at)
    spring.codes.filter(text="USED").update(uses=1)
    assert "USED" not in run("export", "Spring", "-").split()
    assert "USED" in run("export", "Spring", "-", "--all")
    assert CliRunner().invoke(command_line, ["codes", "export", "None", "-"]).exit_code == 2
