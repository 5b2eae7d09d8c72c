"""The feed: moves what scoring needs from the database to the engine, as Parquet files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from stamgast.customers.feed import contact_sql
from stamgast.sales.feed import contracts_sql, orders_sql


class FeedError(RuntimeError):
    """The reading process ended badly: its last words."""


def extract(folder: Path) -> dict[str, int]:
    """Write orders, customers and contracts to the folder; returns how many rows each has."""
    queries = {"orders": orders_sql(), "customers": contact_sql(), "contracts": contracts_sql()}
    return read(folder, queries)


def read(folder: Path, queries: dict[str, str]) -> dict[str, int]:
    """Write each query's rows to `folder/name.parquet`; returns how many rows each has.

    The reading happens in a process that never opens Django's connection (see `reader`).
    """
    order = {"database": _address(), "folder": str(folder), "queries": queries}
    done = subprocess.run(
        [sys.executable, "-m", "stamgast.scoring.reader"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise FeedError(done.stderr.strip().splitlines()[-1] if done.stderr else "no answer")
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def _address() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(database["NAME"])
    from urllib.parse import quote

    user = quote(database["USER"] or "", safe="")
    secret = f":{quote(database['PASSWORD'], safe='')}" if database["PASSWORD"] else ""
    who = f"{user}{secret}@" if user else ""
    port = f":{database['PORT']}" if database["PORT"] else ""
    return f"postgresql://{who}{database['HOST'] or 'localhost'}{port}/{quote(database['NAME'])}"


def scratch_folder() -> Path:
    """Return the folder for the engine's temporary files, inside the home."""
    folder = Path(settings.HOME) / "engine"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
