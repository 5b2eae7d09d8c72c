"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadSignal(Refusal):
    """A field of an outside event is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_signal"


class AlreadyWatching(Refusal):
    """The radar is looking already."""

    code: ClassVar[str] = "already_watching"
