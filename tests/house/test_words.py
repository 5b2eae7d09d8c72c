"""Everything that the core can say is worded for people, mapped for machines, and documented."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache

import click

import stamgast
from house.plan import REPOSITORY, SOURCE, modules, shown, tree
from stamgast.cli import stamgast as command_line
from stamgast.kernel import Refusal

REFERENCE = REPOSITORY / "docs" / "reference"
NAMED = re.compile(r"%\((\w+)\)")


@cache
def _refusals() -> dict[str, type[Refusal]]:
    """Every kind of refusal by its code, after loading every module that could define one."""
    not_for_loading = ("stamgast.migrations", "stamgast.__main__", "stamgast.wsgi")
    for module in pkgutil.walk_packages(stamgast.__path__, "stamgast."):
        if not module.name.startswith(not_for_loading):
            importlib.import_module(module.name)
    kinds = [Refusal]
    for kind in kinds:
        kinds += [sub for sub in kind.__subclasses__() if sub.__module__.startswith("stamgast.")]
    codes = [kind.code for kind in kinds]
    assert len(set(codes)) == len(codes), "two refusals share a code"
    return dict(zip(codes, kinds, strict=True))


def test_every_refusal_has_a_sentence() -> None:
    from stamgast.web.refusals import SENTENCES

    assert SENTENCES.keys() == _refusals().keys()


def test_every_refusal_has_a_status() -> None:
    from stamgast.api.errors import STATUSES

    assert STATUSES.keys() == _refusals().keys()


def test_a_sentence_uses_facts_that_are_given() -> None:
    """Each place that refuses gives every fact that the sentence fills in."""
    from stamgast.web.refusals import SENTENCES

    needed = {
        kind.__name__: set(NAMED.findall(str(SENTENCES.get(code, ""))))
        for code, kind in _refusals().items()
        if "__init__" not in vars(kind)
    }
    missing = []
    for path in modules("**/*.py"):
        for call in (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            given = {keyword.arg for keyword in call.keywords}
            if None not in given and needed.get(name, set()) - given:
                missing.append(f"{shown(path)}:{call.lineno} {needed[name] - given}")
    assert not missing


def _events() -> Iterator[tuple[str, str | None]]:
    """Every call that tells an event, with its kind; None where the kind is not written out."""
    for path in modules("**/*.py"):
        for call in (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)):
            if getattr(call.func, "id", getattr(call.func, "attr", "")) != "tell":
                continue
            named = [keyword.value for keyword in call.keywords if keyword.arg == "kind"]
            kinds = [
                node.value
                for argument in (*call.args[:1], *named)
                for node in ast.walk(argument)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            for kind in kinds or [None]:
                yield f"{shown(path)}:{call.lineno}", kind


def test_every_event_is_documented() -> None:
    told = list(_events())
    assert told
    page = (REFERENCE / "events.md").read_text("utf-8")
    assert not [place for place, kind in told if kind is None or f"`{kind}`" not in page]


def test_listeners_name_events_that_are_told_and_jobs_that_exist() -> None:
    from stamgast.wiring import EVERY_NIGHT, JOBS, LISTENERS

    assert LISTENERS.keys() <= {kind for _, kind in _events()}
    asked = {job for jobs in LISTENERS.values() for job in jobs} | set(EVERY_NIGHT)
    assert asked <= JOBS.keys()


def test_functions_named_in_the_wiring_exist() -> None:
    calls = (node for node in ast.walk(tree(SOURCE / "wiring.py")) if isinstance(node, ast.Call))
    paths = [ast.literal_eval(c.args[0]) for c in calls if getattr(c.func, "id", "") == "later"]
    assert paths
    for path in paths:
        module, _, name = path.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), path


def test_every_setting_is_documented() -> None:
    sources = [*modules("**/*.py"), REPOSITORY / "stamgast"]
    texts = (path.read_text("utf-8") for path in sources)
    names = {name for text in texts for name in re.findall(r"\bSTAMGAST_[A-Z_]*[A-Z]", text)}
    page = (REFERENCE / "settings.md").read_text("utf-8")
    assert not {name for name in names if f"`{name}`" not in page}


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for part in command.list_commands(context):
            found = command.get_command(context, part)
            assert found is not None
            yield from _commands(found, f"{name} {part}")


def test_every_command_and_option_is_documented() -> None:
    page = (REFERENCE / "cli.md").read_text("utf-8")
    missing = []
    for name, command in _commands(command_line, "stamgast"):
        assert command.help, f"{name} has no help"
        options = [option for parameter in command.params for option in parameter.opts]
        wanted = [name, *(option for option in options if option.startswith("--"))]
        missing += [f"{name}: {text}" for text in wanted if text not in page]
    assert not missing
