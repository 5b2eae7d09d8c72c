"""What we are after, the money set aside for it, and what a new customer costs beside one kept."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from stamgast.staff.models import User


class Goal(models.Model):
    """One measurable target with a date and a budget: to keep customers, or to deepen loyalty."""

    class Direction(models.TextChoices):
        KEEP = "keep"
        DEEPEN = "deepen"

    class Measure(models.TextChoices):
        KEPT_A_YEAR = "kept_a_year"  # share of last year's customers who bought since
        ACTIVE_REGULARS = "active_regulars"  # share of regular customers who do not drift
        SECOND_PURCHASE = "second_purchase"  # share of the year's new customers who bought again
        ORDERS_A_YEAR = "orders_a_year"  # orders per customer who bought in the year
        TRUE_LOYALTY = "true_loyalty"  # share of those we know who stay because they want to
        NPS = "nps"

    class Judged(models.TextChoices):
        MARGIN = "margin"  # margin within the window of each effort
        FOLLOWED = "followed"  # followed longer, until nothing is borrowed from later

    class Status(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"
        CLOSED = "closed"

    name = models.CharField(max_length=120, blank=True)
    direction = models.CharField(max_length=6, choices=Direction)
    measure = models.CharField(max_length=20, choices=Measure)
    baseline = models.FloatField()  # of the measure, when the goal was set
    baseline_on = models.DateField()
    target = models.FloatField()
    due_on = models.DateField()  # the day on which the target should be reached
    currency = models.CharField(max_length=3)
    budget_minor = models.BigIntegerField()
    reserved_minor = models.BigIntegerField(default=0)
    spent_minor = models.BigIntegerField(default=0)
    # What offers turned out to cost beyond the budget: not a promise, so no constraint holds it.
    overrun_minor = models.BigIntegerField(default=0)
    # Guard rails
    contacts_most = models.PositiveSmallIntegerField(null=True)  # per customer ...
    contacts_days = models.PositiveSmallIntegerField(default=30)  # ... in so many days
    worst_case_minor = models.BigIntegerField(null=True)  # the most one effort may cost
    judged = models.CharField(max_length=8, choices=Judged, default=Judged.FOLLOWED)
    status = models.CharField(max_length=6, choices=Status, default=Status.DRAFT)
    forecast = models.JSONField(default=dict)  # written once, when the goal is opened
    outcome = models.JSONField(default=dict)  # written once, when it is closed
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=120, unique=True, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    reserved_minor__gte=0,
                    spent_minor__gte=0,
                    budget_minor__gte=F("reserved_minor") + F("spent_minor"),
                ),
                name="never_overspent",
            )
        ]

    @property
    def reference(self) -> str:
        """How the efforts begun for it name it."""
        return f"goal:{self.pk}"

    @property
    def free_minor(self) -> int:
        """What is neither spent nor promised."""
        return self.budget_minor - self.reserved_minor - self.spent_minor


class Reservation(models.Model):
    """Money set aside for one promise: settled when it is used, released when it is not."""

    class State(models.TextChoices):
        RESERVED = "reserved"
        SETTLED = "settled"
        RELEASED = "released"

    goal = models.ForeignKey(Goal, models.PROTECT, related_name="reservations")
    key = models.CharField(max_length=120, unique=True)
    amount_minor = models.BigIntegerField()
    settled_minor = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State, default=State.RESERVED)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="reserved_is_money")
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="reservation_expiry", condition=Q(state="reserved")
            )
        ]


class AcquisitionCost(models.Model):
    """What winning new customers over one channel cost in one month."""

    channel = models.CharField(max_length=60)
    month = models.DateField()  # its first day
    currency = models.CharField(max_length=3)
    cost_minor = models.BigIntegerField()
    # How many it won, where somebody counted; empty: those whose first order came over the channel.
    new_customers = models.PositiveIntegerField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "month", "currency"], name="one_cost_per_channel_and_month"
            )
        ]
