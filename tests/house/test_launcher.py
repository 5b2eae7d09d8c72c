"""One command sets everything up, tells what it does, and mends what was cut short."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from house.plan import REPOSITORY, files
from house.small_checkout import Checkout

LAUNCHER = (REPOSITORY / "stamgast").read_text("utf-8")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that has been started once; the folder has a space in its name."""
    folder = tmp_path_factory.mktemp("a shop")
    checkout = Checkout(folder / "checkout", folder / "wheels")
    start = checkout.start("demo").end()
    assert start.code == 0, start.said
    assert "Fetching and installing 1 packages" in start.said
    assert "Stamgast is set up, in" in start.said
    return checkout


@pytest.fixture
def fresh(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout", tmp_path / "wheels")


def test_an_old_python_can_read_the_launcher() -> None:
    ast.parse(LAUNCHER, feature_version=(3, 6))
    assert LAUNCHER.index("sys.exit(2)") < LAUNCHER.index("import tomllib")


def test_an_old_python_is_told_what_is_needed(fresh: Checkout) -> None:
    start = fresh.start(before="import sys; sys.version_info = (3, 10, 2, 'final', 0)").end()
    assert start.code == 2
    assert start.said.startswith("Stamgast needs Python 3.11 or newer")
    assert start.said.count("\n") == 1
    assert not fresh.venv.exists()


def test_a_python_without_venv_is_told_what_to_install(fresh: Checkout) -> None:
    start = fresh.start(before="import sys; sys.modules['ensurepip'] = None").end()
    version = "{}.{}".format(*sys.version_info)
    assert start.code == 2
    assert f"sudo apt install python{version}-venv" in start.said
    assert start.said.count("\n") == 1


def test_everything_else_goes_to_the_command_line(ready: Checkout) -> None:
    start = ready.start("import", "a file.csv", "--json", "seven").end()
    assert start.code == 7
    assert start.answer == [
        ["import", "a file.csv", "--json", "seven"],
        str(ready.folder / "var"),
        "1",
    ]


def test_without_arguments_it_asks_for_help(ready: Checkout) -> None:
    assert ready.start().end().answer[0] == ["--help"]


def test_a_home_that_was_chosen_is_kept(ready: Checkout, tmp_path: Path) -> None:
    start = ready.start("demo", STAMGAST_HOME=str(tmp_path)).end()
    assert start.answer[1] == str(tmp_path)


def test_a_second_start_does_nothing_first(ready: Checkout) -> None:
    start = ready.start("demo", PIP_FIND_LINKS="").end()
    assert start.code == 0
    assert start.said == ""


def test_byte_code_is_kept_in_the_environment_and_not_beside_the_sources(ready: Checkout) -> None:
    ready.start("demo", PYTHONDONTWRITEBYTECODE="1", PYTHONPYCACHEPREFIX="").end()
    assert list((ready.venv / "bytecode").rglob("pinned.*.pyc"))
    assert not list((ready.folder / "src").rglob("__pycache__"))


def test_changed_requirements_are_installed(fresh: Checkout) -> None:
    fresh.start().end()
    made_at = (fresh.venv / "pyvenv.cfg").stat().st_mtime_ns
    fresh.pin("2")
    start = fresh.start().end()
    assert start.answer[2] == "2"
    assert (fresh.venv / "pyvenv.cfg").stat().st_mtime_ns == made_at  # added to, not made anew


@pytest.mark.long
def test_a_checkout_that_moved_sets_itself_up_again(fresh: Checkout, tmp_path: Path) -> None:
    fresh.start().end()
    fresh.folder = fresh.folder.rename(tmp_path / "moved")
    fresh.venv = fresh.folder / ".venv"
    start = fresh.start().end()
    assert "belongs to another place" in start.said
    assert start.answer[1] == str(fresh.folder / "var")


def test_a_package_that_is_not_the_pinned_one_is_refused(fresh: Checkout) -> None:
    runtime = fresh.folder / "requirements" / "runtime.txt"
    runtime.write_text(f"pinned==1 \\\n    --hash=sha256:{'0' * 64}\n")
    start = fresh.start().end()
    assert start.code == 2
    assert "is not the one that is pinned" in start.said
    assert start.out == ""


def test_without_a_network_it_says_so_and_goes_on_later(fresh: Checkout) -> None:
    nobody = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "1"}
    start = fresh.start(PIP_FIND_LINKS="", **nobody).end()
    log = fresh.venv / "install.log"
    assert start.code == 2
    assert "the package index cannot be reached" in start.said
    assert str(log) in start.said
    assert "ERROR" in log.read_text("utf-8")
    assert fresh.start().end().code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_an_installation_that_was_killed_is_mended(fresh: Checkout) -> None:
    killed = fresh.start()
    while fresh.stamp.get("state") != "installing":
        time.sleep(0.01)
    killed.process.kill()
    killed.end()
    start = fresh.start().end()
    assert "was cut short" in start.said
    assert start.code == 0
    assert start.answer[2] == "1"


def test_two_starts_at_once_set_up_once(fresh: Checkout) -> None:
    both = [fresh.start("one"), fresh.start("two")]
    said = [start.end().said for start in both]
    assert [start.answer[0] for start in both] == [["one"], ["two"]]
    assert sum("Setting Stamgast up" in text for text in said) == 1
    assert sum("Another start is setting Stamgast up" in text for text in said) == 1


@pytest.mark.long
def test_an_environment_of_somebody_else_is_used_not_wiped(fresh: Checkout) -> None:
    subprocess.run([sys.executable, "-m", "venv", fresh.venv], check=True)
    theirs = fresh.venv / "theirs.txt"
    theirs.touch()
    assert fresh.start().end().code == 0
    assert theirs.exists()


@pytest.mark.parametrize("name", ["runtime", "build", "test", "bench"])
def test_every_requirement_is_pinned_with_a_hash(name: str) -> None:
    text = (REPOSITORY / "requirements" / f"{name}.txt").read_text("utf-8")
    pinned = re.compile(r"[\w.-]+(\[\w+\])?==[^\n]+\n\s+--hash=sha256:")
    loose = [pin for pin in re.split(r"\n(?=\S)", text.strip()) if not pinned.match(pin)]
    assert not loose
    assert "://" not in text


@pytest.mark.long
def test_a_clean_machine_is_set_up_within_minutes(tmp_path: Path) -> None:
    """The real checkout with an empty home and an empty pip cache; needs the network."""
    folder = tmp_path / "clone"
    for path in files():
        copy = folder / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STAMGAST_")}
    empty = {"HOME": str(tmp_path / "home"), "PIP_CACHE_DIR": str(tmp_path / "cache")}

    def start(*arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
        began = time.monotonic()
        command = [sys.executable, str(folder / "stamgast"), *arguments]
        ended = subprocess.run(command, env={**kept, **empty}, capture_output=True, text=True)
        return ended, time.monotonic() - began

    first, took = start("--version")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Stamgast ")
    assert took < 300
    second, took_again = start("--version")
    assert (second.stdout, second.stderr) == (first.stdout, "")
    assert took_again < 2
    assert json.loads((folder / ".venv" / "stamgast.json").read_text())["state"] == "ready"
