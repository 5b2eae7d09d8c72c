"""Reads of signals that need a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from stamgast.customers.models import Customer
from stamgast.sales.models import Line, Order
from stamgast.signals import rules
from stamgast.signals.models import Alarm, OutsideEvent, Watch, WatchedSeries


@dataclass(frozen=True)
class OpenSignals:
    """What asks for attention: alarms nobody closed, and events that go on or lie ahead."""

    alarms: list[Alarm]
    events: list[OutsideEvent]


def open_signals(on: date) -> OpenSignals:
    """Return the open alarms, the newest first, and the events that have not ended by this day."""
    return OpenSignals(list(open_alarms()), list(current_events(on)))


def open_alarms() -> QuerySet[Alarm]:
    """Return the alarms that nobody closed: the whole shop first, then the newest."""
    return Alarm.objects.filter(closed_at=None).order_by("-raised_on", "facet", "value")


def current_events(on: date) -> QuerySet[OutsideEvent]:
    """Return the events that have not ended by this day, the latest first."""
    going_on = OutsideEvent.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on))
    return going_on.select_related("made_by").order_by("-starts_on", "-pk")


def past_events(on: date) -> QuerySet[OutsideEvent]:
    """Return the events that ended before this day, the latest first."""
    ended = OutsideEvent.objects.filter(ends_on__lt=on)
    return ended.select_related("made_by").order_by("-starts_on", "-pk")


def measured_events(until: date) -> QuerySet[OutsideEvent]:
    """Return the events that still get new figures, as of the last day that is known."""
    recent = OutsideEvent.objects.filter(
        starts_on__gt=until - rules.MEASURED_FOR, starts_on__lte=until
    )
    return recent.order_by("pk")


def unseen_alarms() -> QuerySet[Alarm]:
    """Return the open alarms that nobody has looked at."""
    return Alarm.objects.filter(closed_at=None, seen_at=None)


def latest_watch() -> Watch | None:
    """Return the newest look of the radar, or None before the first."""
    return Watch.objects.order_by("-pk").first()


def watched_series(facet: str = "", value: str = "") -> WatchedSeries | None:
    """Return the weeks of one series of the newest look, by default of the whole shop."""
    watch = latest_watch()
    if watch is None:
        return None
    return WatchedSeries.objects.filter(watch=watch, facet=facet, value=value).first()


def exposed_customers(event: OutsideEvent) -> QuerySet[Customer]:
    """Return whom an event may touch: an audience.

    That is who bought one of its products or categories, in one of its countries, in the year
    before it began; where it names none, any purchase counts. Erased and merged records are left
    out. Whether they may be written to is not asked here.
    """
    first, end = rules.exposure(event.starts_on)
    a_day = timedelta(days=1)
    bought = Order.objects.filter(
        kind=Order.Kind.SALE,
        is_cancelled=False,
        is_purchase=True,
        day__gte=first,
        day__lt=end,
        ordered_at__date__gte=first - a_day,
        ordered_at__date__lte=end + a_day,
    )
    if event.countries:
        bought = bought.filter(country__in=event.countries)
    if event.skus or event.categories:
        wanted = Q(product__sku__in=event.skus) | Q(product__category__in=event.categories)
        lines = Line.objects.filter(wanted, order=OuterRef("pk"), is_charge=False)
        bought = bought.filter(Exists(lines))
    people = Customer.objects.filter(erased_at=None, merged_into=None)
    return people.filter(pk__in=bought.values("customer_id"))
