"""Taking up a contact over another channel than mail at the last moment, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from stamgast.campaigns.actions.following import note_outcome
from stamgast.campaigns.channels import Outcome
from stamgast.campaigns.errors import ContactTaken
from stamgast.campaigns.last_moment import may_not_make, objection_to
from stamgast.campaigns.models import Assignment, Campaign, Contact, Delivery
from stamgast.campaigns.permission import address_of
from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.mail.errors import NotYet
from stamgast.mail.rules import A_MOMENT
from stamgast.staff.queries import Who, actor, employee

Status = Contact.Status
_AT_ONCE = 500
# What an outcome may come after: a contact that ended is not made again.
_AFTER = {
    Status.SENT: (Status.WAITING, Status.IN_HAND, Status.UNCERTAIN),
    Status.FAILED: (Status.WAITING, Status.IN_HAND, Status.UNCERTAIN, Status.SENT),
    Status.UNCERTAIN: (Status.IN_HAND,),
    Status.WITHHELD: (Status.WAITING,),
}


def take_contact(
    contact: Contact, *, at: datetime, by: Who = None, not_yet: NotYet | None = None
) -> Refusal | None:
    """Take a waiting contact up, for this taker alone; returns why not, and None when it is theirs.

    Consent, pause, caps over all channels and whether the campaign still means it are asked here,
    with the customer held. What may not go is withheld; what may not go yet is put off, as it
    is for `not_yet`. `contact` is brought up to date.
    """
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=contact.customer_id)
        contact.refresh_from_db()
        if contact.status != Status.WAITING or contact.due_at > at:
            return ContactTaken()
        one = delivery_of(contact)
        refusal = may_not_make(contact, one, at) or not_yet
        if refusal is not None:
            _not_now(contact, one, refusal, at=at)
            return refusal
        taken = Contact.objects.filter(
            pk=contact.pk, status=Status.WAITING, attempts=contact.attempts
        ).update(
            status=Status.IN_HAND,
            taken_at=at,
            taken_by=employee(by),
            sent_to=address_of(one.assignment.customer, contact.consent),
            attempts=F("attempts") + 1,
            reason="",
        )
        contact.refresh_from_db()
    return None if taken else ContactTaken()


def ask_again(contact: Contact, *, at: datetime, not_yet: NotYet | None = None) -> Refusal | None:
    """Ask of a contact in hand what was asked when it was taken up; returns why not.

    Caps are not asked: it counts for them already. What may not be made leaves the hand of who has
    it: withheld, or put off. Called with the customer held.
    """
    one = delivery_of(contact)
    refusal = may_not_make(contact, one, at, is_new=False) or not_yet
    if refusal is not None:
        put_off(contact, until=at, reason="")
        _not_now(contact, one, refusal, at=at)
        contact.refresh_from_db()
    return refusal


def _not_now(contact: Contact, one: Delivery, refusal: Refusal, *, at: datetime) -> None:
    if isinstance(refusal, NotYet):
        Contact.objects.filter(pk=contact.pk).update(
            due_at=max(refusal.until, at + A_MOMENT), reason=refusal.reason[:40]
        )
        return
    reason = str(refusal.facts.get("reason", refusal.code))[:40]
    end_contact(contact, Outcome(Status.WITHHELD, reason), at=at)


def end_contact(contact: Contact, outcome: Outcome, *, at: datetime, answer: str = "") -> bool:
    """Write down what became of a contact, here and with its delivery, in one transaction.

    False when that is known already, or something that comes after it. Nothing is done twice.
    """
    when = outcome.at or at
    change: dict[str, Any] = {"status": outcome.state, "reason": outcome.reason, "ended_at": when}
    if answer:
        change["answer"] = answer[:300]
    with transaction.atomic():
        before = _AFTER[Status(outcome.state)]
        if not Contact.objects.filter(pk=contact.pk, status__in=before).update(**change):
            return False
        note_outcome(delivery_of(contact), outcome, at=at)
        contact.refresh_from_db()
        is_withheld = outcome.state == Status.WITHHELD
        tell(
            "contact_withheld" if is_withheld else "contact_ended",
            **about(contact, at=at, by=outcome.by, state=outcome.state, reason=outcome.reason),
        )
    return True


def put_off(contact: Contact, *, until: datetime, reason: str, answer: str = "") -> bool:
    """Let a contact that was taken up and did not come about wait for another try."""
    in_hand = Contact.objects.filter(pk=contact.pk, status=Status.IN_HAND)
    return bool(
        in_hand.update(
            status=Status.WAITING,
            due_at=until,
            reason=reason[:40],
            answer=answer[:300],
            taken_by=None,
        )
    )


def drop_stale(*, at: datetime) -> int:
    """Withhold what waits for somebody to take it up and is no longer meant; returns how many.

    Its campaign ended, its offer ran out, or the customer left.
    """
    of = "delivery__assignment"
    over = Q(**{f"{of}__campaign__status": Campaign.Status.ENDED})
    left = Q(**{f"{of}__state": Assignment.State.EXITED})
    expired = Q(**{f"{of}__expires_at__lte": at})
    stale = Contact.objects.filter(over | left | expired, status=Status.WAITING)
    dropped = 0
    for contact in stale.order_by("pk")[:_AT_ONCE]:
        refusal = objection_to(delivery_of(contact), at)
        if refusal is not None and not isinstance(refusal, NotYet):
            dropped += end_contact(contact, Outcome(Status.WITHHELD, refusal.code), at=at)
    return dropped


def delivery_of(contact: Contact) -> Delivery:
    """Return the delivery of a contact with all that is asked of it, as it is now."""
    related = (
        "assignment__campaign__goal", "assignment__campaign__experiment", "assignment__customer",
        "assignment__lot__arm", "assignment__offer", "assignment__reservation", "step",
    )  # fmt: skip
    one = Delivery.objects.select_related(*related).get(Q(contact=contact))
    one.contact = contact
    return one


def about(contact: Contact, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a contact."""
    told = {"customer": contact.customer_id, "channel": contact.channel, **facts}
    return {
        "at": at,
        "actor": actor(by) or "campaigns",
        "subject": "contact",
        "subject_id": contact.pk,
        "facts": told,
    }
