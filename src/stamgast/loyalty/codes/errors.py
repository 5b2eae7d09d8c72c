"""Why codes say no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadCodeSet(Refusal):
    """A field of a set of codes is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_code_set"


class GiftCardTooShort(Refusal):
    """A gift card that was sold is valid for two years at least; `least` is its first possible end."""

    code: ClassVar[str] = "gift_card_too_short"


class CodeNotApplied(Refusal):
    """A code that was counted on does not apply; `reason` says why, `text` which."""

    code: ClassVar[str] = "code_not_applied"


class NoSuchCode(Refusal):
    """There is no such code, or no such checkout with codes."""

    code: ClassVar[str] = "no_such_code"


class CodeTaken(Refusal):
    """Another set has a code of this text already."""

    code: ClassVar[str] = "code_taken"


class CodeHoldOver(Refusal):
    """The time for which codes were held is over, or they were released."""

    code: ClassVar[str] = "code_hold_over"
