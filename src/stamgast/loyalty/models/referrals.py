"""Members who bring friends: their codes, whom they brought, and what both get."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from stamgast.customers.models import Customer
from stamgast.loyalty.models.codes import CodeSet
from stamgast.loyalty.models.ledger import Entry
from stamgast.loyalty.models.members import Member
from stamgast.sales.models import Order


class ReferralRule(models.Model):
    """What both sides get, and the caps: one row, made on first use."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_on = models.BooleanField(default=False)
    points_member = models.PositiveIntegerField(default=500)
    points_friend = models.PositiveIntegerField(default=250)  # when they are a member by then
    code_set = models.ForeignKey(
        CodeSet, models.PROTECT, null=True, related_name="+"
    )  # a code for the friend, at once
    least_order_minor = models.BigIntegerField(default=0)
    within_days = models.PositiveSmallIntegerField(default=90)  # the friend buys
    most_each = models.PositiveSmallIntegerField(default=10)  # rewarded, per member and year

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_referral_rule")]


class ReferralCode(models.Model):
    """The code in a member's link."""

    member = models.OneToOneField(Member, models.PROTECT, related_name="referral_code")
    text = models.CharField(max_length=16, unique=True)
    made_at = models.DateTimeField()


class Referral(models.Model):
    """A friend who came by a member's code; a customer is brought once."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for their first order
        ORDERED = "ordered"  # its return window runs
        REWARDED = "rewarded"
        REFUSED = "refused"

    member = models.ForeignKey(Member, models.PROTECT, related_name="referrals")
    friend = models.OneToOneField(Customer, models.PROTECT, related_name="brought_by")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=20, blank=True)  # why refused
    at = models.DateTimeField()
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)  # the return window is over
    settled_at = models.DateTimeField(null=True)
    member_entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")
    friend_entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="referral_due", condition=Q(state="ordered")),
        ]
