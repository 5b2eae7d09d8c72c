"""Gives the tests a home of their own, before Django reads its settings.

Loaded as a pytest plugin (`-p own_home` in pyproject.toml) because the plugin for Django reads the
settings before any conftest. Workers of pytest-xdist each get a folder inside the first one's.
STAMGAST_DATABASE_URL is left as it is: the same tests run on PostgreSQL.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_WORKER = os.environ.get("PYTEST_XDIST_WORKER")


def _make_home() -> Path:
    if _WORKER:
        home = Path(os.environ["STAMGAST_TEST_HOMES"]) / _WORKER
        home.mkdir()
        return home
    homes = Path(tempfile.mkdtemp(prefix="stamgast-tests-"))
    atexit.register(shutil.rmtree, homes, ignore_errors=True)
    os.environ["STAMGAST_TEST_HOMES"] = str(homes)
    home = homes / "main"
    home.mkdir()
    return home


os.environ["STAMGAST_HOME"] = str(_make_home())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
