"""Addresses that get nothing any more, and how they come off that list."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from stamgast.customers import rules as people
from stamgast.events.actions import tell
from stamgast.mail.errors import BadMessage, NotSuppressed, ReasonNeeded
from stamgast.mail.models import Suppression
from stamgast.mail.suppressed import digest_of, suppression_of
from stamgast.staff.queries import Who, actor, employee


def suppress(
    address: str, *, reason: str, at: datetime, by: Who = None, note: str = ""
) -> Suppression:
    """Send this address nothing any more; doing so again changes nothing.

    Refuses what is no address.
    """
    clean = people.email(address)
    if not clean or reason not in Suppression.Reason.values:
        raise BadMessage(field="address")
    try:
        with transaction.atomic():
            if (known := suppression_of(clean)) is not None:
                return known
            row = Suppression.objects.create(
                digest=digest_of(clean),
                address=clean,
                reason=reason,
                note=people.tidy(note)[:300],
                at=at,
                by=employee(by),
            )
            tell(
                "address_suppressed",
                at=at,
                actor=actor(by),
                subject="suppression",
                subject_id=row.pk,
                facts={"reason": reason},
            )
    except IntegrityError:  # another was first
        return Suppression.objects.get(digest=digest_of(clean), lifted_at=None)
    return row


def lift_suppression(
    suppression: Suppression, *, because: str, at: datetime, by: Who = None
) -> Suppression:
    """Let an address have mail again; refuses without a reason, and one that is off the list."""
    said = people.tidy(because)[:300]
    if not said:
        raise ReasonNeeded()
    with transaction.atomic():
        listed = Suppression.objects.filter(pk=suppression.pk, lifted_at=None)
        if not listed.update(lifted_at=at, lifted_by=employee(by), lifted_because=said):
            raise NotSuppressed()
        tell(
            "suppression_lifted",
            at=at,
            actor=actor(by),
            subject="suppression",
            subject_id=suppression.pk,
        )
    suppression.refresh_from_db()
    return suppression
