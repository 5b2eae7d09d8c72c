"""No clock where time is an argument: decisions, writers, tables, calculations, the kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from house.plan import modules, shown, tree

WITHOUT_A_CLOCK = (
    "*/rules.py",
    "*/actions.py",
    "*/actions/**/*.py",
    "*/models.py",
    "insight/**/*.py",
    "kernel/**/*.py",
)
# Reading the time, by whatever module: datetime.now, timezone.now, ibis.now, date.today.
READS = {"now", "utcnow", "today"}
CLOCKS = {"datetime", "date", "timezone", "ibis"}  # passed on uncalled, they are read later
READS_OF_TIME = {"time", "time_ns", "gmtime", "ctime"}  # of the module time, or imported from it
READS_WITHOUT_ARGUMENT = {"localtime", "localdate"}
FIELD_OPTIONS = {"auto_now", "auto_now_add"}


def _is_clock(base: ast.expr) -> bool:
    return ast.unparse(base).rpartition(".")[2] in CLOCKS


def _clock_reads(file: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(file):
        match node:
            case ast.Attribute(value=ast.Name(id="time"), attr=name) if name in READS_OF_TIME:
                yield node.lineno, f"time.{name}"
            case ast.Attribute(value=base, attr=name) if name in READS and _is_clock(base):
                yield node.lineno, ast.unparse(node)
            case ast.Call(func=ast.Attribute(attr=name)) if name in READS:
                yield node.lineno, ast.unparse(node)
            case ast.ImportFrom(module=module, names=names):
                forbidden = READS | (READS_OF_TIME if module == "time" else set()) | {"Now"}
                yield from (
                    (node.lineno, f"{module}.{alias.name}")
                    for alias in names
                    if alias.name in forbidden
                )
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[], keywords=[]):
                if name in READS_WITHOUT_ARGUMENT:
                    yield node.lineno, f"{name}()"
            case ast.keyword(arg=name) if name in FIELD_OPTIONS:
                yield node.value.lineno, str(name)


def test_no_clock_where_time_is_an_argument() -> None:
    files = modules(*WITHOUT_A_CLOCK)
    assert files
    reads = [
        f"{shown(path)}:{line} {name}" for path in files for line, name in _clock_reads(tree(path))
    ]
    assert not reads


@pytest.mark.parametrize(
    "line",
    [
        "at = datetime.now(UTC)",
        "at = datetime.datetime.utcnow()",
        "day = date.today()",
        "at = timezone.now()",
        "made = models.DateTimeField(default=timezone.now)",
        "made = models.DateTimeField(default=datetime.datetime.now)",
        "made = models.DateTimeField(auto_now_add=True)",
        "at = clocks.of(shop).now()",
        "from django.utils.timezone import now",
        "from django.db.models.functions import Now",
        "from time import time",
        "began = time.time()",
        "day = timezone.localdate()",
        "table = orders.mutate(age=ibis.now() - orders.at)",
    ],
)
def test_a_clock_is_seen(line: str) -> None:
    assert list(_clock_reads(ast.parse(line)))


@pytest.mark.parametrize(
    "line",
    [
        "from datetime import datetime, time",
        "day = timezone.localdate(at, zone)",
        "noon = time(12)",
        "late = now_or_later(at)",
        "span = time.perf_counter()",
        "age = part.now - part.first",
    ],
)
def test_time_as_a_value_is_fine(line: str) -> None:
    assert not list(_clock_reads(ast.parse(line)))
