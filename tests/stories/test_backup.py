"""A backup made while the shop runs brings everything back, in this home or in an empty one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "STAMGAST_DATABASE_URL"}


def stamgast(home: Path, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stamgast", *args],
        env={**ENVIRONMENT, "STAMGAST_HOME": str(home)},
        capture_output=True,
        text=True,
        check=check,
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with orders, a user and an upload."""
    home = tmp_path_factory.mktemp("shop")
    orders = home / "orders.csv"
    lines = [
        f"{n},2026-10-{n % 28 + 1:02d},k{n % 7},koffie,2,12.50,EUR" for n in range(1, 60)
    ]  # fmt: skip
    header = "order_number,ordered_at,customer_id,sku,quantity,unit_price,currency"
    orders.write_text("\n".join([header, *lines]), "utf-8")
    stamgast(home, "import", str(orders))
    stamgast(home, "user", "add", "anna@example.nl", "--password", "kade-molen-ketel")
    stamgast(home, "score")
    (home / "uploads").mkdir(exist_ok=True)
    (home / "uploads" / "stock.csv").write_text("sku\n", "utf-8")
    return home


def test_comes_back_in_an_empty_home(shop: Path, tmp_path: Path) -> None:
    stamgast(shop, "backup", str(tmp_path / "safe"))
    (file,) = (tmp_path / "safe").iterdir()
    stamgast(tmp_path / "new", "restore", str(file))
    for command in (["report", "--json"], ["user", "list", "--json"]):
        assert stamgast(tmp_path / "new", *command).stdout == stamgast(shop, *command).stdout
    assert (tmp_path / "new" / "uploads" / "stock.csv").read_text("utf-8") == "sku\n"
    assert (tmp_path / "new" / "secret.key").read_text() == (shop / "secret.key").read_text()


def test_refuses_to_overwrite_a_shop(shop: Path, tmp_path: Path) -> None:
    stamgast(shop, "backup", str(tmp_path))
    (file,) = tmp_path.iterdir()
    refused = stamgast(shop, "restore", str(file), check=False)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert stamgast(shop, "user", "list", "--json").stdout


def test_moves_aside_what_it_replaces(shop: Path, tmp_path: Path) -> None:
    home = tmp_path / "other"
    shutil.copytree(shop, home)
    stamgast(shop, "backup", str(tmp_path / "safe"))
    (file,) = (tmp_path / "safe").iterdir()
    stamgast(home, "user", "add", "bram@example.nl", "--password", "kade-molen-ketel")
    stamgast(home, "restore", str(file), "--replace")
    assert "bram" not in stamgast(home, "user", "list", "--json").stdout
    assert list(home.glob("stamgast.sqlite3.before-*"))


@pytest.mark.parametrize("content", [b"", b"noise" * 100], ids=["empty", "noise"])
def test_refuses_a_file_that_is_no_backup(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "backup.tar.gz"
    file.write_bytes(content)
    refused = stamgast(tmp_path / "home", "restore", str(file), check=False)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def test_keeps_the_newest_seven_nightly_backups(shop: Path) -> None:
    folder = shop / "backups"
    folder.mkdir(exist_ok=True)
    for day in range(1, 10):
        (folder / f"stamgast-nightly-202610{day:02d}-030000.tar.gz").write_bytes(b"x")
    stamgast(shop, "backup", "--nightly")
    names = sorted(file.name for file in folder.glob("stamgast-nightly-*"))
    assert len(names) == 7
    assert names[0] == "stamgast-nightly-20261004-030000.tar.gz"
