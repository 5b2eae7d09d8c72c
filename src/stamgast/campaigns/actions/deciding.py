"""What may be shown to a customer who comes by: looked up among what was prepared, and written down."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from stamgast.campaigns.caps import capped
from stamgast.campaigns.errors import BadCampaign
from stamgast.campaigns.last_moment import objection_to
from stamgast.campaigns.models import Assignment, Campaign, Contact, Decision
from stamgast.customers.models import Customer
from stamgast.customers.rules import tidy
from stamgast.database.bulk import select
from stamgast.database.prepared import prepared
from stamgast.database.rows import add_row, change_row

LONGEST_PLACE = 40
SITE = "site"
Status = Contact.Status
SHOWABLE = (Status.WAITING, Status.SENT)
# What is read of what is prepared: the rest of those tables would cost more than the answer.
_READ = (
    *("customer", "status", "reason", "facts", "due_at", "ended_at"),
    *("delivery__message", "delivery__assignment"),
)
_READ_OF_GIVEN = (
    "at", "state", "expires_at", "held", "customer", "campaign__status",
    "campaign__exits_on_order", "campaign__priority", "campaign__experiment", "campaign__orders_may_be_old",
    "campaign__goal__currency", "campaign__goal__contacts_most", "campaign__goal__contacts_days",
    "lot__probability", "offer__code", "offer__kind", "offer__title", "offer__cost_minor",
    "offer__valid_days", "code__text", "issued__text",
)  # fmt: skip


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
    """Return what is ready for this customer: what they saw before first, then as campaigns go first."""
    if not _has_any(customer.pk):  # so it is at most visits, and the answer is the cheapest
        return []
    found = _showable(customer.pk, at)
    for one in found:
        one.delivery.assignment.customer = customer
    return sorted(found, key=_place)


@prepared
def _showable(customer: int, at: datetime) -> QuerySet[Contact]:
    rows = Contact.objects.filter(
        customer=customer,
        channel=SITE,
        status__in=SHOWABLE,
        delivery__assignment__state__in=[Assignment.State.GIVEN, Assignment.State.USED],
        delivery__assignment__expires_at__gt=at,
        delivery__assignment__campaign__status=Campaign.Status.RUNNING,
    )
    of = "delivery__assignment"
    return rows.select_related(
        f"{of}__campaign__goal", f"{of}__lot", f"{of}__offer", f"{of}__code", f"{of}__issued"
    ).only(*_READ, *(f"{of}__{name}" for name in _READ_OF_GIVEN))


def _place(one: Contact) -> tuple[bool, int, datetime, int]:
    order = one.delivery.assignment.campaign.priority
    if one.ended_at is not None:
        return False, 0, one.ended_at, one.pk
    return True, order, one.due_at, one.pk


def _has_any(customer: int) -> bool:
    table = Contact._meta.db_table
    statement = f"SELECT 1 FROM {table} WHERE customer_id = %s AND channel = %s LIMIT 1"  # noqa: S608
    return bool(select(statement, (customer, SITE)))


def _may_be_shown(contact: Contact, at: datetime) -> bool:
    one, is_new = contact.delivery, contact.status == Status.WAITING
    if objection_to(one, at, is_new=is_new) is not None:
        return False
    return not is_new or capped(one.assignment.customer, at) is None


def _written(contact: Contact, place: str, at: datetime) -> Decision | None:
    """Return the decision at this place, written down when it is the first; None when taken back."""
    there = _made(contact.pk, place)
    if not there:
        with transaction.atomic():
            shown = {"status": Status.SENT, "taken_at": at, "ended_at": at}
            is_first = change_row(Contact, shown, id=contact.pk, status=Status.WAITING)
            if not is_first and not _still_shown(contact.pk):
                return None
            there = _made(contact.pk, place)  # by another call at the same time
            if not there:
                there = [_make(contact, place, at)]
    there[0].contact = contact
    return there[0]


@prepared
def _made(contact: int, placement: str) -> QuerySet[Decision]:
    return Decision.objects.filter(contact=contact, placement=placement)


@prepared
def _still_shown(contact: int) -> QuerySet[Contact]:
    rows = Contact.objects.filter(pk=contact, status=Status.SENT)
    return rows.only("pk").select_for_update()


def _make(contact: Contact, place: str, at: datetime) -> Decision:
    facts = {
        "placement": place,
        "at": at,
        "probability": contact.delivery.assignment.lot.probability,
    }
    made = add_row(Decision, {"contact": contact.pk, **facts})
    return Decision(id=made, contact_id=contact.pk, **facts)
