"""Why tiers say no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadTier(Refusal):
    """A field of a tier, a benefit or the tier rule is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_tier"
