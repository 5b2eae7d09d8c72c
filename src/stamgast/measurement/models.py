"""Who got what by lot, what it cost, and what came of it. A lot is never changed once drawn."""

from __future__ import annotations

from django.db import models

from stamgast.customers.models import Customer
from stamgast.staff.models import User


class Experiment(models.Model):
    """One effort that is judged against those who by lot did not get it."""

    class Kind(models.TextChoices):
        CAMPAIGN = "campaign"
        INVITATION = "invitation"
        BENEFIT = "benefit"  # the part of the programme that is given by lot
        STANDING = "standing"  # a control group that no effort touches

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=160)
    subject = models.CharField(max_length=60, blank=True)  # "campaign:3", for the room above
    serves = models.CharField(max_length=60, blank=True)  # "goal:2": what it was begun for
    pool = models.CharField(max_length=80, blank=True)  # judged together with others of this name
    salt = models.CharField(max_length=32)
    window_days = models.PositiveSmallIntegerField()  # after the lot, in which the effect is due
    after_days = models.PositiveSmallIntegerField()  # then: was it borrowed from later?
    # Lots keep being drawn: each unit counts once its own window is over.
    is_ongoing = models.BooleanField(default=False)
    # Judged by the window's gain: the time after it can only show that it was borrowed.
    rests_on_window = models.BooleanField(default=False)
    currency = models.CharField(max_length=3)
    plan = models.JSONField(default=dict)  # what was promised that it can show, when it began
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # nobody new is drawn; who was, is still followed
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=120, unique=True)

    class Meta:
        indexes = [models.Index(fields=["subject"], name="experiment_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(kind="standing", ended_at=None),
                name="one_standing_control",
            )
        ]


class Arm(models.Model):
    """One of the things somebody may get by lot; the control arm gets nothing extra."""

    experiment = models.ForeignKey(Experiment, models.PROTECT, related_name="arms", db_index=False)
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    share = models.DecimalField(max_digits=7, decimal_places=6)  # of those who are drawn
    is_control = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "code"], name="one_arm"),
            models.UniqueConstraint(
                fields=["experiment"],
                condition=models.Q(is_control=True),
                name="one_control_arm",
            ),
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lt=1), name="share_between_none_and_all"
            ),
        ]


class Lot(models.Model):
    """What the lot gave one customer, written before anything is sent.

    Nothing of it ever changes but which record it is about, when two records turn out to be one
    person: a trigger in the database refuses the rest. Members of one household share `unit`.
    """

    experiment = models.ForeignKey(Experiment, models.PROTECT, related_name="lots", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="lots")
    unit = models.CharField(max_length=16)  # a digest of the household at that moment
    arm = models.ForeignKey(Arm, models.PROTECT, related_name="lots", db_index=False)
    probability = models.DecimalField(max_digits=7, decimal_places=6)  # of getting this arm
    round = models.PositiveIntegerField(default=1)
    # In the standing control group: gets nothing, and is no part of this comparison.
    is_standing = models.BooleanField(default=False)
    # The household held members of several arms already; the first assignment counts.
    is_crossing = models.BooleanField(default=False)
    assigned_at = models.DateTimeField()
    day = models.DateField()  # the same, in the shop's zone: the first day that counts

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "customer"], name="one_lot"),
        ]


class Treatment(models.Model):
    """That somebody got what an arm gives: sent as planned, or given by hand with a reason."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="treatments")
    at = models.DateTimeField()
    is_by_hand = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120, unique=True, null=True)


class Cost(models.Model):
    """What an arm cost beside what orders show: sending, gifts, calls, work."""

    class Kind(models.TextChoices):
        SENDING = "sending"
        GIFT = "gift"
        POINTS = "points"
        CALLS = "calls"
        WORK = "work"
        OTHER = "other"

    arm = models.ForeignKey(Arm, models.PROTECT, related_name="costs")
    kind = models.CharField(max_length=8, choices=Kind)
    amount_minor = models.BigIntegerField()  # of the experiment's currency; below zero: taken back
    at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True)


class Verdict(models.Model):
    """What could be said of an experiment, or of a pool of them, at the end of a day."""

    class Code(models.TextChoices):
        WORKED = "worked"
        WORKED_SO_FAR = "worked_so_far"
        DID_NOT_WORK = "did_not_work"
        NOT_YET_KNOWN = "not_yet_known"
        CANNOT_BE_KNOWN_HERE = "cannot_be_known_here"
        BORROWED_FROM_LATER = "borrowed_from_later"

    experiment = models.ForeignKey(
        Experiment, models.CASCADE, null=True, related_name="verdicts", db_index=False
    )
    pool = models.CharField(max_length=80, blank=True)  # of a pool: its name, and no experiment
    as_of = models.DateField()
    code = models.CharField(max_length=20, choices=Code)
    facts = models.JSONField(default=dict)  # figures as `judging` writes them
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["experiment", "as_of"], name="one_verdict_a_day"),
            models.UniqueConstraint(
                fields=["pool", "as_of"],
                condition=models.Q(experiment=None),
                name="one_pooled_verdict_a_day",
            ),
        ]


class ForWhom(models.Model):
    """For which customers an effort worked, once its window is over: figures of groups only."""

    experiment = models.OneToOneField(Experiment, models.CASCADE, related_name="for_whom")
    as_of = models.DateField()
    facts = models.JSONField(default=dict)  # as `for_whom` writes them
    made_at = models.DateTimeField()
