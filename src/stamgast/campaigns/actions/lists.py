"""Lists for the mail tool of the shop: only who got something by lot, each on one list at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from stamgast.campaigns.actions.contacting import take_contact
from stamgast.campaigns.actions.sending_out import reached_at
from stamgast.campaigns.actions.telling import about, tell
from stamgast.campaigns.errors import NothingToHandOver, NotRunning
from stamgast.campaigns.last_moment import objection_to
from stamgast.campaigns.models import Campaign, Contact, Handover
from stamgast.campaigns.permission import refused
from stamgast.staff.queries import Who, employee

Status = Contact.Status
MOST_AT_ONCE = 20_000
_PORTION = 5  # per transaction: others that write wait no longer than for that


def hand_list_over(
    campaign: Campaign,
    *,
    at: datetime,
    by: Who,
    show: Callable[[float], object] = lambda share: None,
) -> Handover:
    """Make a list of who waits for one; consent and all the rest is asked now, of each.

    `show` hears how far it is, from 0 to 1.

    Refuses a campaign that does not run, and one of which nobody waits, or may be reached.
    """
    if campaign.status != Campaign.Status.RUNNING:
        raise NotRunning()
    made = Handover.objects.create(campaign=campaign, at=at, by=employee(by))
    waiting = _waiting(campaign, at).values_list("pk", flat=True)
    taken, seen, last, todo = 0, 0, 0, waiting.count()
    while part := list(waiting.filter(pk__gt=last).order_by("pk")[:_PORTION]):
        with transaction.atomic():
            for contact in Contact.objects.filter(pk__in=part).order_by("pk"):
                if take_contact(contact, at=at, by=by) is None:
                    Contact.objects.filter(pk=contact.pk).update(handover=made)
                    taken += 1
            Handover.objects.filter(pk=made.pk).update(customers=taken)
        last, seen = part[-1], seen + len(part)
        show(seen / todo)
        if taken >= MOST_AT_ONCE:
            break
    if not taken:
        made.delete()
        raise NothingToHandOver()
    made.customers = taken
    tell("list_made", **about(campaign, at=at, by=by, handover=made.pk, customers=taken))
    return made


def waiting_for_list(campaign: Campaign, at: datetime) -> int:
    """Count who waits for a list of this campaign."""
    return _waiting(campaign, at).count()


def download_list(handover: Handover, *, at: datetime, by: Who) -> Iterator[dict[str, str]]:
    """Return the rows of a list, and write down that it was taken along.

    It leaves out who may no longer be reached, whom the campaign no longer means and of whom the
    end is known; the list keeps how many.
    """
    told = {"handover": handover.pk, "customers": handover.customers}
    tell("list_downloaded", **about(handover.campaign, at=at, by=by, **told))
    return _rows(handover, at)


def _rows(handover: Handover, at: datetime) -> Iterator[dict[str, str]]:
    last, listed = 0, 0
    of = "delivery__assignment"
    rows = Contact.objects.filter(handover=handover, status=Status.IN_HAND).select_related(
        "customer", f"{of}__campaign__goal", f"{of}__customer"
    )
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:500]):
        last = part[-1].pk
        no = {
            (consent, purpose, pk)
            for consent, purpose in {(one.consent, one.purpose) for one in part}
            for pk in refused(consent, purpose, [one.customer_id for one in part], at=at)
        }
        for one in part:
            is_allowed = (one.consent, one.purpose, one.customer_id) not in no
            if is_allowed and objection_to(one.delivery, at, is_new=False) is None:
                listed += 1
                yield _row(one)
    Handover.objects.filter(pk=handover.pk).update(left_out=handover.customers - listed)


def _row(one: Contact) -> dict[str, str]:
    offer = one.facts.get("offer", {})
    return {
        "contact": str(one.pk),
        **reached_at(one.customer, one.consent),
        "language": one.customer.language,
        "offer": str(offer.get("title", "")),
        "code": str(offer.get("code", "")),
        "until": str(offer.get("until", "")),
    }


def _waiting(campaign: Campaign, at: datetime) -> QuerySet[Contact]:
    return Contact.objects.filter(
        channel="list",
        endpoint=None,
        status=Status.WAITING,
        due_at__lte=at,
        delivery__assignment__campaign=campaign,
    )
