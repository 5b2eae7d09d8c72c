"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class NotAMember(Refusal):
    """Nobody with this name or card takes part in the programme."""

    code: ClassVar[str] = "not_a_member"


class MemberLeft(Refusal):
    """This member left the programme."""

    code: ClassVar[str] = "member_left"


class AlreadyAMember(Refusal):
    """The name `ref` belongs to another member."""

    code: ClassVar[str] = "member_ref_taken"


class ProgrammeNotRunning(Refusal):
    """The programme has not started, or was stopped."""

    code: ClassVar[str] = "programme_not_running"


class BadProgramme(Refusal):
    """The `field` of the programme cannot be this."""

    code: ClassVar[str] = "bad_programme"


class BadRule(Refusal):
    """The `field` of an earning rule cannot be this."""

    code: ClassVar[str] = "bad_rule"


class BadPoints(Refusal):
    """Points are a whole number from 1 to 1,000,000,000; `problem` says what these are."""

    code: ClassVar[str] = "bad_points"


class NotEnoughPoints(Refusal):
    """Only `available` points can be spent."""

    code: ClassVar[str] = "not_enough_points"


class NoSuchHold(Refusal):
    """No points are kept apart under this."""

    code: ClassVar[str] = "no_such_hold"


class HoldLapsed(Refusal):
    """The points were kept apart for too long, and are free again."""

    code: ClassVar[str] = "hold_lapsed"


class HoldClosed(Refusal):
    """The points kept apart were `status` before."""

    code: ClassVar[str] = "hold_closed"


class MoreThanHeld(Refusal):
    """Only `held` points were kept apart."""

    code: ClassVar[str] = "more_than_held"


class BadCheckout(Refusal):
    """The `field` of a checkout cannot be this."""

    code: ClassVar[str] = "bad_checkout"


class PointsAboveTotal(Refusal):
    """At most `most` points can be spent on this purchase: it comes to no more."""

    code: ClassVar[str] = "points_above_total"


class OtherCurrency(Refusal):
    """The programme counts in `expected`, and `currency` does not mix with it."""

    code: ClassVar[str] = "other_currency"


class NoSuchCheckout(Refusal):
    """There is no purchase `ref`; a return comes after its order."""

    code: ClassVar[str] = "no_such_checkout"


class NotInvited(Refusal):
    """Only who is invited takes part in this programme, and this customer is not."""

    code: ClassVar[str] = "not_invited"


class CheckoutClosed(Refusal):
    """The purchase `ref` is `status`, so this cannot be done to it any more."""

    code: ClassVar[str] = "checkout_closed"


class ReturnTooLarge(Refusal):
    """More comes back of `sku` than was bought and not returned yet; `left` still can."""

    code: ClassVar[str] = "return_too_large"


class NoSuchEntry(Refusal):
    """There is no such entry in the ledger."""

    code: ClassVar[str] = "no_such_entry"


class CannotReverse(Refusal):
    """An entry of this `kind` is not undone this way; an order is undone by a return."""

    code: ClassVar[str] = "cannot_reverse"


class AlreadyReversed(Refusal):
    """This entry was undone before."""

    code: ClassVar[str] = "already_reversed"


class PointsNeedAReason(Refusal):
    """Points given or taken by hand need a reason of at most 200 characters."""

    code: ClassVar[str] = "points_need_a_reason"


class OverMonthLimit(Refusal):
    """More points by hand than somebody with this role may give in a month; `left` may still be given."""

    code: ClassVar[str] = "over_month_limit"


class OverYourLimit(Refusal):
    """You may give or take at most `limit` points at once."""

    code: ClassVar[str] = "over_your_limit"


class SameMember(Refusal):
    """Points cannot be moved from a member to themselves."""

    code: ClassVar[str] = "same_member"


class BadEndpoint(Refusal):
    """Webhooks need an https address on the public internet; `problem` says what this is."""

    code: ClassVar[str] = "bad_endpoint"
