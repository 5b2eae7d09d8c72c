"""Rewards that points buy, and the claims on them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from stamgast.customers.models import Task
from stamgast.loyalty.models.codes import CodeSet, DiscountCode, VatKind
from stamgast.loyalty.models.ledger import Entry
from stamgast.loyalty.models.members import Member


class Reward(models.Model):
    """Something to claim with points: who may see it, what it takes, what it costs us."""

    class Kind(models.TextChoices):
        GIFT = "gift"
        DISCOUNT = "discount"
        FREE_SHIPPING = "free_shipping"
        PRODUCT = "product"
        EXPERIENCE = "experience"
        DONATION = "donation"
        SERVICE = "service"

    name = models.CharField(max_length=120)
    text = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=13, choices=Kind)
    points = models.BigIntegerField()
    stock = models.PositiveIntegerField(null=True)  # empty: as many as are asked for
    claimed = models.PositiveIntegerField(default=0)  # less what was undone
    tiers = models.JSONField(default=list)  # codes; empty: every member
    most_each = models.PositiveSmallIntegerField(null=True)  # per member
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    cost_minor = models.BigIntegerField(default=0)  # to us, per claim
    currency = models.CharField(max_length=3)
    vat_kind = models.CharField(max_length=14, choices=VatKind, default=VatKind.DISCOUNT)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    requires_purchase = models.BooleanField(default=True)
    code_set = models.ForeignKey(CodeSet, models.PROTECT, null=True, related_name="+")
    code_days = models.PositiveSmallIntegerField(default=90)  # that such a code is valid
    closed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(stock=None) | Q(claimed__lte=F("stock")), name="reward_within_stock"
            ),
            models.CheckConstraint(condition=Q(points__gt=0), name="reward_takes_points"),
        ]


class Claim(models.Model):
    """A reward that a member took: the points are off, a code is given or a colleague has a task."""

    class State(models.TextChoices):
        CLAIMED = "claimed"
        FULFILLED = "fulfilled"
        UNDONE = "undone"

    reward = models.ForeignKey(Reward, models.PROTECT, related_name="claims")
    member = models.ForeignKey(Member, models.PROTECT, related_name="claims")
    state = models.CharField(max_length=9, choices=State, default=State.CLAIMED)
    points = models.BigIntegerField()
    cost_minor = models.BigIntegerField()
    entry = models.OneToOneField(
        Entry, models.PROTECT, null=True, related_name="+"
    )  # empty: it was given, and took no points
    reversal = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="+")
    code = models.ForeignKey(DiscountCode, models.PROTECT, null=True, related_name="+")
    task = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    fulfilled_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=120, unique=True)

    class Meta:
        indexes = [models.Index(fields=["reward", "at"], name="claim_of_reward")]
