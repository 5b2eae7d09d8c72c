"""How the programme works: its settings, and the rules by which points are earned."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from stamgast.staff.models import User


class Programme(models.Model):
    """The settings of the loyalty programme: one row, made on first use."""

    class Rounding(models.TextChoices):
        DOWN = "down"
        HALF_UP = "half_up"
        UP = "up"

    class Expiry(models.TextChoices):
        """Until when in its last month or year a point is good."""

        EXACT = "exact"  # to the moment
        MONTH_END = "month_end"
        YEAR_END = "year_end"

    class Owed(models.TextChoices):
        """What a debt of points means for what is earned next."""

        ABSORB = "absorb"  # it is taken off
        FORGIVE = "forgive"  # the shop bears it

    class Joining(models.TextChoices):
        ON_REQUEST = "on_request"
        FIRST_ORDER = "first_order"  # who buys becomes a member
        INVITED = "invited"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField(null=True)  # nothing is earned by what happened earlier
    stopped_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3, default="EUR")
    zone = models.CharField(max_length=40, default="Europe/Amsterdam")
    pending_days = models.PositiveSmallIntegerField(default=14)  # the return window
    validity_months = models.PositiveSmallIntegerField(default=24)  # 0: points do not expire
    expiry = models.CharField(max_length=9, choices=Expiry, default=Expiry.MONTH_END)
    remind_days = models.PositiveSmallIntegerField(default=30)  # before points expire
    grace_days = models.PositiveSmallIntegerField(default=30)  # for points given back too late
    rounding = models.CharField(max_length=7, choices=Rounding, default=Rounding.DOWN)
    owed = models.CharField(max_length=7, choices=Owed, default=Owed.ABSORB)
    joining = models.CharField(max_length=11, choices=Joining, default=Joining.ON_REQUEST)
    terms_version = models.CharField(max_length=40, blank=True)
    terms = models.TextField(blank=True)
    # What one point is worth at the till, in minor units: 1 is a cent, 0.5 half a cent.
    point_value = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal(1))
    hold_minutes = models.PositiveIntegerField(default=30)  # how long a till may keep points apart
    does_history_earn = models.BooleanField(default=False)  # orders that an import brings in
    # Points that one colleague may give by hand in a month, by role; who administers has no limit.
    month_service = models.PositiveIntegerField(default=10_000)
    month_marketer = models.PositiveIntegerField(default=100_000)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="one_programme"),
            models.CheckConstraint(condition=models.Q(point_value__gt=0), name="points_are_worth"),
        ]


class PastPointValue(models.Model):
    """What a point was worth until a moment, so that what was owed then stays what it was."""

    value = models.DecimalField(max_digits=12, decimal_places=4)
    until = models.DateTimeField()


class EarningRule(models.Model):
    """A way to earn points, as it is now; what it said earlier stays in its versions."""

    class Kind(models.TextChoices):
        PER_AMOUNT = "per_amount"  # `points` for every `per_minor` spent
        PER_ORDER = "per_order"  # `points` for an order
        MULTIPLIER = "multiplier"  # `factor` times, for a category or product
        ACTION = "action"  # `points` for something done

    class Action(models.TextChoices):
        REVIEW = "review"
        ANSWER = "answer"
        BIRTHDAY = "birthday"
        FIRST_ORDER = "first_order"
        VISIT = "visit"
        OTHER = "other"

    class Per(models.TextChoices):
        """In which time an action earns no more than so many times."""

        YEAR = "year"  # a calendar year in the programme's zone
        EVER = "ever"

    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    points = models.PositiveIntegerField(default=0)
    per_minor = models.PositiveIntegerField(default=100)  # minor units of the programme's currency
    factor = models.DecimalField(max_digits=6, decimal_places=2, default=Decimal(1))
    category = models.CharField(max_length=120, blank=True)
    sku = models.CharField(max_length=80, blank=True)
    action = models.CharField(max_length=11, choices=Action, blank=True)
    min_order_minor = models.BigIntegerField(default=0)
    most_times = models.PositiveSmallIntegerField(default=0)  # an action, per member; 0: no limit
    most_per = models.CharField(max_length=4, choices=Per, default=Per.EVER)
    does_qualify = models.BooleanField(default=True)  # its points count for a tier too
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)  # what was earned by it stays as it was


class RuleVersion(models.Model):
    """What a rule said at a moment: never changed, so that a return follows what was promised."""

    rule = models.ForeignKey(EarningRule, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="one_rule_version")]


class GivenByHand(models.Model):
    """How many points a colleague gave by hand in a month, less what was undone."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+")
    month = models.DateField()  # its first day, in the shop's zone
    points = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "month"], name="one_month_by_hand"),
            models.CheckConstraint(condition=models.Q(points__gte=0), name="given_by_hand"),
        ]
