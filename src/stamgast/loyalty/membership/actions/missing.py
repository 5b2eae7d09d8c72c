"""A purchase that earned nothing: said by a member, looked into by a colleague."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from stamgast.customers.actions import add_task
from stamgast.customers.errors import AlreadyClosed
from stamgast.customers.models import Task
from stamgast.customers.rules import tidy
from stamgast.events.actions import tell
from stamgast.loyalty import queries as points
from stamgast.loyalty.actions import Basket, record_purchase
from stamgast.loyalty.membership import rules
from stamgast.loyalty.membership.errors import PurchaseKnown, TooManyQuestions
from stamgast.loyalty.models import Checkout, Member, MissingPurchase
from stamgast.loyalty.rules import BoughtLine
from stamgast.staff.queries import Who, actor, employee, shop

LOOK_WITHIN = timedelta(days=5)


def miss_purchase(
    member: Member,
    *,
    number: str,
    bought_on: date,
    amount_minor: int,
    at: datetime,
    by: Who = None,
) -> MissingPurchase:
    """Let a member say that a purchase earned nothing: a colleague gets a task to look into it.

    Refuses one that earned, was asked about before, lies in the future or more than a year back, and
    the sixth that waits.
    """
    number = tidy(number)
    zone = ZoneInfo(shop().zone)
    today = at.astimezone(zone).date()
    rules.check_missing(
        number=number, bought_on=bought_on, amount_minor=amount_minor, at=at, today=today
    )
    if Checkout.objects.filter(ref=number, member=member, status="committed").exists():
        raise PurchaseKnown()
    waiting = MissingPurchase.objects.filter(member=member, state="open").count()
    if waiting >= rules.MOST_WAITING:
        raise TooManyQuestions()
    try:
        with transaction.atomic():
            task = add_task(
                member.customer,
                title=number,
                reason=Task.Reason.MISSING_PURCHASE,
                at=at,
                due=today + LOOK_WITHIN,
            )
            row = MissingPurchase.objects.create(
                member=member,
                number=number,
                bought_on=bought_on,
                amount_minor=amount_minor,
                currency=points.programme().currency,
                task=task,
                made_at=at,
            )
            tell("purchase_missed", **_of(row, at=at, by=by))
    except IntegrityError:
        raise PurchaseKnown() from None
    return row


def grant_missing(row: MissingPurchase, *, at: datetime, by: Who = None) -> MissingPurchase:
    """Let a missed purchase earn what the rules gave on that day. Refuses one that is settled."""
    zone = ZoneInfo(shop().zone)
    noon = datetime.combine(row.bought_on, datetime.min.time(), tzinfo=zone) + timedelta(hours=12)
    with transaction.atomic():
        _settle(row, "granted", at=at, by=by)
        checkout, _ = record_purchase(
            Basket(
                ref=row.number,
                currency=row.currency,
                lines=[BoughtLine("", "", Decimal(1), row.amount_minor)],
            ),
            row.member,
            at=at,
            ordered_at=min(at, noon),
            by=by,
        )
        MissingPurchase.objects.filter(pk=row.pk).update(entry=checkout.earning)
        row.refresh_from_db()
        tell("missing_purchase_granted", **_of(row, at=at, by=by))
    return row


def refuse_missing(row: MissingPurchase, *, at: datetime, by: Who = None) -> MissingPurchase:
    """Say that a missed purchase earns nothing. Refuses one that is settled."""
    with transaction.atomic():
        _settle(row, "refused", at=at, by=by)
        tell("missing_purchase_refused", **_of(row, at=at, by=by))
    return row


def _settle(row: MissingPurchase, state: str, *, at: datetime, by: Who) -> None:
    waiting = MissingPurchase.objects.filter(pk=row.pk, state="open")
    if not waiting.update(state=state, settled_at=at, settled_by=employee(by)):
        raise AlreadyClosed()
    Task.objects.filter(pk=row.task_id or 0, done_at=None).update(done_at=at)
    row.refresh_from_db()


def _of(row: MissingPurchase, *, at: datetime, by: Who) -> dict[str, Any]:
    """Return what an event says about a missed purchase."""
    facts = {"missing_purchase": row.pk, "member": row.member_id}
    about = {"subject": "customer", "subject_id": row.member.customer_id, "facts": facts}
    return {"at": at, "actor": actor(by), **about}
