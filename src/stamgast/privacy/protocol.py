"""What every room can do with what it holds on a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from django.db.models import Model

from stamgast.kernel import Person
from stamgast.kernel.person import Held


class Personal(Protocol):
    """A room's `personal.py`: a module with these functions, found in `rooms`."""

    @property
    def HOLDS(self) -> tuple[type[Model], ...]:  # noqa: N802 - a constant of the module
        """The tables in which this room may hold something on a person."""
        ...

    def export(self, person: Person) -> Held:
        """Return what the room holds: plain values, per kind of thing."""
        ...

    def sweep(self, person: Person, *, at: datetime) -> dict[str, int]:
        """Blank the person in rows and files that are not their own; safe to do again.

        Reads whole tables, so it runs before the transaction of `erase`. Returns what it changed.
        """
        ...

    def erase(self, person: Person, *, at: datetime) -> dict[str, int]:
        """Cut the person off from their own rows, inside one transaction for all rooms."""
        ...

    def merge(self, kept: int, gone: int) -> dict[str, Any]:
        """Give what the room holds on one record to the other; returns what `unmerge` needs.

        What it returns is kept as JSON, so it holds ids and figures and nothing of the person.
        """
        ...

    def unmerge(self, kept: int, gone: int, moved: dict[str, Any]) -> None:
        """Give back what `merge` moved."""
        ...
