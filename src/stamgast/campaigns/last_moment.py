"""The last word before a contact goes: whether the campaign still means it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from stamgast.campaigns.caps import capped, capped_by_goal
from stamgast.campaigns.errors import (
    AlreadyOrdered,
    CampaignOver,
    InStandingControl,
    KeptBack,
    LeftCampaign,
    MayNotContact,
    OfferExpired,
)
from stamgast.campaigns.freshness import orders_too_old
from stamgast.campaigns.kept_back import is_kept_back
from stamgast.campaigns.models import Assignment, Campaign, Contact, Delivery
from stamgast.campaigns.permission import refused
from stamgast.campaigns.priority import gives_way
from stamgast.customers.models import Customer, Interaction
from stamgast.customers.rules import born_by
from stamgast.kernel import Refusal
from stamgast.mail.errors import NotYet
from stamgast.mail.models import Message
from stamgast.mail.rules import OUTBOUND
from stamgast.measurement.models import Arm, Experiment, Lot
from stamgast.sales.models import Order

# What is asked below; the other columns would be read for nothing, once per message.
_DECIDES = (
    *(f"assignment__{name}" for name in ("state", "at", "expires_at", "customer", "campaign")),
    *(
        f"assignment__campaign__{name}"
        for name in ("status", "experiment", "exits_on_order", "orders_may_be_old", "priority")
    ),
    *("assignment__campaign__goal__contacts_most", "assignment__campaign__goal__contacts_days"),
    *(
        f"assignment__customer__{name}"
        for name in ("objects_to_profiling", "erased_at", "merged_into", "birth_date")
    ),
)
_LATER = timedelta(minutes=15)
_TOMORROW = timedelta(hours=20)


def still_meant(message: Message, at: datetime) -> Refusal | None:
    """Say why a message of a campaign must not go, or not yet; None when it may, or is not ours."""
    if message.customer is not None and message.kind in OUTBOUND:
        often = capped(message.customer, at, is_mail=True)
        if often is not None:
            return often
    if not message.sender_ref.startswith("campaign:"):
        return None
    found = (
        Delivery.objects.filter(message=message)
        .select_related("assignment__campaign__goal", "assignment__customer")
        .only(*_DECIDES)[:1]
    )
    one = next(iter(found), None)
    if one is None:
        return None
    one.message = message
    return objection_to(one, at)


def may_not_make(
    contact: Contact, one: Delivery, at: datetime, *, is_new: bool = True
) -> Refusal | None:
    """Say why a contact over another channel must not be made now, or not yet.

    What is not new, as a call that somebody has in hand, counted for the caps when it was taken up.
    Called with the customer held, so that who withdraws consent comes before this, or after.
    """
    customer = one.assignment.customer
    if customer.erased_at or customer.merged_into_id or customer.pk != contact.customer_id:
        return LeftCampaign()
    codes = refused(contact.consent, contact.purpose, [customer.pk], at=at)
    if customer.pk in codes:
        return MayNotContact(reason=codes[customer.pk])
    if (refusal := objection_to(one, at, is_new=is_new)) is not None or not is_new:
        return refusal
    return capped(customer, at)


def objection_to(one: Delivery, at: datetime, *, is_new: bool = True) -> Refusal | None:
    """Say why a contact must not be made now, or not yet; None when it may.

    What is not new, as what somebody saw before on the site or a call in hand, is no contact more:
    neither caps nor the order of campaigns hold it up.
    """
    assignment, campaign = one.assignment, one.assignment.campaign
    if campaign.status == Campaign.Status.ENDED:
        return CampaignOver()
    if campaign.status == Campaign.Status.PAUSED:
        return NotYet(until=at + _LATER, reason="campaign_paused")
    now = _as_things_stand(assignment, at)
    has_left = assignment.state == Assignment.State.EXITED or _objects(assignment.customer, at)
    if has_left or now.complains or now.drew_nothing:
        return LeftCampaign()
    if now.is_standing:
        return InStandingControl()
    if campaign.exits_on_order and now.ordered:
        return AlreadyOrdered()
    if is_kept_back(one, at):
        return KeptBack()
    if assignment.expires_at <= at:
        return OfferExpired()
    if orders_too_old(campaign, at):
        return NotYet(until=at + _LATER, reason="orders_too_old")
    if not is_new:
        return None
    if campaign.goal is not None and now.was_contacted:
        often = capped_by_goal(campaign.goal, assignment.customer_id, at)
        if often is not None:
            return often
    if now.is_elsewhere and gives_way(one, at):
        return NotYet(until=at + _TOMORROW, reason="gives_way")
    return None


def _objects(customer: Customer, at: datetime) -> bool:
    if customer.birth_date is not None and customer.birth_date > born_by(at.date()):
        return True
    return bool(customer.objects_to_profiling or customer.erased_at or customer.merged_into_id)


class _Now(NamedTuple):
    """What may have changed since the lot gave somebody their part."""

    complains: bool
    drew_nothing: bool  # another record of the same person drew first, and drew nothing
    is_standing: bool  # the standing control group was drawn since, with them in it
    ordered: bool
    was_contacted: bool  # by us, ever: then how often lately has to be counted
    is_elsewhere: bool  # another campaign has them too: then it has to be asked which goes first


def _as_things_stand(assignment: Assignment, at: datetime) -> _Now:
    """Read it in one statement: it is asked of every message before it goes."""
    who = assignment.customer_id
    now, since = map(connection.ops.adapt_datetimefield_value, (at, assignment.at))
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(),
            [
                *(who, Interaction.Kind.COMPLAINT),
                *(assignment.campaign.experiment_id, who, who),
                *(Experiment.Kind.STANDING, True, now, who, who),
                *(who, since, Order.Kind.SALE, True, False),
                *(who, True, who, assignment.campaign_id),
            ],
        )
        return _Now(*map(bool, cursor.fetchone()))


@lru_cache(maxsize=1)
def _statement() -> str:
    tables = (Interaction, Lot, Arm, Experiment, Customer, Order, Assignment)
    said, lot, arm, experiment, customer, order, given = (one._meta.db_table for one in tables)
    person = f"IN (SELECT id FROM {customer} WHERE id = %s OR merged_into_id = %s)"  # noqa: S608
    return (
        f"SELECT EXISTS (SELECT 1 FROM {said} WHERE customer_id = %s AND kind = %s"  # noqa: S608
        f" AND closed_at IS NULL), (SELECT a.is_control FROM {lot} l"
        f" JOIN {arm} a ON a.id = l.arm_id WHERE l.experiment_id = %s AND l.customer_id {person}"
        f" ORDER BY l.id LIMIT 1), EXISTS (SELECT 1 FROM {lot} l JOIN {arm} a ON a.id = l.arm_id"
        f" JOIN {experiment} e ON e.id = l.experiment_id WHERE e.kind = %s AND e.ended_at IS NULL"
        f" AND a.is_control = %s AND l.assigned_at <= %s AND l.customer_id {person}),"
        f" EXISTS (SELECT 1 FROM {order} WHERE customer_id = %s AND ordered_at > %s AND kind = %s"
        " AND is_purchase = %s AND is_cancelled = %s),"
        f" EXISTS (SELECT 1 FROM {said} WHERE customer_id = %s AND is_ours = %s),"
        f" EXISTS (SELECT 1 FROM {given} WHERE customer_id = %s AND campaign_id <> %s)"
    )
