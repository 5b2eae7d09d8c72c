"""What other tools say came of a contact: in any order, as often as they like, each thing done once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from stamgast.campaigns.actions.contacting import about, delivery_of, end_contact
from stamgast.campaigns.actions.following import let_go
from stamgast.campaigns.channels import Outcome
from stamgast.campaigns.errors import BadOutcome, NoSuchContact
from stamgast.campaigns.models import Contact
from stamgast.customers import rules as people
from stamgast.customers.actions import record_consent
from stamgast.customers.errors import InTheFuture
from stamgast.customers.models import Consent, Customer
from stamgast.events.actions import tell
from stamgast.mail.actions import suppress
from stamgast.mail.models import Suppression
from stamgast.staff.queries import Who

Status = Contact.Status
OUTCOMES = ("sent", "failed", "bounced", "unsubscribed", "complained")
_BY_TOOLS = ("list", "webhook")


def take_outcome(
    contact: Contact, outcome: str, *, at: datetime, by: Who, happened_at: datetime | None = None
) -> bool:
    """Take what a tool says came of a contact; False when that was known, or something later.

    What came back counts as gone, and its address gets no mail any more. Who unsubscribed or
    complained withdrew consent for this channel and purpose, unless they allowed it again since.
    Whatever comes in first, the end is the same. Refuses an outcome that does not exist, the
    future, and a contact that no tool was handed.
    """
    if outcome not in OUTCOMES:
        raise BadOutcome(field="outcome")
    when = happened_at or at
    if people.is_in_future(when, at):
        raise InTheFuture()
    with transaction.atomic():
        row = Contact.objects.select_for_update().filter(pk=contact.pk).first()
        if row is None or row.channel not in _BY_TOOLS or not row.attempts:
            raise NoSuchContact()
        if outcome == "failed":
            return end_contact(row, Outcome(Status.FAILED, "failed", when, by=by), at=at)
        if outcome == "bounced":
            return _bounced(row, when, at=at, by=by)
        is_new = end_contact(row, Outcome(Status.SENT, "", when, by=by), at=at)
        if outcome == "sent":
            return is_new
        if outcome == "complained" and row.consent == Consent.Channel.EMAIL and row.sent_to:
            suppress(row.sent_to, reason=Suppression.Reason.COMPLAINED, at=at, by=by)
        return _unsubscribed(row, outcome, when, at=at, by=by) or is_new


def contact_of(address: str, *, campaign: int | None = None) -> Contact:
    """Return the last contact that a tool was handed for this address; refuses when there is none."""
    clean = people.email(address) or people.tidy(address)
    rows = Contact.objects.filter(channel__in=_BY_TOOLS, sent_to=clean, attempts__gt=0)
    if campaign is not None:
        rows = rows.filter(delivery__assignment__campaign=campaign)
    found = rows.order_by("-taken_at", "-pk").first() if clean else None
    if found is None:
        raise NoSuchContact()
    return found


def settle_doubt(contact: Contact, *, has_gone: bool, at: datetime, by: Who) -> bool:
    """A colleague says what became of a contact nobody knew of; False when that is known by now."""
    state = Status.SENT if has_gone else Status.FAILED
    with transaction.atomic():
        doubtful = Contact.objects.select_for_update().filter(status=Status.UNCERTAIN)
        if not doubtful.filter(pk=contact.pk).exists():
            return False
        return end_contact(contact, Outcome(state, "by_colleague", at, by=by), at=at)


def _bounced(row: Contact, when: datetime, *, at: datetime, by: Who) -> bool:
    if row.consent == Consent.Channel.EMAIL and row.sent_to:
        suppress(row.sent_to, reason=Suppression.Reason.BOUNCED, at=at, by=by)
    return end_contact(row, Outcome(Status.FAILED, "bounced", when, has_gone=True, by=by), at=at)


def _unsubscribed(row: Contact, outcome: str, when: datetime, *, at: datetime, by: Who) -> bool:
    customer = Customer.objects.select_for_update().get(pk=row.customer_id)
    key = f"contact:{row.pk}:unsubscribed"
    if customer.erased_at is not None or Consent.objects.filter(key=key).exists():
        return False
    record_consent(
        customer,
        channel=row.consent,
        purpose=row.purpose,
        is_granted=False,
        source=row.channel,
        given_at=when,
        at=at,
        by=by,
        key=key,
    )
    let_go(delivery_of(row).assignment, "unsubscribed", at=at)
    tell("contact_unsubscribed", **about(row, at=at, by=by, outcome=outcome, purpose=row.purpose))
    return True
