"""What waits for a colleague: calls to make, and calls that were taken up."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from stamgast.campaigns import permission
from stamgast.campaigns.actions.calling import FORGOTTEN_AFTER
from stamgast.campaigns.models import Assignment, Campaign, Contact
from stamgast.staff.models import User

_OF = "delivery__assignment"


def calls() -> QuerySet[Contact]:
    """Return the calls of campaigns, with what a page shows of each."""
    return Contact.objects.filter(channel="call").select_related(
        "customer", "taken_by", f"{_OF}__campaign", f"{_OF}__offer", "delivery__step"
    )


def calls_to_make(at: datetime) -> QuerySet[Contact]:
    """Return the calls that are due, of campaigns that run, the longest waiting first.

    Consent is asked again when one is taken up.
    """
    return (
        calls()
        .filter(
            status=Contact.Status.WAITING,
            due_at__lte=at,
            customer__erased_at=None,
            customer__merged_into=None,
            **{
                f"{_OF}__campaign__status": Campaign.Status.RUNNING,
                f"{_OF}__expires_at__gt": at,
                f"{_OF}__state__in": [Assignment.State.GIVEN],
            },
        )
        .order_by("due_at", "pk")
    )


def allowed(found: list[Contact], at: datetime) -> list[Contact]:
    """Return of these contacts those whose customer may still be reached."""
    no: set[tuple[int, str]] = set()
    for purpose in {one.purpose for one in found}:
        ids = [one.customer_id for one in found if one.purpose == purpose]
        no |= {(pk, purpose) for pk in permission.refused("phone", purpose, ids, at=at)}
    return [one for one in found if (one.customer_id, one.purpose) not in no]


def call_in_hand(user: User) -> Contact | None:
    """Return the call that a colleague took up and did not end yet."""
    return calls().filter(status=Contact.Status.IN_HAND, taken_by=user).first()


def calls_left_open(user: User, at: datetime) -> QuerySet[Contact]:
    """Return the calls that others took up so long ago that they may be taken over."""
    return (
        calls()
        .filter(status=Contact.Status.IN_HAND, taken_at__lte=at - FORGOTTEN_AFTER)
        .exclude(taken_by=user)
        .order_by("taken_at")
    )
