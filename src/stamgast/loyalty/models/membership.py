"""What surrounds a membership: signing in, what members allow, what they miss."""

from __future__ import annotations

from django.db import models

from stamgast.customers.models import Customer, Task
from stamgast.loyalty.models.ledger import Entry
from stamgast.loyalty.models.members import Member
from stamgast.staff.models import User


class SignInCode(models.Model):
    """A code of six figures that was mailed: only its digest is kept, and it works once."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in"
        ERASE = "erase"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=7, choices=Purpose, default=Purpose.SIGN_IN)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-made_at"], name="sign_in_code_latest")]


class ProgrammeConsent(models.Model):
    """What a member agreed to or took back: membership and profiling apart; rows are only added."""

    class Kind(models.TextChoices):
        MEMBERSHIP = "membership"
        PROFILING = "profiling"

    member = models.ForeignKey(Member, models.PROTECT, related_name="consents")
    kind = models.CharField(max_length=10, choices=Kind)
    is_granted = models.BooleanField()
    wording = models.CharField(max_length=300)
    source = models.CharField(max_length=60)  # where it was said: "member page", "staff", ...
    terms_version = models.CharField(max_length=40, blank=True)  # the terms that held then
    at = models.DateTimeField()


class MissingPurchase(models.Model):
    """A purchase that a member says earned nothing; a colleague looks into it."""

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        REFUSED = "refused"

    member = models.ForeignKey(Member, models.PROTECT, related_name="missing_purchases")
    number = models.CharField(max_length=64)
    bought_on = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    task = models.ForeignKey(Task, models.SET_NULL, null=True, related_name="+")
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "number"], name="one_missing_purchase")
        ]
