"""Signals: whether purchases fall behind what was expected, and what happens outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.signals import actions, queries
from stamgast.signals.models import Alarm, OutsideEvent, WatchedSeries
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import signals_words as words
from stamgast.web.marketer.jobs import busy_job, left
from stamgast.web.marketer.signals_forms import OutcomeForm
from stamgast.web.marketer.signals_picture import draw
from stamgast.web.marketer.writing import landing, tried

PAST_SHOWN = 20


@dataclass(frozen=True)
class AlarmShown:
    """An alarm with the words around its figures."""

    alarm: Alarm
    name: str

    @property
    def lost_minor(self) -> int | None:
        """What the purchases missed are worth, at the margin of an average purchase."""
        return self._worth("missed")

    @property
    def lost_low_minor(self) -> int | None:
        """The least of it."""
        return self._worth("missed_low")

    @property
    def lost_high_minor(self) -> int | None:
        """The most of it."""
        return self._worth("missed_high")

    def _worth(self, name: str) -> int | None:
        margin = self.alarm.facts.get("margin_minor")
        return round(self.alarm.facts[name] * margin) if margin else None


@dataclass(frozen=True)
class EventShown:
    """An outside event with its kind, when it is, and how purchases moved."""

    event: OutsideEvent
    kind: str
    when: str
    moved: str
    customers: int | None


@page("see base")
def signals(request: StaffRequest) -> HttpResponse:
    """Show open alarms and outside events, and the weeks behind them."""
    today = timezone.localdate(request.at)
    watch, whole = queries.latest_watch(), queries.watched_series()
    open_ = queries.open_signals(today)
    shown = _series(request.GET.get("series", "")) or whole
    job = busy_job("watch")
    facts: dict[str, Any] = {
        "headline": words.headline(watch, whole, open_.alarms, len(open_.events)),
        "watch": watch,
        "job": job,
        "is_busy": True,
        "left": left(job, request.at) if job else None,
        "alarms": [
            AlarmShown(one, words.series_name(one.facet, one.value)) for one in open_.alarms
        ],
        "events": [event_shown(one, request) for one in open_.events],
        "past_events": [event_shown(one, request) for one in _past(today)],
        "past_alarms": [
            AlarmShown(one, words.series_name(one.facet, one.value)) for one in _closed_alarms()
        ],
        "shown": shown,
        "shown_name": words.series_name(shown.facet, shown.value) if shown else "",
        "choices": _choices(),
        "currency": request.shop.currency,
    }
    if shown:
        facts |= {
            "drawing": draw(
                shown,
                alarms=[a for a in open_.alarms if (a.facet, a.value) == _key(shown)],
                events=[(one, one.title) for one in open_.events],
            ),
            "noticed": words.noticed(shown.facts.get("delays", [])),
        }
    return render(request, "signals.html", facts)


def event_shown(event: OutsideEvent, request: StaffRequest) -> EventShown:
    """Put an outside event into words."""
    everyone = event.effect[0] if event.effect else None
    return EventShown(
        event=event,
        kind=str(words.KINDS[event.kind]),
        when=words.when(event, timezone.localdate(request.at)),
        moved=words.moved(everyone),
        customers=everyone["customers"] if everyone else None,
    )


def _key(series: WatchedSeries) -> tuple[str, str]:
    return series.facet, series.value


def _series(asked: str) -> WatchedSeries | None:
    facet, _, value = asked.partition(":")
    return queries.watched_series(facet, value) if facet else None


def _choices() -> list[tuple[str, str, str]]:
    """Return the series one can look at: address, name, and whether it is one of a facet."""
    watch = queries.latest_watch()
    if watch is None:
        return []
    rows = watch.series.order_by("place").values_list("facet", "value")
    return [
        (f"{facet}:{value}" if facet else "", words.series_name(facet, value), facet)
        for facet, value in rows
    ]


def _past(today: date) -> QuerySet[OutsideEvent]:
    return queries.past_events(today)[:PAST_SHOWN]


def _closed_alarms() -> QuerySet[Alarm]:
    return Alarm.objects.exclude(closed_at=None).order_by("-closed_at", "-pk")[:PAST_SHOWN]


@page("write signals")
@require_POST
def see_alarm(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody looked at an alarm."""
    actions.acknowledge_alarm(_alarm(pk), at=request.at, by=request.user)
    say(request, gettext("Noted that you saw it."))
    return landing(request, reverse("signals"))


@page("write signals")
@require_POST
def close_alarm(request: StaffRequest, pk: int) -> HttpResponse:
    """End an alarm with what came of it."""
    form = OutcomeForm(request.POST)
    closed = tried(
        form,
        lambda: actions.close_alarm(
            _alarm(pk), outcome=form.cleaned_data["outcome"], at=request.at, by=request.user
        ),
    )
    if closed is None:
        say(request, gettext("Use at most 300 characters."))
        return landing(request, reverse("signals"))
    back = landing(request, reverse("signals"))
    undo = f"{reverse('reopen_alarm', args=[pk])}?{urlencode({'next': back.url})}"
    say(request, gettext("Alarm closed."), undo=undo)
    return back


@page("write signals")
@require_POST
def reopen_alarm(request: StaffRequest, pk: int) -> HttpResponse:
    """An alarm is not over after all."""
    actions.reopen_alarm(_alarm(pk), at=request.at, by=request.user)
    say(request, gettext("Alarm open again."))
    return landing(request, reverse("signals"))


def _alarm(pk: int) -> Alarm:
    return get_object_or_404(Alarm, pk=pk)
