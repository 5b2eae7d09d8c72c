"""Plans: which customer gets which campaign within a budget, and why."""

from __future__ import annotations

from django.db import models

from stamgast.campaigns.models import Campaign
from stamgast.customers.models import Customer
from stamgast.staff.models import User
from stamgast.strategy.models import Goal


class Plan(models.Model):
    """For one goal: who gets which of some campaigns, or nothing, within a budget."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        MADE = "made"
        APPROVED = "approved"
        RUNNING = "running"
        ENDED = "ended"

    name = models.CharField(max_length=120)
    goal = models.ForeignKey(Goal, models.PROTECT, related_name="plans")
    budget_minor = models.BigIntegerField()
    exploration = models.DecimalField(max_digits=3, decimal_places=2, default="0.10")
    salt = models.CharField(max_length=32)  # who falls in the exploration, the same every time
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    # What making it found: per option, the curve, the forecast, findings. Nothing of one customer.
    facts = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True)  # when its places were worked out
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=120, unique=True, null=True)


class PlanOption(models.Model):
    """A campaign that a plan may give."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="options")
    campaign = models.OneToOneField(Campaign, models.PROTECT, related_name="plan_option")
    position = models.PositiveSmallIntegerField()
    most = models.PositiveIntegerField(null=True)  # customers, set by hand
    is_drawn = models.BooleanField(default=False)  # everybody with a place had their lot

    class Meta:
        ordering = ["position"]


class PlanChange(models.Model):
    """What somebody changed in a plan by hand, and why."""

    class Kind(models.TextChoices):
        CAP = "cap"  # at most so many of an option
        LEAVE_OUT_GROUP = "leave_out_group"  # of an option, or of all
        LEAVE_OUT = "leave_out"  # this customer gets nothing
        GIVE = "give"  # this customer gets this option, if they may

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=15, choices=Kind)
    option = models.ForeignKey(PlanOption, models.CASCADE, null=True, related_name="changes")
    dimension = models.CharField(max_length=10, blank=True)  # of a group: stage or kind
    group = models.CharField(max_length=20, blank=True)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="plan_changes")
    amount = models.PositiveIntegerField(null=True)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)


class PlanApproval(models.Model):
    """Somebody said that a plan may run as it is; a change afterwards undoes it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="approvals")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)  # how many, what it costs at most, what it may bring
    withdrawn_at = models.DateTimeField(null=True)


class Place(models.Model):
    """That a customer is to get an option; with what probability that was so is written here first.

    Without an option: chance decided that they get nothing, though the plan would have given them one.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="places", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="places")
    option = models.ForeignKey(PlanOption, models.CASCADE, null=True, related_name="places")
    chance = models.DecimalField(max_digits=7, decimal_places=6)  # of the option they have
    is_explored = models.BooleanField(default=False)  # chance decided, not the plan
    is_by_hand = models.BooleanField(default=False)
    gain_minor = models.BigIntegerField(default=0)  # expected of the option, if they get it
    stage = models.CharField(max_length=8, blank=True)  # as they stood when it was planned
    kind = models.CharField(max_length=14, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "customer"], name="one_place_in_a_plan")
        ]
