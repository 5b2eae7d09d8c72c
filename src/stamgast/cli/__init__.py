"""The command line: every command parses, calls one action, and answers in words or JSON."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from stamgast import __version__

# Where each command lives, so that --help need not load Django or the engine.
_COMMANDS = {
    "demo": "demo:demo",
    "import": "data:import_orders",
    "score": "data:score",
    "report": "data:report",
    "backtest": "backtest:backtest",
    "watch": "signals:watch",
    "suggest": "suggesting:suggest",
    "verdicts": "verdicts:verdicts",
    "plan": "plans:plan",
    "export": "data:export",
    "look": "data:look",
    "import-batch": "data:import_batch",
    "serve": "server:serve",
    "serve-at": "server:serve_at",
    "work": "server:work",
    "outbox": "mail:outbox",
    "bounces": "mail:bounces",
    "user": "people:user",
    "codes": "codes:codes",
    "doctor": "keeping:doctor",
    "verify": "keeping:verify",
    "backup": "keeping:backup",
    "restore": "keeping:restore",
    "migrate": "keeping:migrate",
    "test": "keeping:test",
}
_SHOWN = [name for name in _COMMANDS if name not in {"look", "import-batch", "serve-at"}]


class Commands(click.Group):
    """Finds a command by name and loads only its own module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_SHOWN)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name].split(":")
        commands = importlib.import_module(f"stamgast.cli.{module}")
        command: click.Command = getattr(commands, name)
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="Start with `stamgast demo`, or with your own orders: `stamgast demo --orders FILE`.",
)
@click.version_option(__version__, message="Stamgast %(version)s")
def stamgast() -> None:
    """Who stays, who drifts, what they are worth and what to do next.

    Everything lives in one folder, STAMGAST_HOME. A first real shop takes four commands:

    \b
      stamgast user add you@shop.example --role admin
      stamgast import orders.csv
      stamgast score
      stamgast serve
    """


def set_up() -> None:
    """Make Django ready; called by commands that need the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
    import django

    django.setup()


def main(*args: Any) -> None:
    """Run the command line."""
    stamgast(*args)
