"""The call list: taking a call up, and writing down how it ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from stamgast.campaigns.actions.contacting import (
    about,
    ask_again,
    delivery_of,
    end_contact,
    put_off,
    take_contact,
)
from stamgast.campaigns.actions.following import let_go
from stamgast.campaigns.channels import Outcome
from stamgast.campaigns.channels.call import AGAIN_AFTER, RESULTS
from stamgast.campaigns.channels.hours import closed_until
from stamgast.campaigns.errors import BadOutcome, CallInHand, ContactTaken
from stamgast.campaigns.models import Contact
from stamgast.customers import rules as people
from stamgast.customers.actions import record_consent
from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import current_consents
from stamgast.events.actions import tell
from stamgast.mail.errors import NotYet
from stamgast.mail.zones import zones_of
from stamgast.staff.models import User
from stamgast.staff.queries import shop

Status = Contact.Status
LONGEST_NOTE = 1_000
FORGOTTEN_AFTER = timedelta(minutes=30)  # then a colleague may take a call over
_LONGEST_WAIT = timedelta(days=60)


def claim_call(call: Contact, *, at: datetime, by: User) -> Contact:
    """Take a call up, so that nobody else makes it; again by the same colleague it is asked again.

    Refuses whoever has another call in hand, one that a colleague has, and all that the last moment
    refuses: no phone consent, a pause, too many contacts, a campaign that stands still, and hours
    at which nobody is called. What may not be made leaves the list.
    """
    if is_mine(call, by):
        return _asked_again(call, at=at, by=by)
    with transaction.atomic():
        # Held, so that one colleague cannot take two calls up at once.
        User.objects.select_for_update().get(pk=by.pk)
        if Contact.objects.filter(channel="call", status=Status.IN_HAND, taken_by=by).exists():
            raise CallInHand()
        refusal = take_contact(call, at=at, by=by, not_yet=_no_hour(call, at))
        if refusal is None:
            tell("call_claimed", **about(call, at=at, by=by))
    if refusal is not None:  # outside: that it left the list stays written down
        raise refusal
    return call


def take_call_over(call: Contact, *, at: datetime, by: User) -> Contact:
    """Take over a call that a colleague left open for half an hour; refuses a later one.

    Who had it is told in the trail: perhaps they did call. Refuses what `claim_call` refuses, but
    for the caps: the call counts for them already.
    """
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=call.customer_id)
        row = Contact.objects.select_for_update().get(pk=call.pk)
        is_left = row.taken_at is not None and row.taken_at <= at - FORGOTTEN_AFTER
        if row.channel != "call" or row.status != Status.IN_HAND or not is_left:
            raise ContactTaken()
        refusal = ask_again(row, at=at, not_yet=_no_hour(row, at))
        if refusal is None:
            facts = {"from_user": row.taken_by_id}
            row.taken_by, row.taken_at = by, at
            row.save(update_fields=["taken_by", "taken_at"])
            tell("call_taken_over", **about(row, at=at, by=by, **facts))
    if refusal is not None:
        raise refusal
    return row


def _asked_again(call: Contact, *, at: datetime, by: User) -> Contact:
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=call.customer_id)
        row = _mine(call, by)
        refusal = ask_again(row, at=at, not_yet=_no_hour(row, at))
    if refusal is not None:
        raise refusal
    return row


def put_call_back(call: Contact, *, at: datetime, by: User) -> None:
    """Put a call back that one did not make; refuses a call that one has not in hand."""
    with transaction.atomic():
        row = _mine(call, by)
        put_off(row, until=at, reason="")
        Contact.objects.filter(pk=row.pk).update(attempts=row.attempts - 1, sent_to="")
        tell("call_put_back", **about(row, at=at, by=by))


def end_call(
    call: Contact,
    result: str,
    *,
    at: datetime,
    by: User,
    note: str = "",
    again_at: datetime | None = None,
) -> Contact:
    """Write down how a call ended; the same again changes nothing.

    Without an answer, or when asked to call later, it comes back, as often as its content says.
    Who does not want to be called is called no more for anything; who declines hears nothing more
    of this campaign. Refuses an unknown result, a time to call again that is past or far away, and
    a call that one has not in hand.
    """
    follows = RESULTS.get(result)
    if follows is None:
        raise BadOutcome(field="result")
    note = people.tidy_lines(note)
    if len(note) > LONGEST_NOTE:
        raise BadOutcome(field="note")
    if result == "call_back" and not (again_at and at < again_at <= at + _LONGEST_WAIT):
        raise BadOutcome(field="again_at")
    with transaction.atomic():
        if _ended_so(call, result, by):
            return call
        row = _mine(call, by)
        one = delivery_of(row)
        is_last = result == "no_answer" and row.attempts >= one.step.content.get("tries", 1)
        if not follows.state and not is_last:
            due = again_at or at + AGAIN_AFTER
            put_off(row, until=due, reason=result)
            tell("call_put_off", **about(row, at=at, by=by, reason=result))
            return row
        outcome = Outcome(
            follows.state or Status.FAILED, result, at, has_gone=True, text=note, by=by
        )
        end_contact(row, outcome, at=at)
        if follows.withdraws:
            _call_no_more(row, at=at, by=by)
        if follows.is_end:
            let_go(one.assignment, result, at=at)
    return row


def is_mine(call: Contact, by: User) -> bool:
    """Say whether this colleague has the call in hand."""
    return Contact.objects.filter(
        pk=call.pk, channel="call", status=Status.IN_HAND, taken_by=by
    ).exists()


def _mine(call: Contact, by: User) -> Contact:
    row = Contact.objects.select_for_update().filter(pk=call.pk, channel="call").first()
    if row is None or row.status != Status.IN_HAND or row.taken_by_id != by.pk:
        raise ContactTaken()
    return row


def _ended_so(call: Contact, result: str, by: User) -> bool:
    return Contact.objects.filter(
        pk=call.pk, status__in=[Status.SENT, Status.FAILED], reason=result, taken_by=by
    ).exists()


def _call_no_more(call: Contact, *, at: datetime, by: User) -> None:
    """Write down that they withdrew what they allowed by phone, and the purpose of this call."""
    said = current_consents(call.customer)
    granted = {
        purpose for (channel, purpose), row in said.items() if channel == "phone" and row.is_granted
    }
    for purpose in sorted(granted | {call.purpose}):
        record_consent(
            call.customer,
            channel=Consent.Channel.PHONE,
            purpose=purpose,
            is_granted=False,
            source="phone",
            at=at,
            by=by,
            key=f"contact:{call.pk}:{purpose}",
        )


def _no_hour(call: Contact, at: datetime) -> NotYet | None:
    one = delivery_of(call)
    own = shop()
    zones = zones_of(one.assignment.customer, own) or (ZoneInfo(own.zone),)
    until = closed_until(at, zones, one.step.content["hours"])
    return NotYet(until=until, reason="not_the_hour") if until else None
