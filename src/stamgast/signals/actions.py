"""Everything that changes in this room: outside events told by people, alarms found by the radar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from stamgast.customers.errors import AlreadyClosed, KeyReused, NotClosed, TooLateToUndo
from stamgast.customers.rules import UNDO_WITHIN
from stamgast.events.actions import tell
from stamgast.signals import rules
from stamgast.signals.models import Alarm, OutsideEvent, Watch, WatchedSeries
from stamgast.staff.models import User
from stamgast.staff.queries import Who, actor, employee

_FACTS = ("kind", "title", "starts_on", "ends_on", *rules.LISTS, "note", "source")


def record_event(
    *,
    kind: str,
    title: str,
    starts_on: date,
    at: datetime,
    by: Who = None,
    ends_on: date | None = None,
    skus: Iterable[str] = (),
    categories: Iterable[str] = (),
    countries: Iterable[str] = (),
    note: str = "",
    source: str = "",
    key: str | None = None,
) -> OutsideEvent:
    """Write down that something happened that may cost customers; it may lie ahead too.

    The same key with the same facts returns the event that is there; with other facts it is
    refused. Refuses an unknown kind, no title, texts and lists that are too long, and an end before
    the start.
    """
    facts = rules.clean_event(
        {
            "kind": kind,
            "title": title,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "skus": skus,
            "categories": categories,
            "countries": countries,
            "note": note,
            "source": source,
        }
    )
    try:
        with transaction.atomic():
            if key and (row := OutsideEvent.objects.filter(key=key).first()):
                return _same(row, facts)
            row = OutsideEvent.objects.create(
                **facts, key=key or None, made_at=at, made_by=employee(by)
            )
            tell("signal_recorded", **_on(row, at=at, by=by, kind=row.kind))
    except IntegrityError:  # the same key arrived twice at once
        return _same(OutsideEvent.objects.get(key=key), facts)
    return row


def change_event(
    event: OutsideEvent, *, at: datetime, by: Who = None, **facts: Any
) -> OutsideEvent:
    """Correct what was told of an event; what is not given stays. Refuses as `record_event` does."""
    unknown = facts.keys() - set(_FACTS)
    if unknown:
        raise TypeError(f"an event has no {sorted(unknown)}")
    with transaction.atomic():
        row = _locked(event)
        clean = rules.clean_event({**{name: getattr(row, name) for name in _FACTS}, **facts})
        changed = [name for name in _FACTS if getattr(row, name) != clean[name]]
        if changed:
            for name in changed:
                setattr(row, name, clean[name])
            row.effect, row.effect_until = [], None
            row.save(update_fields=[*changed, "effect", "effect_until"])
            tell("signal_changed", **_on(row, at=at, by=by, changed=changed))
    return row


def close_event(
    event: OutsideEvent, *, ends_on: date, at: datetime, by: Who = None
) -> OutsideEvent:
    """Say which day was an event's last; refuses one that has an end, and an end before its start."""
    with transaction.atomic():
        row = _locked(event)
        if row.ends_on is not None:
            raise AlreadyClosed()
        rules.check_end(row.starts_on, ends_on)
        row.ends_on = ends_on
        row.save(update_fields=["ends_on"])
        tell("signal_ended", **_on(row, at=at, by=by))
    return row


def reopen_event(event: OutsideEvent, *, at: datetime, by: Who = None) -> OutsideEvent:
    """Take the end of an event back; refuses one that has none."""
    with transaction.atomic():
        row = _locked(event)
        if row.ends_on is None:
            raise NotClosed()
        row.ends_on = None
        row.save(update_fields=["ends_on"])
        tell("signal_reopened", **_on(row, at=at, by=by))
    return row


def remove_event(event: OutsideEvent, *, at: datetime, by: User) -> None:
    """Take back an event one has just written down; that it was removed stays in the trail.

    Refuses anybody but its writer, and later than a quarter of an hour after it was written.
    """
    with transaction.atomic():
        row = OutsideEvent.objects.select_for_update().filter(pk=event.pk).first()
        if row is None:
            return
        if row.made_by_id != by.pk or row.made_at < at - UNDO_WITHIN:
            raise TooLateToUndo()
        tell("signal_removed", **_on(row, at=at, by=by))
        row.delete()


def note_effect(event: OutsideEvent, *, effect: Sequence[Mapping[str, Any]], until: date) -> None:
    """Keep how purchases moved after an event, as known at the end of a day."""
    kept = [dict(row) for row in effect]
    OutsideEvent.objects.filter(pk=event.pk).update(effect=kept, effect_until=until)


def record_watch(
    *,
    until: date,
    at: datetime,
    facts: Mapping[str, Any],
    series: Sequence[tuple[str, str, Mapping[str, Any]]],
    alarms: Sequence[rules.FoundAlarm],
) -> Watch:
    """Keep one look of the radar and show it, with its alarms; the looks before it are dropped.

    `series` are facet, value and weeks of each, the whole shop first.
    """
    with transaction.atomic():
        watch = Watch.objects.create(until=until, made_at=at, facts=dict(facts))
        WatchedSeries.objects.bulk_create(
            WatchedSeries(watch=watch, place=place, facet=facet, value=value, facts=dict(weeks))
            for place, (facet, value, weeks) in enumerate(series)
        )
        Watch.objects.exclude(pk=watch.pk).delete()
        watched = {(facet, value) for facet, value, _ in series}
        record_alarms(alarms, watched=watched, until=until, at=at)
    return watch


def record_alarms(
    found: Iterable[rules.FoundAlarm], *, watched: set[tuple[str, str]], until: date, at: datetime
) -> list[Alarm]:
    """Tell the alarms that are news, bring known ones up to date; returns the new ones.

    The same alarms again change nothing. An open alarm that is found no more, in a series that is
    still watched, is withdrawn: orders that came in later explain it.
    """
    news = [alarm for alarm in found if rules.is_news(alarm.raised_on, until)]
    new: list[Alarm] = []
    with transaction.atomic():
        known = list(
            Alarm.objects.select_for_update().filter(raised_on__gt=until - 2 * rules.NEWS_FOR)
        )
        for alarm in news:
            same = _known(known, alarm)
            if same is None:
                new.append(_raise(alarm, at=at))
            elif same.closed_at is None and same.facts != dict(alarm.facts):
                same.facts = dict(alarm.facts)
                same.save(update_fields=["facts"])
        for row in known:
            is_found = any(_is_same(row, alarm) for alarm in news)
            is_judged = rules.is_news(row.raised_on, until) and (row.facet, row.value) in watched
            if row.closed_at is None and is_judged and not is_found:
                row.closed_at, row.is_withdrawn = at, True
                row.save(update_fields=["closed_at", "is_withdrawn"])
                tell("alarm_withdrawn", **_about(row, at=at, by="radar"))
    return new


def acknowledge_alarm(alarm: Alarm, *, at: datetime, by: Who = None) -> Alarm:
    """Somebody looked at an alarm; once is enough. Refuses a closed one."""
    with transaction.atomic():
        row = Alarm.objects.select_for_update().get(pk=alarm.pk)
        if row.closed_at is not None:
            raise AlreadyClosed()
        if row.seen_at is None:
            row.seen_at, row.seen_by = at, employee(by)
            row.save(update_fields=["seen_at", "seen_by"])
            tell("alarm_seen", **_about(row, at=at, by=by))
    return row


def close_alarm(alarm: Alarm, *, outcome: str, at: datetime, by: Who = None) -> Alarm:
    """End an alarm with what came of it; refuses a closed one and an overlong outcome."""
    said = rules.clean_outcome(outcome)
    with transaction.atomic():
        row = Alarm.objects.select_for_update().get(pk=alarm.pk)
        if row.closed_at is not None:
            raise AlreadyClosed()
        row.closed_at, row.closed_by, row.outcome = at, employee(by), said
        row.save(update_fields=["closed_at", "closed_by", "outcome"])
        tell("alarm_closed", **_about(row, at=at, by=by))
    return row


def reopen_alarm(alarm: Alarm, *, at: datetime, by: Who = None) -> Alarm:
    """Take the end of an alarm back; refuses one that is open."""
    with transaction.atomic():
        row = Alarm.objects.select_for_update().get(pk=alarm.pk)
        if row.closed_at is None:
            raise NotClosed()
        row.closed_at, row.closed_by, row.outcome, row.is_withdrawn = None, None, "", False
        row.save(update_fields=["closed_at", "closed_by", "outcome", "is_withdrawn"])
        tell("alarm_reopened", **_about(row, at=at, by=by))
    return row


def _raise(alarm: rules.FoundAlarm, *, at: datetime) -> Alarm:
    row = Alarm.objects.create(
        facet=alarm.facet,
        value=alarm.value,
        raised_on=alarm.raised_on,
        since_on=alarm.since_on,
        facts=dict(alarm.facts),
        told_at=at,
    )
    tell("alarm_raised", **_about(row, at=at, by="radar", facet=row.facet, value=row.value))
    return row


def _known(rows: list[Alarm], alarm: rules.FoundAlarm) -> Alarm | None:
    return next((row for row in rows if _is_same(row, alarm)), None)


def _is_same(row: Alarm, alarm: rules.FoundAlarm) -> bool:
    return (row.facet, row.value) == (alarm.facet, alarm.value) and rules.is_same_alarm(
        row.raised_on, alarm.raised_on
    )


def _locked(event: OutsideEvent) -> OutsideEvent:
    return OutsideEvent.objects.select_for_update().get(pk=event.pk)


def _same(row: OutsideEvent, facts: Mapping[str, Any]) -> OutsideEvent:
    if any(getattr(row, name) != facts[name] for name in _FACTS):
        raise KeyReused(key=row.key)
    return row


def _on(row: OutsideEvent, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event of the trail says about an outside event."""
    about = {"subject": "signal", "subject_id": row.pk, "facts": facts}
    return {"at": at, "actor": actor(by), **about}


def _about(row: Alarm, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event of the trail says about an alarm."""
    about = {"subject": "alarm", "subject_id": row.pk, "facts": facts}
    return {"at": at, "actor": actor(by), **about}
