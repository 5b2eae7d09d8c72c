"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadCustomerField(Refusal):
    """A fact about a customer cannot be kept; `field` and `problem` say which and why."""

    code: ClassVar[str] = "bad_customer_field"


class CustomerUnrecognisable(Refusal):
    """Without a number of the shop's own, an e-mail address or a phone nobody can be told apart."""

    code: ClassVar[str] = "customer_unrecognisable"


class CustomerErased(Refusal):
    """This person was erased on request, and is not written down again."""

    code: ClassVar[str] = "customer_erased"


class CustomerMerged(Refusal):
    """This record went up in another; `into` is the one to use."""

    code: ClassVar[str] = "customer_merged"


class KeyReused(Refusal):
    """The same key came before with other facts."""

    code: ClassVar[str] = "key_reused"


class BadConsent(Refusal):
    """A consent lacks a source or has no such channel, purpose or basis; `field` says which."""

    code: ClassVar[str] = "bad_consent"


class SoftOptInRefused(Refusal):
    """Consent by a sale counts for offers by e-mail and text message only, and names its order."""

    code: ClassVar[str] = "soft_opt_in_refused"


class InTheFuture(Refusal):
    """What is told has not happened yet."""

    code: ClassVar[str] = "in_the_future"


class BadInteraction(Refusal):
    """An interaction lacks its text or has no such kind; `field` says which."""

    code: ClassVar[str] = "bad_interaction"


class NotAComplaint(Refusal):
    """Only a complaint has an owner, a deadline and an end."""

    code: ClassVar[str] = "not_a_complaint"


class AlreadyClosed(Refusal):
    """This complaint or task was closed before."""

    code: ClassVar[str] = "already_closed"


class NotClosed(Refusal):
    """This complaint or task is still open."""

    code: ClassVar[str] = "not_closed"


class BadTask(Refusal):
    """A task lacks its title, or it is too long."""

    code: ClassVar[str] = "bad_task"


class BadSurveyAnswer(Refusal):
    """An answer is off its scale or none of the choices; `field` says which part is wrong."""

    code: ClassVar[str] = "bad_survey_answer"


class MayNotAsk(Refusal):
    """This customer did not allow surveys, or has no address there; `reason` says which."""

    code: ClassVar[str] = "may_not_ask"


class AskedRecently(Refusal):
    """The same was asked of this customer less than 90 days ago."""

    code: ClassVar[str] = "asked_recently"


class AlreadyAnswered(Refusal):
    """This question was answered before."""

    code: ClassVar[str] = "already_answered"


class TooLateToAnswer(Refusal):
    """This question was asked too long ago, or withdrawn."""

    code: ClassVar[str] = "too_late_to_answer"


class TooLateToUndo(Refusal):
    """Only its writer takes back what was written, and only within a quarter of an hour."""

    code: ClassVar[str] = "too_late_to_undo"
