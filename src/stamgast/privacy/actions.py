"""Export, erase, merge and unmerge: each asks every room, and tells what was done."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from django.db import transaction

from stamgast.customers.actions.people import there
from stamgast.customers.errors import CustomerErased
from stamgast.customers.models import Customer, Identity, Merge
from stamgast.customers.personal import person
from stamgast.customers.queries import current
from stamgast.customers.tombstones import digest, missed
from stamgast.database.exclusive import Taken, exclusive
from stamgast.database.scrub import scrub
from stamgast.events.actions import tell
from stamgast.importers.personal import waits_with
from stamgast.privacy import rules
from stamgast.privacy.errors import (
    AlreadyUnmerged,
    ImportUnderWay,
    MergedFurther,
    NotTwoCustomers,
    UnknownReason,
)
from stamgast.privacy.rooms import ROOMS
from stamgast.staff.queries import Who, actor, employee, shop


def export_person(customer: Customer, *, at: datetime, by: Who) -> bytes:
    """Return a ZIP with everything we hold on a customer, as JSON and CSV.

    Of a record that went up in another the whole person is exported. Refuses somebody erased.
    """
    customer = _whole(customer)
    whom = person(customer)
    parts: dict[str, rules.Rows] = {}
    for name in reversed(ROOMS):
        parts.update(ROOMS[name].export(whom))
    about = {"shop": shop().name, "exported_at": at, "records": len(whom.ids)}
    packed = rules.pack(parts, about=about, at=at)
    tell("person_exported", at=at, actor=actor(by), subject="customer", subject_id=customer.pk)
    return packed


def erase_person(
    customer: Customer, *, at: datetime, by: Who, reason: str = "request"
) -> dict[str, int]:
    """Erase who somebody is, and keep what they bought without a name; returns what changed.

    First everything that names them elsewhere is blanked, which may be done again; then all rooms
    cut them off in one transaction. Refuses somebody erased before, an unknown reason, and while a
    file is on its way in.
    """
    if reason not in rules.REASONS:
        raise UnknownReason(reason=reason)
    try:
        with exclusive("import"):
            return _erase(_whole(customer), at=at, by=by, reason=reason)
    except Taken:
        raise ImportUnderWay() from None


def _erase(customer: Customer, *, at: datetime, by: Who, reason: str) -> dict[str, int]:
    whom = person(customer)
    if waits_with(whom, at=at):
        raise ImportUnderWay()
    changed: Counter[str] = Counter()
    for room in ROOMS.values():
        changed.update(room.sweep(whom, at=at))
    with transaction.atomic():
        list(Customer.objects.select_for_update().filter(pk__in=whom.ids).order_by("pk"))
        there(customer)
        for room in ROOMS.values():
            changed.update(room.erase(whom, at=at))
        facts = {"reason": reason, "changed": dict(changed)}
        tell(
            "person_erased",
            at=at,
            actor=actor(by),
            subject="customer",
            subject_id=customer.pk,
            facts=facts,
        )
        transaction.on_commit(scrub)
    return dict(changed)


def erase_again(*, at: datetime, by: Who) -> int:
    """Erase anew whom an older backup brought back; returns how many."""
    digests = missed()
    if not digests:
        return 0
    owned = Identity.objects.select_related("customer").iterator()
    back = {one.customer for one in owned if digest(one.kind, one.value) in digests}
    erased = {current(customer) for customer in back}
    for customer in erased:
        erase_person(customer, at=at, by=by)
    return len(erased)


def merge_customers(kept: Customer, gone: Customer, *, at: datetime, by: Who) -> Merge:
    """Let two records be one person, in every room; it can be undone.

    Refuses one record twice, somebody erased, and records that went up in another before.
    """
    if kept.pk == gone.pk:
        raise NotTwoCustomers(customer=kept.pk)
    with transaction.atomic():
        both = sorted((kept, gone), key=lambda one: one.pk)  # one order, so that nobody waits twice
        locked = {one.pk: there(one) for one in both}
        merge = Merge(kept=locked[kept.pk], gone=locked[gone.pk], at=at, by=employee(by))
        merge.moved = {name: room.merge(kept.pk, gone.pk) for name, room in ROOMS.items()}
        merge.save()
        tell("customers_merged", **_of_merge(merge, at=at, by=by))
    return merge


def unmerge_customers(merge: Merge, *, at: datetime, by: Who) -> Merge:
    """Undo a merge: both records are there again, as they were.

    What was said, bought and changed in the meantime stays with the record that was kept. Refuses
    one that was undone, somebody erased, and while the kept record is itself part of another.
    """
    with transaction.atomic():
        row = Merge.objects.select_for_update().get(pk=merge.pk)
        if row.undone_at is not None:
            raise AlreadyUnmerged(merge=row.pk)
        list(
            Customer.objects.select_for_update()
            .filter(pk__in=[row.kept_id, row.gone_id])
            .order_by("pk")
        )
        kept = Customer.objects.get(pk=row.kept_id)
        if kept.erased_at is not None:
            raise CustomerErased(customer=kept.pk)
        if kept.merged_into_id is not None:
            raise MergedFurther(customer=kept.pk, into=kept.merged_into_id)
        for name, room in ROOMS.items():
            if name in row.moved:  # a room that came later holds nothing of an older merge
                room.unmerge(row.kept_id, row.gone_id, row.moved[name])
        row.undone_at = at
        row.save(update_fields=["undone_at"])
        tell("customers_unmerged", **_of_merge(row, at=at, by=by))
    return row


def _whole(customer: Customer) -> Customer:
    """Return the record that stands for the whole person, as it is now; refuses somebody erased."""
    whole = current(Customer.objects.get(pk=customer.pk))
    if whole.erased_at is not None:
        raise CustomerErased(customer=whole.pk)
    return whole


def _of_merge(merge: Merge, *, at: datetime, by: Who) -> dict[str, Any]:
    """Return what an event about a merge says."""
    return {
        "at": at,
        "actor": actor(by),
        "subject": "customer",
        "subject_id": merge.kept_id,
        "facts": {"merge": merge.pk, "gone": merge.gone_id},
    }
