"""Conditions on what happened outside: whom an event in the register may touch."""

from __future__ import annotations

from django.core.exceptions import EmptyResultSet

from stamgast.campaigns.audience.conditions.pieces import Given
from stamgast.campaigns.audience.fields import reference
from stamgast.campaigns.audience.kinds import Kind
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.signals.models import OutsideEvent
from stamgast.signals.queries import exposed_customers


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


CONDITIONS = (Kind("exposed_to", "outside", _exposed, (reference("event", "signal"),)),)
