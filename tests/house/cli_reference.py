"""Writes docs/reference/cli.md from the commands: `python tests/house/cli_reference.py`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from stamgast.cli import stamgast

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "cli.md"
HEAD = """# Command line

Made from the commands' own help by `python tests/house/cli_reference.py`. In a checkout
`./stamgast` is the launcher: the first start installs what is needed, `./stamgast test` runs the
tests, and everything else is the command line below. After `pip install` it is called `stamgast`.

Commands that a program may read take `--json` and end with one line of JSON on standard output;
progress and sentences for people go to standard error. Exit status: 0 done, 1 refused or something
must be mended, 2 called wrongly.
"""


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Give each command that is shown, with its full name."""
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            found = command.get_command(context, part)
            if found is not None and not found.hidden:
                yield from commands(found, f"{name} {part}")


def page() -> str:
    """Return the whole page."""
    return HEAD + "".join(
        _section(name, command) for name, command in commands(stamgast, "stamgast")
    )


def _section(name: str, command: click.Command) -> str:
    arguments = [p.human_readable_name for p in command.params if isinstance(p, click.Argument)]
    text = inspect.cleandoc(command.help or "").replace("\b\n", "")
    lines = [f"\n## {' '.join([name, *arguments])}\n", _quoted_examples(text), ""]
    options = [p for p in command.params if isinstance(p, click.Option)]
    if options:
        lines += ["| option | meaning |", "|---|---|"]
        lines += [_row(option) for option in options]
        lines.append("")
    return "\n".join(lines)


def _quoted_examples(text: str) -> str:
    """Indent the lines of examples, which help texts indent by two, so that they stay lines."""
    return "\n".join("  " + line if line.startswith("  ") else line for line in text.splitlines())


def _row(option: click.Option) -> str:
    names = " / ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    help_ = option.help or ("for the work loop" if option.hidden else "")
    if isinstance(option.type, click.Choice):
        help_ = f"{help_} {', '.join(option.type.choices)}".strip()
    return f"| {names} | {help_.replace('|', '&#124;')} |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
