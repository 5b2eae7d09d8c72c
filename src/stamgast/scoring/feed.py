"""The feed: moves what scoring needs from the database to the engine, as Parquet files."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection

from stamgast.customers.feed import answers_sql, contact_sql, contacts_sql
from stamgast.sales.feed import (
    contracts_sql,
    deliveries_sql,
    flagged_lines_sql,
    flags_sql,
    orders_sql,
    returns_sql,
)
from stamgast.sales.queries import flagged_products
from stamgast.scoring.evidence import ask_rooms


class FeedError(RuntimeError):
    """The reading process ended badly: its last words."""


class Reading:
    """A reading under way in a process that never opens Django's connection (see `reader`)."""

    def __init__(self, folder: Path, queries: dict[str, str]) -> None:
        self._answers = 0  # to come
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stamgast.scoring.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        # By its input, not its arguments: those anybody on the machine may read.
        self._say({"database": _address(), "folder": str(folder)})
        self.ask(queries)

    def ask(self, queries: dict[str, str]) -> None:
        """Ask for these as well; call it before `wait` has given the last answer."""
        self._say(queries)
        self._answers += 1

    def _say(self, what: dict[str, str]) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it ended: `wait` tells why
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()

    def wait(self) -> dict[str, int]:
        """Return how many rows each query gave; raises FeedError with its last words."""
        assert self._process.stdout is not None
        said = self._process.stdout.readline()
        if not said:
            _, complained = self._process.communicate()
            raise FeedError(complained.strip().splitlines()[-1] if complained else "no answer")
        self._answers -= 1
        if not self._answers:
            self._process.communicate()
        counts: dict[str, int] = json.loads(said)
        return counts

    def wait_for_later(self) -> dict[str, int]:
        """Return the same of what was read after the first, if anything; call `wait` before."""
        return self.wait() if self._answers else {}

    def stop(self) -> None:
        """End the reading when its answer is no longer wanted."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def extract(folder: Path, *, as_of: date | None = None) -> Reading:
    """Begin to write orders, customers and contracts to the folder.

    With a day, the last that may count, what tells of bonds follows (`wait_for_later`): for it the
    rooms above are asked too (`evidence`).
    """
    reading = Reading(folder, statements())
    if as_of is not None:  # it reads the orders while we put the rest together
        try:
            later = of_bonds(as_of, folder)
        except BaseException:
            reading.stop()
            raise
        reading.ask({**later, "deliveries": deliveries_sql(), "returns": returns_sql()})
    return reading


def statements() -> dict[str, str]:
    """Return what is read first, by name."""
    return {"orders": orders_sql(), "customers": contact_sql(), "contracts": contracts_sql()}


def of_bonds(as_of: date, folder: Path) -> dict[str, str]:
    """Return what to read of bonds beside orders and contracts; the rooms above are asked too."""
    wanted = {"answers": answers_sql(), "contacts": contacts_sql(), **ask_rooms(as_of, folder)}
    if flagged_products().exists():
        wanted |= {"flags": flags_sql(), "flagged": flagged_lines_sql()}
    return wanted


def _address() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(database["NAME"])
    from urllib.parse import quote

    user = quote(database["USER"] or "", safe="")
    secret = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    who = f"{user}{secret}@" if user else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    place = f"{database['HOST'] or 'localhost'}{port}/{quote(database['NAME'])}"
    return f"postgresql://{who}{place}?options=-c%20timezone%3DUTC"


def scratch_folder() -> Path:
    """Return the folder for the engine's temporary files, inside the home."""
    folder = Path(settings.HOME) / "engine"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
