"""Runs the commands of the tutorial: `python tests/stories/tutorial.py` renews their output."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "tutorial" / "first-steps.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def run_again(text: str) -> str:
    """Return the page with the output of every command as it is now."""
    with tempfile.TemporaryDirectory() as home:
        environment = {k: v for k, v in os.environ.items() if k != "STAMGAST_DATABASE_URL"}
        environment |= {"STAMGAST_HOME": home, "PYTHONWARNINGS": "ignore"}

        def renew(block: re.Match[str]) -> str:
            commands = [line for line in block[1].splitlines() if line.startswith("$ ")]
            shown = [line for command in commands for line in (command, *output(command))]
            return "```console\n" + "\n".join(shown) + "\n```"

        def output(command: str) -> list[str]:
            words = command.removeprefix("$ ./stamgast ").split()
            done = subprocess.run(
                [sys.executable, "-m", "stamgast", *words],
                cwd=REPOSITORY,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            return [line.rstrip() for line in done.stdout.splitlines()]

        return BLOCK.sub(renew, text)


if __name__ == "__main__":
    PAGE.write_text(run_again(PAGE.read_text("utf-8")), "utf-8")
