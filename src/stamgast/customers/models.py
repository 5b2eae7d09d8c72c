"""People and companies, how we know them, what they allow, and what we said to each other."""

from __future__ import annotations

from django.db import models

from stamgast.staff.models import User


class Customer(models.Model):
    """Somebody who buys, or might: every employee sees the same facts of them."""

    class Kind(models.TextChoices):
        PERSON = "person"
        COMPANY = "company"

    key = models.CharField(max_length=100, unique=True, null=True)  # the shop's own id
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PERSON)
    first_name = models.CharField(max_length=100, blank=True)
    infix = models.CharField(max_length=30, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company = models.CharField(max_length=160, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=20, blank=True)  # E.164
    street = models.CharField(max_length=120, blank=True)
    house_number = models.CharField(max_length=20, blank=True)
    postcode = models.CharField(max_length=12, blank=True)  # upper case, no spaces
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=5, blank=True)
    since = models.DateField(null=True)  # first day we knew them
    birth_date = models.DateField(null=True)  # when they told us; said nowhere, asked nowhere
    objects_to_profiling = models.BooleanField(default=False)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged")
    erased_at = models.DateTimeField(null=True)
    search = models.CharField(max_length=400, blank=True)  # lower case, made by rules.search_text
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["email"], name="customer_email"),
            models.Index(fields=["phone"], name="customer_phone"),
            models.Index(fields=["postcode", "house_number"], name="customer_address"),
        ]

    @property
    def full_name(self) -> str:
        """The name as one would write it, or empty when we do not know it."""
        person = " ".join(p for p in (self.first_name, self.infix, self.last_name) if p)
        return person or self.company


class Identity(models.Model):
    """One way to recognise a customer: the first who shows it owns it."""

    class Kind(models.TextChoices):
        KEY = "key"
        EMAIL = "email"
        PHONE = "phone"

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=6, choices=Kind)
    value = models.CharField(max_length=254)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="one_owner")]


class Consent(models.Model):
    """What a customer allowed or withdrew, per channel and purpose: rows are only ever added."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        PHONE = "phone"
        SMS = "sms"
        POST = "post"

    class Purpose(models.TextChoices):
        OFFERS = "offers"
        NEWS = "news"
        SURVEY = "survey"
        TRACKING = "tracking"

    class Basis(models.TextChoices):
        OPT_IN = "opt_in"
        SOFT_OPT_IN = "soft_opt_in"  # own similar products, tied to an order

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="consents")
    channel = models.CharField(max_length=5, choices=Channel)
    purpose = models.CharField(max_length=8, choices=Purpose)
    is_granted = models.BooleanField()
    basis = models.CharField(max_length=11, choices=Basis, default=Basis.OPT_IN)
    order_number = models.CharField(max_length=64, blank=True)  # the sale a soft opt-in rests on
    wording = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=120)  # where it was given: "checkout", "phone", ...
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=120, unique=True, null=True)

    class Meta:
        indexes = [
            models.Index(  # the last row of equal moments is the newest
                fields=["customer", "channel", "purpose", "at", "id"], name="consent_now"
            )
        ]


class Interaction(models.Model):
    """Something said between us and a customer: a note, a complaint, a review, a referral."""

    class Kind(models.TextChoices):
        NOTE = "note"
        CALL = "call"
        EMAIL = "email"
        VISIT = "visit"
        COMPLAINT = "complaint"
        REVIEW = "review"
        REFERRAL = "referral"  # brought us somebody else

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="interactions")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    text = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    is_ours = models.BooleanField(default=False)  # we reached out, rather than the customer
    order_number = models.CharField(max_length=64, blank=True)
    key = models.CharField(max_length=120, unique=True, null=True)
    score = models.PositiveSmallIntegerField(null=True)  # of a review: 1 to 5
    referred = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="+"
    )  # of a referral: whom they brought
    # a complaint has an owner, a deadline and an end
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="complaints")
    due = models.DateField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-at"], name="interaction_timeline"),
            models.Index(
                fields=["due"],
                name="complaint_open",
                condition=models.Q(kind="complaint", closed_at=None),
            ),
        ]


class Answer(models.Model):
    """A question asked of a customer, and the answer; without `answered_at` it is still open."""

    class Question(models.TextChoices):
        NPS = "nps"  # how likely they are to recommend us, 0 to 10
        CSAT = "csat"  # how satisfied they are, 1 to 5 or 1 to 10
        DELIVERY = "delivery"  # how the delivery went, 1 to 10
        WHY_STAY = "why_stay"
        WHY_LEAVE = "why_leave"
        KNOWS_OTHERS = "knows_others"  # whether they know others who sell this: yes or no

    class Source(models.TextChoices):
        LINK = "link"  # given on the page behind the link that was sent
        IMPORT = "import"
        API = "api"
        STAFF = "staff"  # told to a colleague

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="answers")
    question = models.CharField(max_length=12, choices=Question)
    out_of = models.PositiveSmallIntegerField(null=True)  # the top of its scale, for a score
    score = models.PositiveSmallIntegerField(null=True)
    choice = models.CharField(max_length=20, blank=True)  # a code of rules.CHOICES
    remark = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True)  # empty: they said it unasked, or nobody knows
    answered_at = models.DateTimeField(null=True)
    order_number = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=6, choices=Source)
    key = models.CharField(max_length=120, unique=True, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "question", "-asked_at"], name="answer_customer"),
            models.Index(
                fields=["asked_at"], name="answer_open", condition=models.Q(answered_at=None)
            ),
        ]


class Task(models.Model):
    """Something an employee promised to do for a customer, or that we ask of them by ourselves."""

    class Reason(models.TextChoices):
        LOW_SCORE = "low_score"  # of `answer`
        REWARD = "reward"  # to be handed over; the title says which
        MISSING_PURCHASE = "missing_purchase"  # that earned nothing; the title is its number

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tasks")
    title = models.CharField(max_length=200)  # empty where a reason says it
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    answer = models.ForeignKey(Answer, models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="tasks")
    due = models.DateField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    key = models.CharField(max_length=120, unique=True, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due"], name="task_open", condition=models.Q(done_at=None)),
        ]


class Merge(models.Model):
    """Two records that turned out to be one person: what moved, so that it can be undone."""

    kept = models.ForeignKey(Customer, models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    moved = models.JSONField(default=dict)  # per room, what its personal.py needs to move back
    undone_at = models.DateTimeField(null=True)


class Tombstone(models.Model):
    """An identity of somebody who was erased: only a keyed digest, so that no import revives it."""

    digest = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
