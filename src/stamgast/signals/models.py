"""What endangers the base from outside, and what the radar found: alarms and the weeks behind them."""

from __future__ import annotations

from django.db import models

from stamgast.staff.models import User


class OutsideEvent(models.Model):
    """Something that happened to the market or to us, and which customers it may touch."""

    class Kind(models.TextChoices):
        COMPETITOR_PRICE_CUT = "competitor_price_cut"
        COMPETITOR_CAMPAIGN = "competitor_campaign"
        OWN_PRICE_RISE = "own_price_rise"
        STOCK_OUT = "stock_out"
        SERVICE_FAILURE = "service_failure"
        OTHER = "other"

    kind = models.CharField(max_length=24, choices=Kind)
    title = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)  # its last day; empty while it goes on
    # Whom it touches: who bought these products or categories, in these countries; empty is all.
    skus = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    countries = models.JSONField(default=list)
    note = models.CharField(max_length=1000, blank=True)
    source = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    key = models.CharField(max_length=120, unique=True, null=True)
    effect = models.JSONField(default=list)  # how purchases moved: everyone, per stage, per kind
    effect_until = models.DateField(null=True)  # the last day that was looked at

    class Meta:
        indexes = [models.Index(fields=["-starts_on"], name="outside_event_start")]


class Alarm(models.Model):
    """Purchases of one series dropped below what was expected, by more than chance explains."""

    facet = models.CharField(max_length=10, blank=True)  # both empty: the whole shop
    value = models.CharField(max_length=120, blank=True)
    raised_on = models.DateField()  # the Monday of the week that raised it
    since_on = models.DateField()  # the Monday of the week in which the drop began
    facts = models.JSONField(default=dict)  # drop, purchases missed, each with its limits
    told_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=300, blank=True)
    is_withdrawn = models.BooleanField(default=False)  # orders that came in later explain it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facet", "value", "raised_on"], name="one_alarm")
        ]


class Watch(models.Model):
    """One look of the radar over all weeks so far; the newest is shown."""

    until = models.DateField()  # the last day that was looked at
    made_at = models.DateTimeField()
    facts = models.JSONField(default=dict)  # limit, gaps, has_season, unknown series and why


class WatchedSeries(models.Model):
    """Expected and actual purchases of one series, week by week, according to one look."""

    watch = models.ForeignKey(Watch, models.CASCADE, related_name="series")
    place = models.PositiveSmallIntegerField()  # the whole shop is 0
    facet = models.CharField(max_length=10, blank=True)
    value = models.CharField(max_length=120, blank=True)
    facts = models.JSONField()  # first (a Monday), and lists per week; how soon a drop is noticed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watch", "facet", "value"], name="one_watched_series")
        ]
