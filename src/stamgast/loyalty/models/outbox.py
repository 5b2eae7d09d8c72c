"""What programs were answered, and what still has to be told to them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from stamgast.loyalty.models.ledger import Entry
from stamgast.loyalty.models.members import Member


class Reply(models.Model):
    """The answer to a request with a key: the same request again gets the same answer.

    The key and what was asked are kept for ever; the body may go, and goes when the member does.
    """

    key = models.CharField(max_length=160, unique=True)
    digest = models.CharField(max_length=64)  # of method, address and body
    status = models.PositiveSmallIntegerField()
    body = models.TextField(null=True)
    entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, related_name="+", db_index=False
    )  # of which the answer tells, instead of a body
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["member"], name="reply_member", condition=Q(member__isnull=False))
        ]


class WebhookEndpoint(models.Model):
    """An address of a program that wants to hear of every entry, or that reaches customers for us."""

    class Hears(models.TextChoices):
        POINTS = "points"  # every entry of the ledger
        CONTACTS = "contacts"  # what campaigns hand over to it, and no more

    hears = models.CharField(max_length=8, choices=Hears, default=Hears.POINTS)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=120)  # to sign with; Standard Webhooks: whsec_...
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=60, blank=True)


class WebhookDelivery(models.Model):
    """One entry to be told to one endpoint: written with the entry, sent in the member's order."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"  # given up; a colleague may send it again

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    member = models.ForeignKey(Member, models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+", db_index=False)
    sequence = models.PositiveBigIntegerField()
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=200, blank=True)  # status, or why it could not be sent

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "member", "sequence"], name="told_once")
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"], name="delivery_waiting", condition=Q(status="waiting")
            )
        ]
