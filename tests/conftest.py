"""What every test may ask for: the shared data, a fixed time, a browser; and the option --long."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

# Nothing fails for how long it took: that tells of the machine.
hypothesis.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.load_profile("any machine")
pytest_plugins = ["cast"]  # Anna, Bram, Carla, Daan and Eva

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="also run long simulations, crash runs and installs"
    )
    parser.addoption(
        "--operations",
        type=int,
        default=500_000,
        help="points operations of the crash run on each database",
    )
    parser.addoption(
        "--seed", type=int, default=11, help="of the crash run: the same is asked again"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long; runs with ./stamgast test --long"))


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets that are too large to keep in the repository."""
    folder = Path(os.environ.get("STAMGAST_SHARED") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the shared data sets are absent: name their folder in STAMGAST_SHARED")
    return folder


@pytest.fixture(autouse=True)
def nothing_worked_out_before() -> None:
    """Rows are numbered anew in every test: what was worked out of the one before is not theirs."""
    cache.clear()


@pytest.fixture(autouse=True)
def the_same_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lots fall the same way every time: what a test says of a few hundred holds or it does not."""
    drawn = count(1)
    for room in ("measurement.actions", "plans.actions.drafting"):
        monkeypatch.setattr(f"stamgast.{room}.new_salt", lambda: f"{next(drawn):032x}")


@pytest.fixture
def at() -> datetime:
    """The moment at which tests happen."""
    return datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Let the test database be the one that a process of its own would open.

    SQLite: the file in the tests' home (of which each worker has one). PostgreSQL: a database with
    a suffix per worker, made by Django.
    """
    from django.conf import settings

    database = settings.DATABASES["default"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    is_file = database["ENGINE"].endswith("sqlite3")
    name = str(database["NAME"]) if is_file else f"test_{database['NAME']}_{worker}"
    database.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """Point programs that a test starts at the test database."""
    from django.db import connection

    url = os.environ.get("STAMGAST_DATABASE_URL")
    if not url:
        yield
        return
    parts = urlsplit(url)
    of_test = parts._replace(path="/" + quote(connection.settings_dict["NAME"]))
    os.environ["STAMGAST_DATABASE_URL"] = urlunsplit(of_test)
    yield
    os.environ["STAMGAST_DATABASE_URL"] = url


def find_chromium() -> str | None:
    named = os.environ.get("STAMGAST_CHROMIUM")
    names = (named,) if named else ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium of this machine, driven by Playwright; mark the test `browser`."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium: install it, or name it in STAMGAST_CHROMIUM")
    from playwright.sync_api import sync_playwright

    # Playwright's own event loop runs in this thread; Django would refuse its queries there.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    options = ["--disable-dev-shm-usage"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=options)
        yield chromium
        chromium.close()
