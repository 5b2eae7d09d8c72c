"""Which conditions there are, found by entry point: other rooms and packages add theirs.

An entry point in the group `stamgast.conditions` names a sequence of `Kind`; our own use the same
door. The words of a condition stand in `web/marketer/audience_words.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from stamgast.campaigns.audience.fields import Field
from stamgast.campaigns.audience.looking import Looking, Sql

Test = Callable[[Mapping[str, Any], Looking], Sql]
GROUP = "stamgast.conditions"

# What a condition is about, in the order in which they are offered.
SUBJECTS = (
    "buying", "value", "products", "bonds", "experience", "contact", "contract", "outside",
    "programme", "campaigns", "person",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A condition one can set: what it is about, what is filled in, and how it is tested.

    `test` returns SQL that is true, false or NULL of customer `c`; with the joins it asks for also
    of their score `s` and bonds `b`. NULL is taken for "does not hold".
    """

    code: str
    subject: str
    test: Test
    fields: tuple[Field, ...] = ()
    joins: tuple[str, ...] = ()
    needs_one_of: tuple[str, ...] = ()  # of the fields that may be left out


@cache
def kinds() -> dict[str, Kind]:
    """Return every condition by its code, by subject; refuses two of the same code."""
    found: dict[str, Kind] = {}
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    offered: list[Sequence[Kind]] = [point.load() for point in points]
    for kind in sorted((k for many in offered for k in many), key=_place):
        if kind.code in found:
            raise ValueError(f"two conditions are called {kind.code!r}")
        found[kind.code] = kind
    return found


def _place(kind: Kind) -> int:
    return SUBJECTS.index(kind.subject)
