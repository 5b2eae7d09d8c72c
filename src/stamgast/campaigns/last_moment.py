"""The last word before a contact goes: whether the campaign still means it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from stamgast.campaigns.caps import capped
from stamgast.campaigns.eligible import over_the_cap
from stamgast.campaigns.errors import (
    AlreadyOrdered,
    CampaignOver,
    LeftCampaign,
    MayNotContact,
    OfferExpired,
)
from stamgast.campaigns.freshness import orders_too_old
from stamgast.campaigns.models import Assignment, Campaign, Contact, Delivery
from stamgast.campaigns.permission import refused
from stamgast.customers.models import Interaction
from stamgast.kernel import Refusal
from stamgast.mail.errors import NotYet
from stamgast.mail.models import Message
from stamgast.mail.rules import OUTBOUND
from stamgast.measurement.models import Lot
from stamgast.sales.models import Order

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
    one = (
        Delivery.objects.filter(message=message)
        .select_related("assignment__campaign__goal", "assignment__customer")
        .first()
    )
    return None if one is None else objection_to(one, at)


def may_not_make(contact: Contact, one: Delivery, at: datetime) -> Refusal | None:
    """Say why a contact over another channel must not be made now, or not yet.

    Called with the customer held, so that who withdraws consent comes before this, or after.
    """
    customer = one.assignment.customer
    if customer.erased_at or customer.merged_into_id or customer.pk != contact.customer_id:
        return LeftCampaign()
    codes = refused(contact.consent, contact.purpose, [customer.pk], at=at)
    if customer.pk in codes:
        return MayNotContact(reason=codes[customer.pk])
    return objection_to(one, at) or capped(customer, at)


def objection_to(one: Delivery, at: datetime) -> Refusal | None:
    """Say why a contact must not be made now, or not yet; None when it may."""
    assignment, campaign = one.assignment, one.assignment.campaign
    if campaign.status == Campaign.Status.ENDED:
        return CampaignOver()
    if campaign.status == Campaign.Status.PAUSED:
        return NotYet(until=at + _LATER, reason="campaign_paused")
    if assignment.state == Assignment.State.EXITED or _left(assignment) or _is_held_out(assignment):
        return LeftCampaign()
    if campaign.exits_on_order and _ordered_since(assignment):
        return AlreadyOrdered()
    if assignment.expires_at <= at:
        return OfferExpired()
    if orders_too_old(campaign, at):
        return NotYet(until=at + _LATER, reason="orders_too_old")
    if campaign.goal is not None and _is_over_the_cap(one, at):
        return NotYet(until=at + _TOMORROW, reason="contacted_often")
    return None


def _left(assignment: Assignment) -> bool:
    customer = assignment.customer
    if customer.objects_to_profiling or customer.erased_at or customer.merged_into_id:
        return True
    return Interaction.objects.filter(
        customer=customer, kind=Interaction.Kind.COMPLAINT, closed_at=None
    ).exists()


def _is_held_out(assignment: Assignment) -> bool:
    """Say whether another record of the same person drew first, and drew nothing."""
    person = assignment.customer_id
    lots = Lot.objects.filter(
        Q(customer=person) | Q(customer__merged_into=person),
        experiment=assignment.campaign.experiment_id,
    )
    first = lots.order_by("pk").select_related("arm").first()
    return first is not None and first.arm.is_control


def _ordered_since(assignment: Assignment) -> bool:
    return Order.objects.filter(
        customer=assignment.customer_id,
        ordered_at__gt=assignment.at,
        kind=Order.Kind.SALE,
        is_purchase=True,
        is_cancelled=False,
    ).exists()


def _is_over_the_cap(one: Delivery, at: datetime) -> bool:
    """Count what went, not what waits: this contact is itself among those."""
    goal = one.assignment.campaign.goal
    assert goal is not None
    customer = one.assignment.customer_id
    return bool(over_the_cap(goal, [customer], at, with_waiting=False))
