"""Why membership says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class SignInCodeRefused(Refusal):
    """This code is not, or no longer, the one that was mailed."""

    code: ClassVar[str] = "sign_in_code_refused"


class CannotMailPage(Refusal):
    """The link to a member's page cannot be mailed; `problem` says what is missing."""

    code: ClassVar[str] = "cannot_mail_page"


class BadMissingPurchase(Refusal):
    """A field of a missing purchase is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_missing_purchase"


class PurchaseKnown(Refusal):
    """This purchase earned its points already, or was asked about before."""

    code: ClassVar[str] = "purchase_known"


class TooManyQuestions(Refusal):
    """So many missing purchases wait already that a colleague must look first."""

    code: ClassVar[str] = "too_many_questions"
