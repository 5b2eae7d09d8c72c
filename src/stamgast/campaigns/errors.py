"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadAudience(Refusal):
    """A condition cannot be read; `place` says which one, `problem` why."""

    code: ClassVar[str] = "bad_audience"


class BadCampaign(Refusal):
    """A field of a campaign is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_campaign"


class NoSuchPreset(Refusal):
    """There is no finished campaign of this name."""

    code: ClassVar[str] = "no_such_preset"


class CampaignRuns(Refusal):
    """What a running campaign gives and to whom stays as it is; end it and begin a new one."""

    code: ClassVar[str] = "campaign_runs"


class CampaignEnded(Refusal):
    """An ended campaign stays as it was."""

    code: ClassVar[str] = "campaign_ended"


class NotReady(Refusal):
    """Something stands in the way; `problems` are the codes of the findings that do."""

    code: ClassVar[str] = "not_ready"


class NotApproved(Refusal):
    """Nobody approved the campaign as it is now."""

    code: ClassVar[str] = "not_approved"


class NeedsSecondPerson(Refusal):
    """The shop wants somebody else to approve than who wrote or changed it."""

    code: ClassVar[str] = "needs_second_person"


class NotRunning(Refusal):
    """Only a running campaign can be paused, and only a paused one goes on."""

    code: ClassVar[str] = "not_running"


class LeftToPlan(Refusal):
    """A plan says who gets this campaign, so the plan runs it."""

    code: ClassVar[str] = "left_to_plan"


class NotPlannable(Refusal):
    """A plan cannot hand this campaign out; `why` says what it would have to be."""

    code: ClassVar[str] = "not_plannable"


class RailPassed(Refusal):
    """A campaign of the goal came to more than that already; `name` says which."""

    code: ClassVar[str] = "rail_passed"


class BadCodes(Refusal):
    """The list of codes cannot be read; `line` and `problem` say where and why."""

    code: ClassVar[str] = "bad_codes"


class NoSuchChannel(Refusal):
    """There is no channel of this name."""

    code: ClassVar[str] = "no_such_channel"


class AlreadyOrdered(Refusal):
    """They ordered since: the campaign has nothing more to say to them."""

    code: ClassVar[str] = "already_ordered"


class CampaignOver(Refusal):
    """The campaign ended before this went."""

    code: ClassVar[str] = "campaign_over"


class LeftCampaign(Refusal):
    """This customer left the campaign: they object, complain, or went up in another record."""

    code: ClassVar[str] = "left_campaign"


class InStandingControl(Refusal):
    """The standing control group was drawn since, with this customer in it: nothing touches them."""

    code: ClassVar[str] = "in_standing_control"


class OfferExpired(Refusal):
    """What the message offers ended before it could go."""

    code: ClassVar[str] = "offer_expired"


class KeptBack(Refusal):
    """They heard from us as often as they may until the offer, or the window of the campaign, ended."""

    code: ClassVar[str] = "kept_back"


class MayNotContact(Refusal):
    """This customer may not be reached so: `reason` is the code of why."""

    code: ClassVar[str] = "may_not_contact"


class ContactTaken(Refusal):
    """Somebody else has this contact in hand, or it ended."""

    code: ClassVar[str] = "contact_taken"


class CallInHand(Refusal):
    """Who has a call in hand says first what came of it."""

    code: ClassVar[str] = "call_in_hand"


class BadOutcome(Refusal):
    """What came of a contact cannot be so; `field` says what is wrong."""

    code: ClassVar[str] = "bad_outcome"


class NoSuchContact(Refusal):
    """No tool was handed a contact like this."""

    code: ClassVar[str] = "no_such_contact"


class NothingToHandOver(Refusal):
    """Nobody waits for a list, or may be reached now."""

    code: ClassVar[str] = "nothing_to_hand_over"


class BadReport(Refusal):
    """A file of another tool cannot be read; `problem` says why."""

    code: ClassVar[str] = "bad_report"


class UnknownPerson(Refusal):
    """Nobody is known by this number or address."""

    code: ClassVar[str] = "unknown_person"
