"""What a page says after something was done, with a way to undo it instead of "are you sure"."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest

_UNDO = "undo:"


@dataclass(frozen=True, slots=True)
class Flash:
    """One sentence on top of the next page; `undo` is the address that takes it back (POST)."""

    text: str
    is_bad: bool
    undo: str


def say(request: HttpRequest, text: str, *, undo: str = "") -> None:
    """Say on the next page what was done; `undo` is an address that takes a POST."""
    messages.success(request, text, extra_tags=_UNDO + undo if undo else "")


def warn(request: HttpRequest, text: str) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, text)


def flashes(request: HttpRequest) -> list[Flash]:
    """Return what waits to be said; what was returned is not said again."""
    return [
        Flash(
            text=str(message.message),
            is_bad=message.level >= messages.WARNING,
            undo=(message.extra_tags or "").removeprefix(_UNDO),
        )
        for message in messages.get_messages(request)
    ]
