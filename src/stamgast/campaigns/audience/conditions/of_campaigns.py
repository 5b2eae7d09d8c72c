"""Conditions on what earlier campaigns gave."""

from __future__ import annotations

from stamgast.campaigns.audience.conditions.pieces import Given
from stamgast.campaigns.audience.fields import days
from stamgast.campaigns.audience.kinds import Kind
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.campaigns.models import Assignment

_ASSIGNED = Assignment._meta.db_table


def _in_campaign(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_ASSIGNED} a WHERE a.at >= %s",
        look.moment(given["days"]),
        customer="a.customer_id",
    )


CONDITIONS = (Kind("in_campaign", "campaigns", _in_campaign, (days(),)),)
