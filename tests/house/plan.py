"""The house as the rules see it: its rooms, their order, its files."""

from __future__ import annotations

import ast
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "stamgast"
_LEFT_OUT = {"__pycache__", "node_modules", "var", "dist", "build"}


def rooms() -> list[Path]:
    """Every folder with tables or use cases: those are the rooms."""
    signs = ("models.py", "actions.py", "actions")
    folders = (folder for folder in SOURCE.iterdir() if folder.is_dir())
    return sorted(folder for folder in folders if any((folder / sign).exists() for sign in signs))


@cache
def layers() -> dict[str, int]:
    """How high each room stands, the kernel at 0, as import-linter is told in pyproject.toml."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    lines = next(contract["layers"] for contract in contracts if contract["id"] == "rooms")
    return {
        name.strip(" ()"): height
        for height, line in enumerate(reversed(lines))
        for name in line.replace("|", ":").split(":")
    }


@cache
def files() -> list[Path]:
    """What is in the repository or about to be; without git, what lies in the checkout."""
    git = shutil.which("git")
    if git and (REPOSITORY / ".git").exists():
        asked = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        answer = subprocess.run([git, *asked], cwd=REPOSITORY, capture_output=True, text=True)
        if answer.returncode == 0:
            found = (REPOSITORY / name for name in answer.stdout.split("\0") if name)
            return sorted(path for path in found if path.is_file())
    return sorted(_walk(REPOSITORY))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        is_hidden = path.name.startswith(".") and path.name not in {".ci", ".gitignore"}
        if is_hidden or path.name in _LEFT_OUT:
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def modules(*patterns: str) -> list[Path]:
    """Python files of the package that match, such as `*/rules.py`."""
    return sorted({path for pattern in patterns for path in SOURCE.glob(pattern)})


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def shown(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()
