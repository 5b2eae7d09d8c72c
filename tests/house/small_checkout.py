"""A checkout as small as can be, to try the launcher on: real venv, real pip, no network.

It holds the real launcher, a package whose command line tells how it was called, one pinned wheel,
and a build backend of its own, so that setting up takes seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from house.plan import REPOSITORY

PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "stamgast"
version = "1"
"""
BACKEND = """
import pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "stamgast-1-py3-none-any.whl"
    info = "stamgast-1.dist-info/"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("stamgast.pth", str(pathlib.Path("src").resolve()))
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: stamgast\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
COMMAND_LINE = """
import json, os, sys
import pinned
print(json.dumps([sys.argv[1:], os.environ["STAMGAST_HOME"], pinned.VERSION]))
sys.exit(7 if "seven" in sys.argv else 0)
"""


class Checkout:
    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.wheels = wheels
        self.venv = folder / ".venv"
        package = folder / "src" / "stamgast"
        package.mkdir(parents=True)
        (folder / "requirements").mkdir()
        wheels.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / "stamgast", folder)
        (folder / "pyproject.toml").write_text(PROJECT)
        (folder / "backend.py").write_text(BACKEND)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(COMMAND_LINE)
        (folder / "requirements" / "build.txt").touch()
        self.pin("1")

    def pin(self, version: str) -> None:
        """Ask for this version of the one package that the checkout needs."""
        wheel = self.wheels / f"pinned-{version}-py3-none-any.whl"
        info = f"pinned-{version}.dist-info/"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr("pinned.py", f"VERSION = {version!r}\n")
            described = f"Metadata-Version: 2.1\nName: pinned\nVersion: {version}\n"
            file.writestr(info + "METADATA", described)
            file.writestr(info + "WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            file.writestr(info + "RECORD", "")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        runtime = self.folder / "requirements" / "runtime.txt"
        runtime.write_text(f"pinned=={version} \\\n    --hash=sha256:{digest}\n")

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("STAMGAST_", "PIP_"))}
        ours = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels.as_uri()}
        return {**kept, **ours, **changes}

    def start(self, *arguments: str, before: str = "", **changes: str) -> Start:
        """Run the launcher from another folder; `before` is Python to run in it first."""
        script = str(self.folder / "stamgast")
        command = [sys.executable, script, *arguments]
        if before:
            code = f"{before}; import runpy; runpy.run_path({script!r}, run_name='__main__')"
            command = [sys.executable, "-c", code, *arguments]
        return Start(
            subprocess.Popen(
                command,
                cwd=self.wheels,
                env=self.environment(**changes),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )

    @property
    def stamp(self) -> dict[str, Any]:
        try:
            stamp: dict[str, Any] = json.loads((self.venv / "stamgast.json").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        return stamp


class Start:
    """One start of the launcher, and how it ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def end(self) -> Start:
        self.out, self.said = self.process.communicate(timeout=120)
        self.code = self.process.returncode
        return self

    @property
    def answer(self) -> Any:
        return json.loads(self.out)
