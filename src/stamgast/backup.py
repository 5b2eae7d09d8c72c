"""Backups: one file that holds the database, the secret key and the uploads of a home."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import connection

from stamgast import __version__
from stamgast.kernel import Refusal

_FOLDERS = ("uploads",)


class BackupRefused(Refusal):
    """No backup was made or restored: the facts say why."""

    code: ClassVar[str] = "backup_refused"


def back_up(folder: Path, *, label: str = "backup") -> Path:
    """Write the whole home into one file of the folder, while the shop runs on.

    Refuses when PostgreSQL is used and its own tool pg_dump is not there.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"stamgast-{label}-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"
    draft = folder / f".{name}.part"
    with tempfile.TemporaryDirectory(dir=settings.HOME) as scratch:
        database = _dump(Path(scratch))
        about = {
            "version": __version__,
            "made_at": datetime.now(UTC).isoformat(),
            "database": database.name,
        }
        draft.touch(mode=0o600)  # before anything is in it: the secret key is
        with tarfile.open(draft, "w:gz", compresslevel=3) as archive:
            _add_text(archive, scratch, "about.json", json.dumps(about))
            archive.add(database, arcname=database.name)
            key = settings.HOME / "secret.key"
            if key.exists():
                archive.add(key, arcname="secret.key")
            for part in _FOLDERS:
                if (settings.HOME / part).exists():
                    archive.add(settings.HOME / part, arcname=part)
    return draft.replace(folder / name)


def restore(file: Path, *, replace: bool = False) -> dict[str, str]:
    """Put a backup back into this home, which must be empty unless `replace` is asked for.

    What stood there is moved aside, never deleted. Refuses a file that is no backup.
    """
    if not tarfile.is_tarfile(file):
        raise BackupRefused(reason="no_backup", file=file.name)
    with tempfile.TemporaryDirectory(dir=settings.HOME) as scratch:
        with tarfile.open(file) as archive:
            archive.extractall(scratch, filter="data")
        inside = Path(scratch)
        if not (inside / "about.json").is_file():
            raise BackupRefused(reason="no_backup", file=file.name)
        about: dict[str, str] = json.loads((inside / "about.json").read_text("utf-8"))
        _load(inside / about["database"], replace=replace)
        for part in ("secret.key", *_FOLDERS):
            if (inside / part).exists():
                _set_aside(settings.HOME / part)
                shutil.move(inside / part, settings.HOME / part)
    return about


def keep_newest(folder: Path, *, label: str, count: int) -> None:
    """Delete all but the newest backups of one label."""
    for old in sorted(folder.glob(f"stamgast-{label}-*.tar.gz"))[:-count]:
        old.unlink()


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def _dump(scratch: Path) -> Path:
    if _is_sqlite():
        target = scratch / "stamgast.sqlite3"
        connection.ensure_connection()
        with sqlite3.connect(target) as copy:
            connection.connection.backup(copy, pages=2000, sleep=0.002)
        copy.close()
        return target
    target = scratch / "stamgast.pgdump"
    _run("pg_dump", "--format=custom", "--no-owner", f"--file={target}")
    return target


def _load(dump: Path, *, replace: bool) -> None:
    tables = connection.introspection.table_names()
    is_empty = "stamgast_user" not in tables
    if not is_empty and not replace:
        raise BackupRefused(reason="home_not_empty")
    if _is_sqlite() != (dump.suffix == ".sqlite3"):
        raise BackupRefused(reason="other_database", database=connection.vendor)
    if _is_sqlite():
        connection.close()
        database = Path(settings.DATABASES["default"]["NAME"])
        for part in (database, *(database.with_name(database.name + s) for s in ("-wal", "-shm"))):
            _set_aside(part)
        shutil.move(dump, database)
    else:
        connection.close()
        _run(
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--exit-on-error",
            "--dbname=" + settings.DATABASES["default"]["NAME"],
            str(dump),
        )


def _run(tool: str, *args: str) -> None:
    import os

    database = settings.DATABASES["default"]
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    given = {env: str(database[key]) for env, key in names.items() if database.get(key)}
    given["PGDATABASE"] = str(connection.settings_dict["NAME"])
    path = shutil.which(tool)
    if path is None:
        raise BackupRefused(reason="tool_missing", tool=tool)
    done = subprocess.run(  # noqa: S603 - a fixed tool, no shell
        [path, *args], env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupRefused(reason="tool_failed", tool=tool, said=done.stderr.strip()[-500:])


def _set_aside(path: Path) -> None:
    if path.exists():
        path.rename(path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}"))


def _add_text(archive: tarfile.TarFile, scratch: str, name: str, text: str) -> None:
    file = Path(scratch) / name
    file.write_text(text, "utf-8")
    archive.add(file, arcname=name)
