"""Tiers: what they take, what they give, and which one each member had when."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from stamgast.loyalty.models.members import Member


class TierRule(models.Model):
    """How members reach a tier and keep it: one row, made on first use."""

    class Measure(models.TextChoices):
        POINTS = "points"  # that qualify
        SPEND = "spend"  # without VAT, after returns, in the programme's currency
        ORDERS = "orders"

    class Window(models.TextChoices):
        ROLLING = "rolling"  # the last so many months
        CALENDAR_YEAR = "calendar_year"  # last year's tier holds through this year
        SINCE_JOINING = "since_joining"  # whole years from the day they joined

    class Downgrade(models.TextChoices):
        ONE_DOWN = "one_down"
        STRAIGHT = "straight"  # to what they qualify for

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    measure = models.CharField(max_length=6, choices=Measure, default=Measure.SPEND)
    window = models.CharField(max_length=13, choices=Window, default=Window.ROLLING)
    months = models.PositiveSmallIntegerField(default=12)  # of the rolling window
    downgrade = models.CharField(max_length=8, choices=Downgrade, default=Downgrade.ONE_DOWN)
    grace_days = models.PositiveSmallIntegerField(default=60)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_tier_rule")]


class Tier(models.Model):
    """A level of the programme; the higher its threshold, the higher it is."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    threshold = models.BigIntegerField()  # points, minor units or orders, as the rule measures
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gt=0), name="tier_takes_something"),
            models.UniqueConstraint(
                fields=["threshold"], condition=Q(removed_at=None), name="one_tier_per_threshold"
            ),
        ]


class TierBenefit(models.Model):
    """Something a tier gives, and what it is worth."""

    class Kind(models.TextChoices):
        FREE_SHIPPING = "free_shipping"
        EXTRA_POINTS = "extra_points"
        BIRTHDAY = "birthday"
        EARLY_ACCESS = "early_access"
        SERVICE = "service"
        OTHER = "other"

    tier = models.ForeignKey(Tier, models.CASCADE, related_name="benefits")
    kind = models.CharField(max_length=13, choices=Kind)
    text = models.CharField(max_length=200)  # as members read it
    factor = models.DecimalField(max_digits=4, decimal_places=2, default=Decimal(1))  # extra points
    value_minor = models.BigIntegerField(default=0)  # what it is worth to a member, per year
    cost_minor = models.BigIntegerField(default=0)  # what it costs us, per member and year


class MemberTier(models.Model):
    """A member's tier over a stretch of time; the stretch without an end is the present one.

    With `grace_until` they no longer qualify, and from then on have `falls_to`, whenever the nightly
    job comes round to writing it.
    """

    member = models.ForeignKey(Member, models.PROTECT, related_name="tiers")
    tier = models.ForeignKey(Tier, models.PROTECT, null=True, related_name="+")  # empty: none
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    measured = models.BigIntegerField(default=0)  # what they had when it was last looked at
    measured_on = models.DateField(null=True)
    grace_until = models.DateTimeField(null=True)
    falls_to = models.ForeignKey(Tier, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(until=None), name="one_present_tier"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="tier_ends_after_start"
            ),
        ]
