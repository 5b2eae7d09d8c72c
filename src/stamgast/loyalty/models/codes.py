"""Sets of codes with their conditions, the codes themselves, and every use of one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from stamgast.customers.models import Customer
from stamgast.staff.models import User


class VatKind(models.TextChoices):
    """How the tax office sees what is given (Directive 2016/1065)."""

    DISCOUNT = "discount"  # no voucher: lowers the price of a purchase
    SINGLE_PURPOSE = "single_purpose"  # rate and place known when issued: VAT then
    MULTI_PURPOSE = "multi_purpose"  # VAT when used


class CodeSet(models.Model):
    """Codes of one kind: what they give, on which conditions, how often, and for how much at most."""

    class Kind(models.TextChoices):
        PERCENT = "percent"
        AMOUNT = "amount"
        FREE_SHIPPING = "free_shipping"
        GIFT_CARD = "gift_card"  # money on a card, used in parts

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=13, choices=Kind)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    most_minor = models.BigIntegerField(null=True)  # the largest discount on one order
    # --- conditions; empty says nothing
    least_order_minor = models.BigIntegerField(default=0)
    skus = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    stages = models.JSONField(default=list)
    tiers = models.JSONField(default=list)
    is_first_order = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    # --- together with others
    is_exclusive = models.BooleanField(default=False)  # never with another code
    family = models.CharField(max_length=40, blank=True)  # one of a family per order
    rank = models.SmallIntegerField(default=0)  # the highest goes first
    # --- limits
    uses_per_code = models.PositiveIntegerField(null=True)
    uses_per_customer = models.PositiveIntegerField(null=True)
    uses_most = models.PositiveBigIntegerField(null=True)
    uses = models.PositiveBigIntegerField(default=0)  # counted where uses_most or budget is set
    budget_minor = models.BigIntegerField(null=True)
    spent_minor = models.BigIntegerField(default=0)
    is_use_given_back = models.BooleanField(default=False)  # after the whole order came back
    # --- law
    vat_kind = models.CharField(max_length=14, choices=VatKind, default=VatKind.DISCOUNT)
    requires_purchase = models.BooleanField(default=True)
    is_sold = models.BooleanField(default=False)  # paid for by who got it
    closed_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=120, unique=True, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(uses_most=None) | Q(uses__lte=F("uses_most")), name="codes_within_limit"
            ),
            models.CheckConstraint(
                condition=Q(spent_minor__gte=0)
                & (Q(budget_minor=None) | Q(spent_minor__lte=F("budget_minor"))),
                name="codes_within_budget",
            ),
        ]


class DiscountCode(models.Model):
    """One code as people type it: capitals and figures, no spaces."""

    code_set = models.ForeignKey(CodeSet, models.PROTECT, related_name="codes")
    text = models.CharField(max_length=40, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="discount_codes"
    )  # only they may use it
    valid_until = models.DateTimeField(null=True)  # of this code alone, within the set's own period
    uses = models.PositiveIntegerField(default=0)  # held and used
    initial_minor = models.BigIntegerField(null=True)  # of a gift card
    balance_minor = models.BigIntegerField(null=True)  # less what is held
    blocked_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True, null=True)  # what it was given for

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(balance_minor=None)
                | (Q(balance_minor__gte=0) & Q(balance_minor__lte=F("initial_minor"))),
                name="gift_card_within_balance",
            ),
        ]
        indexes = [
            models.Index(
                fields=["code_set", "id"], name="code_free", condition=Q(customer=None, uses=0)
            ),
        ]

    @property
    def in_short(self) -> str:
        """As staff see it: a gift card is money to whoever reads it, so its last four characters."""
        return self.text if self.initial_minor is None else f"…{self.text[-4:]}"


class CodeCount(models.Model):
    """How often one customer used codes of a set that limits it."""

    code_set = models.ForeignKey(CodeSet, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    uses = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code_set", "customer"], name="one_code_count")
        ]


class CodeUse(models.Model):
    """A code in one checkout: held, then used or released; what came back stands beside it."""

    class State(models.TextChoices):
        HELD = "held"
        USED = "used"
        RELEASED = "released"

    code = models.ForeignKey(DiscountCode, models.PROTECT, related_name="times")
    key = models.CharField(max_length=120)  # the checkout
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="code_uses")
    state = models.CharField(max_length=8, choices=State)
    amount_minor = models.BigIntegerField()  # what it gave
    back_minor = models.BigIntegerField(default=0)  # what came back of that
    is_use_back = models.BooleanField(default=False)  # and may be used once more
    held_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "code"], name="one_use_per_checkout"),
            models.CheckConstraint(
                condition=Q(back_minor__gte=0) & Q(back_minor__lte=F("amount_minor")),
                name="code_use_back_within",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="code_use_held", condition=Q(state="held")),
        ]
