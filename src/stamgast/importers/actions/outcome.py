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
    """Return how many customer numbers belong to somebody else here.

    Not which: what came of a file outlives the customers whose numbers they are.
    """
    return {"numbers_of_others": len(numbers)} if numbers else {}
