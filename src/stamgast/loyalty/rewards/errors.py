"""Why rewards say no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadReward(Refusal):
    """A field of a reward is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_reward"


class MayNotClaim(Refusal):
    """This member cannot have this reward now; `reason` says why."""

    code: ClassVar[str] = "may_not_claim"


class ClaimInUse(Refusal):
    """The code that was given for a claim is held or used, so the claim cannot be undone."""

    code: ClassVar[str] = "claim_in_use"
