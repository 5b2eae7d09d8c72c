"""What an import works with, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from stamgast.importers.models import Batch
from stamgast.importers.sheet import Sheet
from stamgast.staff.models import Shop
from stamgast.staff.queries import Who


@dataclass(frozen=True, slots=True)
class Bringing:
    """One file on its way in."""

    con: Any  # the engine's connection
    scratch: Path
    sheet: Sheet
    batch: Batch
    shop: Shop
    at: datetime
    by: Who
    is_dry_run: bool
    progress: Callable[[float, str], None]


@dataclass(slots=True)
class Outcome:
    """How many rows were read and what became of them, and further facts."""

    read: int
    imported: int
    unchanged: int
    quarantined: int
    facts: dict[str, Any] = field(default_factory=dict)


def told_of_strangers(numbers: list[str]) -> dict[str, Any]:
    """Return what is told of customer numbers that belong to somebody else here: how many, and some."""
    if not numbers:
        return {}
    return {"numbers_of_others": len(numbers), "numbers_of_others_such_as": numbers[:5]}
