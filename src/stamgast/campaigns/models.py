"""Campaigns: whom they are for, what they give, and who got what because the lot said so."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from stamgast.customers.models import Consent, Customer
from stamgast.loyalty.models import WebhookEndpoint
from stamgast.loyalty.models.codes import CodeSet, DiscountCode
from stamgast.loyalty.models.rewards import Claim, Reward
from stamgast.mail.models import Message
from stamgast.measurement.models import Experiment, Lot
from stamgast.staff.models import User
from stamgast.strategy.models import Goal, Reservation


class Campaign(models.Model):
    """One measure aimed at one audience, for one goal, with its control group."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        CHECKED = "checked"  # nothing stands in its way
        APPROVED = "approved"
        RUNNING = "running"
        PAUSED = "paused"
        ENDED = "ended"

    class Rhythm(models.TextChoices):
        ONCE = "once"
        DAILY = "daily"
        ON_EVENT = "on_event"

    name = models.CharField(max_length=120)
    preset = models.CharField(max_length=40, blank=True)  # the finished campaign it began as
    goal = models.ForeignKey(Goal, models.PROTECT, null=True, related_name="campaigns")
    purpose = models.CharField(
        max_length=8, choices=Consent.Purpose, default=Consent.Purpose.OFFERS
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    audience = models.JSONField()  # as audience.read_audience returns it
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.ONCE)
    trigger = models.CharField(max_length=40, blank=True)  # a code of triggers.TRIGGERS
    control_share = models.DecimalField(max_digits=4, decimal_places=3, default="0.200")
    window_days = models.PositiveSmallIntegerField(default=30)  # in which an effect is waited for
    pool = models.CharField(max_length=80, blank=True)  # judged together with others of this name
    exits_on_order = models.BooleanField(default=True)  # who ordered gets nothing more of it
    most_customers = models.PositiveIntegerField(null=True)  # drawn in one round
    orders_may_be_old = models.PositiveSmallIntegerField(null=True)  # hours; empty: as the shop
    starts_on = models.DateField(null=True)  # not before this day
    # Where two want the same customer, the lower number has them first; equal: the older campaign.
    priority = models.PositiveSmallIntegerField(default=1_000)
    # A plan says who gets it: the audience only says who may, and no round looks it up.
    is_planned = models.BooleanField(default=False)
    findings = models.JSONField(default=list)  # of the last check
    checked_at = models.DateTimeField(null=True)
    experiment = models.OneToOneField(
        Experiment, models.PROTECT, null=True, related_name="campaign"
    )  # begins when it is run for the first time
    waits_for = models.CharField(max_length=20, blank=True)  # why it stands still by itself
    # What refused its work at the last try, as code and facts, and when that is tried again.
    refusal = models.JSONField(default=dict)
    waits_until = models.DateTimeField(null=True)
    rounds = models.PositiveIntegerField(default=0)  # how often the audience was looked up
    looked_at = models.DateTimeField(null=True)  # the last time
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=120, unique=True, null=True)

    class Meta:
        indexes = [models.Index(fields=["status"], name="campaign_status")]
        constraints = [
            # It cannot run, nor have run, without those who by lot get nothing.
            models.CheckConstraint(
                condition=~Q(status__in=["running", "paused"]) | Q(experiment__isnull=False),
                name="runs_with_control",
            )
        ]

    @property
    def keeps_drawing(self) -> bool:
        """Whether its lots keep being drawn as customers come along; a plan draws once."""
        return self.rhythm != self.Rhythm.ONCE and not self.is_planned


class CodeList(models.Model):
    """Discount codes of the shop's own, to hand out once each."""

    name = models.CharField(max_length=80, unique=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return self.name


class Offer(models.Model):
    """What one arm of a campaign gives; it is also the name of that arm in the experiment."""

    class Kind(models.TextChoices):
        TEXT = "text"  # a message, and nothing more
        DISCOUNT_CODE = "discount_code"
        GIFT = "gift"
        POINTS = "points"
        REWARD = "reward"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="offers")
    position = models.PositiveSmallIntegerField(default=1)
    code = models.CharField(max_length=40)  # of the arm
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.TEXT)
    title = models.JSONField(default=dict)  # per language: "10% off your next order"
    share = models.PositiveSmallIntegerField(default=1)  # weight among the offers
    cost_minor = models.BigIntegerField(default=0)  # the most it costs per customer
    valid_days = models.PositiveSmallIntegerField(default=30)
    code_list = models.ForeignKey(CodeList, models.PROTECT, null=True, related_name="offers")
    # Of the loyalty programme: codes that it makes itself, or a reward that takes no points now.
    code_set = models.ForeignKey(CodeSet, models.PROTECT, null=True, related_name="+")
    reward = models.ForeignKey(Reward, models.PROTECT, null=True, related_name="+")
    facts = models.JSONField(default=dict)  # {"points": 250}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "code"], name="one_offer_per_arm")
        ]


class Step(models.Model):
    """One contact of a campaign; a series has several, each some days after the one before.

    Those of one offer alone come among those of all offers, in the order of their positions.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=1)
    wait_days = models.PositiveSmallIntegerField(default=0)
    only_if = models.JSONField(default=dict)  # conditions looked up when its moment comes; a branch
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, related_name="steps")  # null: all
    channel = models.CharField(max_length=20, default="email")
    content = models.JSONField(default=dict)  # as the channel reads it
    cost_minor = models.BigIntegerField(default=0)  # of one contact

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "position", "offer"], name="one_step"),
            models.UniqueConstraint(
                fields=["campaign", "position"],
                condition=Q(offer__isnull=True),
                name="one_step_for_all",
            ),
        ]


class Code(models.Model):
    """One discount code: handed out to one customer at most, and used at most once."""

    list = models.ForeignKey(CodeList, models.CASCADE, related_name="codes")
    text = models.CharField(max_length=80)  # as orders show it, in capitals
    handed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text"], name="one_code")]
        indexes = [
            models.Index(
                fields=["list", "id"], name="own_code_free", condition=Q(handed_at__isnull=True)
            )
        ]


class Approval(models.Model):
    """Somebody said that a campaign may run as it is; a change afterwards undoes it."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="approvals")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)  # of all that was approved
    facts = models.JSONField(default=dict)  # how many, what it costs at most
    withdrawn_at = models.DateTimeField(null=True)


class Assignment(models.Model):
    """That a customer gets what their lot says: without a lot there is none."""

    class State(models.TextChoices):
        GIVEN = "given"  # the offer is theirs
        USED = "used"  # they ordered with its code
        EXPIRED = "expired"
        EXITED = "exited"  # nothing more is sent, see `exit_reason`

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, related_name="assignments", db_index=False
    )
    lot = models.OneToOneField(Lot, models.PROTECT, related_name="assignment")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="assignments")
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="+", db_index=False)
    reservation = models.OneToOneField(
        Reservation, models.PROTECT, null=True, related_name="assignment"
    )
    code = models.OneToOneField(Code, models.PROTECT, null=True, related_name="assignment")
    # Given by the loyalty programme: a code of its own, or a reward that took no points.
    issued = models.OneToOneField(
        DiscountCode, models.PROTECT, null=True, related_name="assignment"
    )
    claim = models.OneToOneField(Claim, models.PROTECT, null=True, related_name="assignment")
    state = models.CharField(max_length=7, choices=State, default=State.GIVEN)
    exit_reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # used, expired or exited
    order_number = models.CharField(max_length=64, blank=True)  # the order that used it
    held = models.JSONField(default=list)  # the conditions that held: why they got it

    class Meta:
        indexes = [
            models.Index(fields=["campaign", "state"], name="assignment_campaign"),
            models.Index(fields=["expires_at"], name="assignment_open", condition=Q(state="given")),
        ]


class Handover(models.Model):
    """A list that was made for another tool: each customer stands on one list at most."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="handovers")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    customers = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)  # the last time it was taken along


class Contact(models.Model):
    """One contact through another channel than mail: written with its delivery, made at most once."""

    class Status(models.TextChoices):
        WAITING = "waiting"  # for its moment, a colleague or a receiver
        IN_HAND = "in_hand"  # a colleague calls, or another tool has it
        SENT = "sent"  # it reached them, as far as the channel can say
        FAILED = "failed"
        UNCERTAIN = "uncertain"  # it may have gone: nobody knows, so it does not go again by itself
        WITHHELD = "withheld"  # we may not, or no longer want to

    key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=20)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts", db_index=False)
    consent = models.CharField(max_length=5, choices=Consent.Channel)  # the channel of consent
    purpose = models.CharField(max_length=8, choices=Consent.Purpose)
    facts = models.JSONField(default=dict)  # what its text is filled in with
    sender_ref = models.CharField(max_length=160)
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.PROTECT, null=True, related_name="+", db_index=False
    )  # the program that it is told to
    handover = models.ForeignKey(Handover, models.PROTECT, null=True, related_name="contacts")
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    reason = models.CharField(max_length=40, blank=True)  # what came of it, or why not (yet)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)  # the last time somebody or something took it
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    sent_to = models.CharField(max_length=254, blank=True)  # the number or address that was used
    answer = models.CharField(max_length=300, blank=True)  # the last words of the receiver
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "due_at", "id"],
                name="contact_due",
                condition=Q(status="waiting"),
            ),
            models.Index(
                fields=["channel", "taken_at"],
                name="contact_in_hand",
                condition=Q(status="in_hand"),
            ),
            models.Index(fields=["customer", "taken_at"], name="contact_customer"),
            models.Index(fields=["sender_ref"], name="contact_sender"),
            models.Index(fields=["sent_to", "taken_at"], name="contact_sent_to"),
        ]


class Decision(models.Model):
    """That a program was told what to show a customer: the first time at one place of the site.

    It is the log by which what was shown is judged; asked again it is the same decision.
    """

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="decisions", db_index=False)
    placement = models.CharField(max_length=40)  # as the shop calls it: "home", "checkout"
    at = models.DateTimeField()
    probability = models.DecimalField(max_digits=7, decimal_places=6)  # of the lot behind it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contact", "placement"], name="one_decision")
        ]


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by where they are."""

    def unhanded(self) -> DeliveryQuerySet:
        """Return what its channel did not get yet."""
        return self.filter(state="waiting", message=None, contact=None)

    def ended_unseen(self) -> DeliveryQuerySet:
        """Return what ended with its channel, and is not written down here yet."""
        mailed = Q(message__isnull=False) & ~Q(message__status__in=_UNDER_WAY)
        otherwise = Q(contact__isnull=False) & ~Q(contact__status__in=_UNDER_WAY)
        return self.filter(mailed | otherwise, state="waiting")

    def may_have_gone(self) -> DeliveryQuerySet:
        """Return what reached somebody, is on its way, or is not known: it is not taken back."""
        return self.filter(
            Q(state__in=["sent", "uncertain"])
            | Q(message__status__in=_GOES)
            | Q(contact__status__in=_GOES)
        )


_UNDER_WAY = ("waiting", "sending", "in_hand")
_GOES = ("sending", "in_hand", "sent", "uncertain")


class Delivery(models.Model):
    """One step for one customer: when it is due, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for its moment, or for the channel
        SENT = "sent"
        FAILED = "failed"
        UNCERTAIN = "uncertain"
        WITHHELD = "withheld"
        SKIPPED = "skipped"  # its branch was not theirs

    assignment = models.ForeignKey(Assignment, models.CASCADE, related_name="deliveries")
    step = models.ForeignKey(Step, models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)  # of the reason: {"times": 3, "days": 7}
    due_at = models.DateTimeField()
    message = models.OneToOneField(Message, models.PROTECT, null=True, related_name="delivery")
    contact = models.OneToOneField(Contact, models.PROTECT, null=True, related_name="delivery")
    ended_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "step"], name="one_delivery"),
            models.CheckConstraint(
                condition=Q(message=None) | Q(contact=None), name="one_way_of_delivery"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="delivery_open", condition=Q(state="waiting"))
        ]
