"""What may be shown to a customer who comes by: looked up among what was prepared, and written down."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from stamgast.campaigns.errors import BadCampaign
from stamgast.campaigns.last_moment import objection_to
from stamgast.campaigns.models import Assignment, Campaign, Contact, Decision
from stamgast.customers.models import Customer
from stamgast.customers.rules import tidy
from stamgast.mail.errors import NotYet

LONGEST_PLACE = 40
Status = Contact.Status


def decide(customer: Customer, *, placement: str, at: datetime) -> Decision | None:
    """Return what may be shown to this customer at this place now; None when nothing may.

    The first time is the treatment, and is written down with the probability of the lot behind it.
    Asked again the answer stays the same while it holds. Whoever by lot got nothing, objects,
    complains, ordered since or heard from us often enough is shown nothing. Refuses a place without
    a name.
    """
    place = tidy(placement)
    if not 1 <= len(place) <= LONGEST_PLACE:
        raise BadCampaign(field="placement")
    for contact in _prepared(customer, at):
        if _may_be_shown(contact, at) and (decision := _written(contact, place, at)) is not None:
            return decision
    return None


def _prepared(customer: Customer, at: datetime) -> list[Contact]:
    """Return what is ready for this customer: what they saw before first, then what came first."""
    rows = Contact.objects.filter(
        customer=customer,
        channel="site",
        status__in=[Status.WAITING, Status.SENT],
        delivery__assignment__state__in=[Assignment.State.GIVEN, Assignment.State.USED],
        delivery__assignment__expires_at__gt=at,
        delivery__assignment__campaign__status=Campaign.Status.RUNNING,
    ).select_related(
        "delivery__assignment__campaign__goal",
        "delivery__assignment__lot",
        "delivery__assignment__offer",
        "delivery__assignment__code",
    )
    found = list(rows)
    for one in found:
        one.delivery.assignment.customer = customer
    return sorted(found, key=lambda one: (one.ended_at is None, one.ended_at or one.due_at, one.pk))


def _may_be_shown(contact: Contact, at: datetime) -> bool:
    refusal = objection_to(contact.delivery, at)
    if isinstance(refusal, NotYet) and contact.status == Status.SENT:
        # What they saw before is no new contact.
        return refusal.reason == "contacted_often"
    return refusal is None


def _written(contact: Contact, place: str, at: datetime) -> Decision | None:
    """Return the decision at this place, written down when it is the first; None when taken back."""
    there = Decision.objects.filter(contact=contact, placement=place).first()
    if there is None:
        with transaction.atomic():
            mine = Contact.objects.select_for_update().filter(pk=contact.pk)
            mine.filter(status=Status.WAITING).update(status=Status.SENT, taken_at=at, ended_at=at)
            if not mine.filter(status=Status.SENT).exists():
                return None
            there, _ = Decision.objects.get_or_create(
                contact=contact,
                placement=place,
                defaults={"at": at, "probability": contact.delivery.assignment.lot.probability},
            )
    there.contact = contact
    return there


def close_unshown(*, at: datetime) -> int:
    """End what was prepared for customers who did not come by in time; returns how many."""
    over = Contact.objects.filter(
        channel="site",
        status=Status.WAITING,
        delivery__assignment__state__in=[Assignment.State.EXPIRED, Assignment.State.EXITED],
    )
    return over.update(status=Status.WITHHELD, reason="not_come_by", ended_at=at)
