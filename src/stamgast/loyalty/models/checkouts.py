"""A purchase on its way through the till, and what came back of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from stamgast.loyalty.models.ledger import Entry, Hold
from stamgast.loyalty.models.members import Member


class Checkout(models.Model):
    """A purchase by the shop's own reference: held, then committed or let go.

    What it earned and by which lines and rules is frozen here, so that a return follows it.
    """

    class Status(models.TextChoices):
        HELD = "held"
        COMMITTED = "committed"
        RELEASED = "released"
        REPLACED = "replaced"  # an order that changed, and was told anew as another row

    ref = models.CharField(max_length=120, unique=True)
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="checkouts")
    is_from_order = models.BooleanField(default=False)  # of `sales`; else the till told of it
    status = models.CharField(max_length=9, choices=Status, default=Status.HELD)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # of what is held
    committed_at = models.DateTimeField(null=True)
    currency = models.CharField(max_length=3)
    # Lines and shipping as they were told: before what the programme gives.
    total_minor = models.BigIntegerField(default=0)
    shipping_minor = models.BigIntegerField(default=0)
    to_pay_minor = models.BigIntegerField(default=0)  # in money, after codes, points and cards
    # sku, quantity, amount, what codes took off it, and weight in points, frozen
    lines = models.JSONField(default=list)
    codes = models.JSONField(default=list)  # what the customer entered
    effects = models.JSONField(default=list)  # what other parts of the programme keep with it
    rules = models.JSONField(default=list)  # versions of the earning rules
    digest = models.CharField(max_length=32, blank=True)  # of what was asked when committed
    hold = models.ForeignKey(Hold, models.PROTECT, null=True, related_name="+")
    spending = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")
    earning = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")
    spent = models.BigIntegerField(default=0)
    earned = models.BigIntegerField(default=0)
    qualified = models.BigIntegerField(default=0)
    # What came back so far: pieces per line, an amount of the whole, and what that did.
    returned_lines = models.JSONField(default=dict)
    returned_minor = models.BigIntegerField(default=0)
    given_back = models.BigIntegerField(default=0)
    taken_back = models.BigIntegerField(default=0)
    disqualified = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(given_back__lte=models.F("spent"))
                & Q(taken_back__lte=models.F("earned"))
                & Q(disqualified__lte=models.F("qualified"))
                & Q(given_back__gte=0)
                & Q(taken_back__gte=0)
                & Q(disqualified__gte=0),
                name="no_more_back_than_was",
            )
        ]


class CheckoutReturn(models.Model):
    """Something of a purchase that came back, by the shop's own reference."""

    checkout = models.ForeignKey(Checkout, models.PROTECT, related_name="returns")
    ref = models.CharField(max_length=120)
    digest = models.CharField(max_length=32)
    at = models.DateTimeField()
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")
    given_back = models.BigIntegerField(default=0)
    taken_back = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkout", "ref"], name="one_return")]
