"""The ledger of points: append-only entries in double entry, and the lots they are made of.

Written by `loyalty.book` alone; docs/reference/ledger.md says how. Balances in a wallet are kept with
every entry and can be rebuilt from the legs at any time.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from stamgast.loyalty.models.members import Member


class Wallet(models.Model):
    """A member's balances of one kind of points. All figures are zero or more."""

    class Kind(models.TextChoices):
        SPENDABLE = "spendable"
        QUALIFYING = "qualifying"  # counts for a tier; never spent, never expires by itself

    member = models.ForeignKey(Member, models.PROTECT, related_name="wallets")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SPENDABLE)
    available = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)  # a debt: taken back, but already spent
    redeemed = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    issued = models.BigIntegerField(default=0)
    entries = models.PositiveBigIntegerField(default=0)  # the member's last sequence
    at = models.DateTimeField(null=True)  # of the last entry; no later one is dated before it
    due_at = models.DateTimeField(null=True)  # nothing activates, lapses or expires before it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "kind"], name="one_wallet"),
            models.CheckConstraint(
                condition=Q(available__gte=0)
                & Q(pending__gte=0)
                & Q(reserved__gte=0)
                & Q(owed__gte=0)
                & Q(redeemed__gte=0)
                & Q(expired__gte=0),
                name="nothing_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(
                    available=F("issued")
                    + F("owed")
                    - F("pending")
                    - F("reserved")
                    - F("redeemed")
                    - F("expired")
                ),
                name="wallet_in_balance",
            ),
            models.CheckConstraint(
                condition=Q(owed=0) | Q(available=0), name="debt_only_when_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="wallet_due", condition=Q(due_at__isnull=False))
        ]


class Entry(models.Model):
    """Something that happened to a member's points: never changed, never removed."""

    class Kind(models.TextChoices):
        EARN = "earn"
        GRANT = "grant"
        SPEND = "spend"
        HOLD = "hold"
        RELEASE = "release"
        LAPSE = "lapse"  # a hold ended by itself
        ACTIVATE = "activate"  # pending points became available
        EXPIRE = "expire"
        RETURN = "return"
        DEDUCT = "deduct"
        CORRECT = "correct"
        TRANSFER_OUT = "transfer_out"
        TRANSFER_IN = "transfer_in"
        REVERSE = "reverse"
        FORFEIT = "forfeit"  # left with, or erased

    key = models.CharField(max_length=160, unique=True)  # for ever: the same key is the same entry
    digest = models.CharField(max_length=32)  # of what was asked: the same key must ask the same
    kind = models.CharField(max_length=12, choices=Kind)
    member = models.ForeignKey(Member, models.PROTECT, related_name="entries", db_index=False)
    sequence = models.PositiveBigIntegerField()  # per member, without gaps
    at = models.DateTimeField()
    points = models.BigIntegerField()  # what it did to the points, as its reader means it
    by = models.CharField(max_length=60, blank=True)  # "user:3", "key:2", "ledger"
    reason = models.CharField(max_length=200, blank=True)
    ref = models.CharField(max_length=120, blank=True)  # the shop's own name for what caused it
    of_entry = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )  # what it returns, reverses or mirrors
    rules = models.JSONField(default=list)  # the versions of the rules it follows

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "sequence"], name="one_entry_in_sequence"),
            models.UniqueConstraint(
                fields=["of_entry"], condition=Q(kind="reverse"), name="reversed_once"
            ),
        ]


class Leg(models.Model):
    """One side of an entry: per entry and wallet all legs sum to zero.

    Accounts of the member: available, pending, reserved, owed (a debt is negative); of the programme:
    issued (negative), redeemed, expired.
    """

    class Account(models.TextChoices):
        AVAILABLE = "available"
        PENDING = "pending"
        RESERVED = "reserved"
        OWED = "owed"
        ISSUED = "issued"
        REDEEMED = "redeemed"
        EXPIRED = "expired"

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="legs")
    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="legs", db_index=False)
    account = models.CharField(max_length=9, choices=Account)
    points = models.BigIntegerField()
    after = models.BigIntegerField()  # the account's balance with this leg

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "account", "entry"], name="one_leg_each"),
            models.CheckConstraint(condition=~Q(points=0), name="leg_moves_something"),
        ]


class PointsLot(models.Model):
    """Points that came together and expire together."""

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="lots", db_index=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lots")
    granted = models.BigIntegerField()
    remaining = models.BigIntegerField()  # what is held apart included
    held = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    granted_at = models.DateTimeField()
    activates_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # far away when they do not expire
    is_active = models.BooleanField(default=False)
    does_forgive = models.BooleanField(default=False)  # a debt is not taken off it

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(held__gte=0)
                & Q(remaining__gte=F("held"))
                & Q(granted__gte=F("remaining") + F("expired"))
                & Q(expired__gte=0)
                & Q(granted__gt=0),
                name="lot_holds_what_it_has",
            )
        ]
        indexes = [
            models.Index(
                fields=["wallet", "expires_at", "granted_at", "id"],
                name="lot_open",
                condition=Q(is_active=True, remaining__gt=F("held")),
            ),
            models.Index(
                fields=["wallet", "activates_at", "id"],
                name="lot_pending",
                condition=Q(is_active=False, remaining__gt=0),
            ),
        ]


class Hold(models.Model):
    """Points kept apart for a purchase under way: posted or let go exactly once."""

    class Status(models.TextChoices):
        OPEN = "open"
        POSTED = "posted"
        RELEASED = "released"
        LAPSED = "lapsed"

    wallet = models.ForeignKey(Wallet, models.PROTECT, related_name="holds", db_index=False)
    entry = models.OneToOneField(Entry, models.PROTECT, related_name="hold")
    points = models.BigIntegerField()
    posted = models.BigIntegerField(default=0)  # what was spent of it
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    expires_at = models.DateTimeField()
    closed_by = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gt=0) & Q(posted__gte=0) & Q(posted__lte=F("points")),
                name="hold_posts_what_it_has",
            ),
            models.CheckConstraint(
                condition=Q(status="open", closed_by=None)
                | (~Q(status="open") & Q(closed_by__isnull=False)),
                name="hold_closed_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wallet", "expires_at", "id"],
                name="hold_open",
                condition=Q(status="open"),
            )
        ]


class LotUse(models.Model):
    """What an entry did to a lot; with them every lot can be rebuilt."""

    lot = models.ForeignKey(PointsLot, models.PROTECT, related_name="uses")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lot_uses")
    remaining = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    expired = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)  # the lot's new end, where the entry moved it
