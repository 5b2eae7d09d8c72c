"""What other rooms say at the last moment: their functions are found by entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from importlib.metadata import entry_points

from stamgast.kernel import Refusal
from stamgast.mail.models import Message

GROUP = "stamgast.mail_checks"
Check = Callable[[Message, datetime], Refusal | None]


@lru_cache(maxsize=1)
def registered() -> tuple[Check, ...]:
    """Return the functions of other rooms, by name."""
    return tuple(one.load() for one in sorted(entry_points(group=GROUP), key=lambda e: e.name))


def objection(message: Message, checks: Iterable[Check], at: datetime) -> Refusal | None:
    """Return the first refusal; `NotYet` puts the message off, any other withholds it."""
    return next((no for check in checks if (no := check(message, at)) is not None), None)
