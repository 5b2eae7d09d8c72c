"""How our mail looks, what waits to be sent and what became of it, and whom we leave alone."""

from __future__ import annotations

from datetime import time

from django.db import models

from stamgast.customers.models import Customer
from stamgast.staff.models import User


class Picture(models.Model):
    """A picture in our mail: the same address for everybody, so it tells nothing of anyone."""

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=4)  # png, jpg or gif
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    content = models.BinaryField()
    made_at = models.DateTimeField()


class Brand(models.Model):
    """How our mail looks and who it comes from: one row, made on first use."""

    class Tone(models.TextChoices):
        FORMAL = "formal"
        FRIENDLY = "friendly"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    sender_name = models.CharField(max_length=120, blank=True)  # empty: the name of the shop
    sender_address = models.CharField(max_length=254, blank=True)
    reply_address = models.CharField(max_length=254, blank=True)
    bounce_address = models.CharField(max_length=254, blank=True)  # where refusals come back
    postal_address = models.CharField(max_length=300, blank=True)
    logo = models.ForeignKey(Picture, models.PROTECT, null=True, related_name="+")
    colour = models.CharField(max_length=7, default="#1f5c3f")  # of buttons and links
    ink = models.CharField(max_length=7, default="#26231d")
    paper = models.CharField(max_length=7, default="#f6f3ec")
    tone = models.CharField(max_length=8, choices=Tone, default=Tone.FORMAL)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_brand")]


class MailSettings(models.Model):
    """The server that sends, and how much and when: one row. Its password is not kept here."""

    class Security(models.TextChoices):
        STARTTLS = "starttls"
        TLS = "tls"
        NONE = "none"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    provider = models.CharField(max_length=20, blank=True)  # empty: a server that speaks SMTP
    host = models.CharField(max_length=200, blank=True)
    port = models.PositiveIntegerField(default=587)
    security = models.CharField(max_length=8, choices=Security, default=Security.STARTTLS)
    user = models.CharField(max_length=254, blank=True)
    public_address = models.CharField(max_length=200, blank=True)  # where links in mail lead
    most_per_minute = models.PositiveIntegerField(default=600)
    most_contacts = models.PositiveSmallIntegerField(default=3)  # per customer, in `within_days`
    within_days = models.PositiveSmallIntegerField(default=7)
    quiet_from = models.TimeField(default=time(21))
    quiet_until = models.TimeField(default=time(8))
    is_held = models.BooleanField(default=False)  # a colleague stopped all sending
    trouble = models.JSONField(default=dict)  # why the server could not be used just now

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_mail_settings")]


class KeptContent(models.Model):
    """What messages say, kept once for all that say it; never changed."""

    digest = models.CharField(max_length=64, unique=True)
    document = models.JSONField()  # content.Content as a document
    made_at = models.DateTimeField()


class Template(models.Model):
    """A text that colleagues work on; what was sent from it does not change with it."""

    name = models.CharField(max_length=80, unique=True)
    document = models.JSONField()
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True)


class Message(models.Model):
    """One message to one person: written in the transaction of the decision, sent at most once."""

    class Kind(models.TextChoices):
        CAMPAIGN = "campaign"
        SURVEY = "survey"
        SERVICE = "service"
        SIGN_IN = "sign_in"
        POINTS = "points"
        STAFF = "staff"

    class Status(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"  # handed to the server just now; of one worker at most one
        SENT = "sent"  # the server took it
        FAILED = "failed"  # the server refused it for good, or it could not be written
        UNCERTAIN = "uncertain"  # its worker died between handing over and the answer
        WITHHELD = "withheld"  # we may not, or no longer want to

    key = models.CharField(max_length=160, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="messages")
    to = models.CharField(max_length=254, blank=True)  # empty: the customer's own address
    sent_to = models.CharField(max_length=254, blank=True)  # the address it was handed over for
    kind = models.CharField(max_length=8, choices=Kind)
    purpose = models.CharField(max_length=8, blank=True)  # of consent; empty: needs none
    content = models.ForeignKey(KeptContent, models.PROTECT, related_name="+")
    facts = models.JSONField(default=dict)
    language = models.CharField(max_length=5, blank=True)  # empty: the customer's
    sender_ref = models.CharField(max_length=160, blank=True)
    rank = models.PositiveSmallIntegerField(default=5)  # lower goes first
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=40, blank=True)  # why not, or why not yet
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=60, blank=True)
    seen_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)  # sent, failed or withheld
    answer = models.CharField(max_length=300, blank=True)  # the last words of the server

    class Meta:
        indexes = [
            # Not only of what waits: SQLite sees no such index through a statement with parameters.
            models.Index(fields=["status", "rank", "due_at", "id"], name="message_due"),
            models.Index(
                fields=["seen_at"], name="message_in_hand", condition=models.Q(status="sending")
            ),
            models.Index(fields=["status", "ended_at"], name="message_ended"),
            models.Index(fields=["customer", "ended_at"], name="message_customer"),
            models.Index(fields=["sender_ref"], name="message_sender"),
        ]


class Hook(models.Model):
    """What a provider told us, by its digest alone: the same again changes nothing."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="hook_at")]


class Suppression(models.Model):
    """An address we send nothing to: after erasure only its keyed digest is left."""

    class Reason(models.TextChoices):
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        BY_HAND = "by_hand"

    digest = models.CharField(max_length=64)
    address = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    lifted_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], name="one_suppression", condition=models.Q(lifted_at=None)
            )
        ]
        indexes = [models.Index(fields=["address"], name="suppression_address")]


class Pause(models.Model):
    """A customer asked for some quiet."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="pauses")
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # they wanted to hear from us sooner


class Click(models.Model):
    """A link in a message was fetched; whether by a person is judged a little later."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="clicks")
    place = models.PositiveSmallIntegerField()  # which link; 0 is one that no person can see
    at = models.DateTimeField()
    is_person = models.BooleanField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="click_open", condition=models.Q(is_person=None))
        ]
