"""Why referrals say no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadReferralRule(Refusal):
    """A field of the rule for referrals is not possible; `field` says which."""

    code: ClassVar[str] = "bad_referral_rule"


class ReferralRefused(Refusal):
    """This friend does not count as brought by this member; `reason` says why."""

    code: ClassVar[str] = "referral_refused"
