"""When scoring says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class NothingToScore(Refusal):
    """There are no customers yet."""

    code: ClassVar[str] = "nothing_to_score"


class NothingScored(Refusal):
    """There are no scores to export yet."""

    code: ClassVar[str] = "nothing_scored"


class BeforeFirstOrder(Refusal):
    """The day asked for lies before the first order."""

    code: ClassVar[str] = "before_first_order"


class AlreadyScoring(Refusal):
    """Another scoring is under way."""

    code: ClassVar[str] = "already_scoring"


class EngineFull(Refusal):
    """The calculation needs more memory than the engine is given."""

    code: ClassVar[str] = "engine_full"


class CannotLookBack(Refusal):
    """The history cannot tell how good the forecast is: too short, too thin, or nothing sold."""

    code: ClassVar[str] = "cannot_look_back"


class AlreadyLookingBack(Refusal):
    """Another look back is under way."""

    code: ClassVar[str] = "already_looking_back"
