"""Conditions on what happened outside: whom an event in the register may touch, or any now."""

from __future__ import annotations

from django.core.exceptions import EmptyResultSet

from stamgast.campaigns.audience.conditions.pieces import Given
from stamgast.campaigns.audience.fields import reference, some_of
from stamgast.campaigns.audience.kinds import Kind
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.signals.models import OutsideEvent
from stamgast.signals.queries import current_events, exposed_customers


def _exposed(given: Given, look: Looking) -> Sql:
    """Nobody is exposed to an event that was taken back."""
    event = OutsideEvent.objects.filter(pk=given["event"]).first()
    if event is None:
        return Sql("FALSE")
    people = exposed_customers(event)
    if look.ids is not None:
        people = people.filter(pk__in=look.ids)
    try:
        text, filled = people.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return Sql("FALSE")
    return Sql(f"c.id IN ({text})", tuple(filled))


def _exposed_now(given: Given, look: Looking) -> Sql:
    """Exposed to one of the events of these kinds that go on; the latest ten are enough."""
    going_on = current_events(look.as_of).filter(kind__in=given["in"], starts_on__lte=look.as_of)
    parts = [_exposed({"event": event.pk}, look) for event in going_on[:MOST_EVENTS]]
    if not parts:
        return Sql("FALSE")
    return Sql(
        " OR ".join(part.text for part in parts),
        tuple(value for part in parts for value in part.filled),
    )


MOST_EVENTS = 10
CONDITIONS = (
    Kind("exposed_to", "outside", _exposed, (reference("event", "signal"),)),
    Kind("exposed_now", "outside", _exposed_now, (some_of("in", OutsideEvent.Kind.values),)),
)
