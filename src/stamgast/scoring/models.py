"""What scoring found, per customer and run; one pointer says which run the screens show."""

from __future__ import annotations

from django.db import models

from stamgast.customers.models import Customer
from stamgast.sales.models import Product


class Run(models.Model):
    """One scoring of the whole base as of the end of a business day."""

    class Status(models.TextChoices):
        RUNNING = "running"
        READY = "ready"
        FAILED = "failed"

    as_of = models.DateField()
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    orders_until = models.DateTimeField(null=True)  # the newest order that was known
    customers = models.PositiveIntegerField(default=0)
    currency = models.CharField(max_length=3, blank=True)
    facts = models.JSONField(default=dict)  # rhythm, model parameters, timings, left-out orders
    error = models.TextField(blank=True)


class CurrentRun(models.Model):
    """The run that screens and programs show: flipped in one write when a new one is ready."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    run = models.ForeignKey(Run, models.PROTECT)
    # The run whose suggestions are shown: they are ready somewhat later than its scores.
    suggested = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_current_run")]


class Stage(models.TextChoices):
    NONE = "none"  # no purchase yet
    NEW = "new"
    ACTIVE = "active"
    DRIFTING = "drifting"
    LOST = "lost"
    WON_BACK = "won_back"
    WITHHELD = "withheld"  # objects to profiling: not judged


class Score(models.Model):
    """What we know and expect of one customer, according to one run."""

    run = models.ForeignKey(Run, models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, db_index=False, related_name="scores")
    stage = models.CharField(max_length=8, choices=Stage)
    orders = models.PositiveIntegerField()
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    days_silent = models.IntegerField(null=True)
    usual_interval = models.FloatField(null=True)  # days between purchases, usual for this customer
    silence_share = models.FloatField(null=True)  # share of their own gaps that last longer
    revenue_minor = models.BigIntegerField()
    margin_minor = models.BigIntegerField()
    is_margin_assumed = models.BooleanField(default=False)
    discount_share = models.FloatField(null=True)
    returns_rate = models.FloatField(null=True)
    p_alive = models.FloatField(null=True)
    purchases_90 = models.FloatField(null=True)
    purchases_365 = models.FloatField(null=True)
    margin_90_minor = models.BigIntegerField(null=True)
    margin_365_minor = models.BigIntegerField(null=True)
    margin_365_low_minor = models.BigIntegerField(null=True)
    margin_365_high_minor = models.BigIntegerField(null=True)
    rfm = models.CharField(max_length=3, blank=True)
    step = models.CharField(max_length=20)
    reason = models.CharField(max_length=30, blank=True)
    shop = models.CharField(max_length=60, blank=True)  # of the latest order, as the next three
    brand = models.CharField(max_length=60, blank=True)
    country = models.CharField(max_length=40, blank=True)
    channel = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "customer"], name="one_score")]
        indexes = [
            models.Index(fields=["run", "stage", "-margin_365_minor"], name="score_stage"),
            models.Index(fields=["run", "-margin_365_minor"], name="score_value"),
            models.Index(fields=["run", "last_day"], name="score_last_day"),
        ]


class Loyalty(models.TextChoices):
    TRUE = "true"
    LATENT = "latent"  # fond, but buys little
    SPURIOUS = "spurious"  # stays, but is not loyal
    NONE = "none"
    UNKNOWN = "unknown"


class BondScore(models.Model):
    """Why one customer stays, and whether that is loyalty, according to one run.

    Only customers of whom something was seen have one. Every bond is the mean of a Beta posterior
    (0 to 1) with its 80 % interval and its coverage: the share of possible evidence that was seen.
    """

    run = models.ForeignKey(Run, models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, db_index=False, related_name="bonds")
    kind = models.CharField(max_length=8, choices=Loyalty)
    subtype = models.CharField(max_length=14, blank=True)  # of spurious: what holds them
    is_subtype_assumed = models.BooleanField(default=False)  # nothing was seen of its bond
    p_true = models.FloatField(null=True)  # these four add up to 1; empty: buying is not known
    p_latent = models.FloatField(null=True)
    p_spurious = models.FloatField(null=True)
    p_none = models.FloatField(null=True)
    buying = models.FloatField(null=True)  # 0 to 1; 0.5: all that a regular customer buys here
    buying_low = models.FloatField(null=True)
    buying_high = models.FloatField(null=True)
    situational = models.FloatField()  # where they live, what they are used to
    situational_low = models.FloatField()
    situational_high = models.FloatField()
    situational_coverage = models.FloatField()
    economic = models.FloatField()  # what leaving would cost, or staying saves
    economic_low = models.FloatField()
    economic_high = models.FloatField()
    economic_coverage = models.FloatField()
    legal = models.FloatField()  # what was signed
    legal_low = models.FloatField()
    legal_high = models.FloatField()
    legal_coverage = models.FloatField()
    technical = models.FloatField()  # what only works with us
    technical_low = models.FloatField()
    technical_high = models.FloatField()
    technical_coverage = models.FloatField()
    emotional = models.FloatField()  # whether they want to stay
    emotional_low = models.FloatField()
    emotional_high = models.FloatField()
    emotional_coverage = models.FloatField()
    held_by = models.CharField(max_length=11)  # the strongest of the first four bonds
    recommend = models.FloatField()  # likelihood to recommend us, apart from loyalty
    recommend_low = models.FloatField()
    recommend_high = models.FloatField()
    ends_on = models.DateField(null=True)  # the first of those four bonds to end: which, and when
    ends_bond = models.CharField(max_length=11, blank=True)
    margin_365_minor = models.BigIntegerField(null=True)  # as in Score
    evidence = models.JSONField(default=list)  # what tells most: code, bond and facts of each

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "customer"], name="one_bond_score")]
        indexes = [
            models.Index(fields=["run", "kind", "-margin_365_minor"], name="bonds_kind"),
            models.Index(
                fields=["run", "ends_on"],
                name="bonds_end",
                condition=models.Q(ends_on__isnull=False),
            ),
        ]


class Suggestion(models.Model):
    """A product that may suit one customer now, with the reason, according to one run."""

    class Kind(models.TextChoices):
        AGAIN = "again"  # what they buy again and again is about to run out
        TOGETHER = "together"  # others who bought the one bought the other
        STEP_UP = "step_up"  # better, of what they bought

    run = models.ForeignKey(Run, models.CASCADE, db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, db_index=False, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    place = models.PositiveSmallIntegerField()  # 1 is the best of its kind
    product = models.ForeignKey(Product, models.CASCADE, db_index=False, related_name="+")
    because = models.ForeignKey(Product, models.CASCADE, db_index=False, related_name="+")
    worth_minor = models.BigIntegerField(default=0)  # margin to expect of suggesting it
    due_on = models.DateField(null=True)  # of what runs out: when it usually is bought again
    days = models.PositiveIntegerField(null=True)  # and how many days lie between, usually

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "customer", "kind", "place"], name="one_suggestion"
            )
        ]
        indexes = [models.Index(fields=["run", "kind", "due_on"], name="suggestion_due")]


class Summary(models.Model):
    """The base in figures, for one run: as a whole, and per shop, brand, country and channel."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="summaries")
    facet = models.CharField(max_length=10, blank=True)  # "", "shop", "brand", "country", "channel"
    value = models.CharField(max_length=60, blank=True)
    facts = models.JSONField()  # stages, steps, months, cohorts, at stake

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "facet", "value"], name="one_summary")
        ]


class Backtest(models.Model):
    """How well the forecast would have told what came: one look back over the whole base."""

    run_at = models.DateTimeField()
    facts = models.JSONField()  # as `backtest.look_back` writes them; nothing of one customer

    class Meta:
        indexes = [models.Index(fields=["-run_at"], name="backtest_newest")]
