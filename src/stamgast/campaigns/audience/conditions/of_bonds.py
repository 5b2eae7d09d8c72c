"""Conditions on why customers stay, and whether that is loyalty."""

from __future__ import annotations

from stamgast.campaigns.audience.conditions.pieces import Given, among, between
from stamgast.campaigns.audience.fields import days, one_of, percent, some_of
from stamgast.campaigns.audience.kinds import Kind
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.scoring.models import Loyalty

BONDS = ("situational", "economic", "legal", "technical", "emotional")
SUBTYPES = ("captive", "bought", "habit", "no_alternative")


def _bond(given: Given, look: Looking) -> Sql:
    return between(f"b.{given['bond']}", given, scale=0.01)


def _ends(given: Given, look: Looking) -> Sql:
    until = look.ago(-given["days"]).isoformat()
    return Sql("b.ends_on >= %s AND b.ends_on <= %s", (look.as_of.isoformat(), until))


def _loyalty(given: Given, look: Looking) -> Sql:
    """The kind of loyalty; whoever has no row is of an unknown kind."""
    known = among("b.kind", given["in"])
    if Loyalty.UNKNOWN in given["in"]:
        return Sql(f"(b.id IS NULL OR {known.text})", known.filled)
    return known


CONDITIONS = (
    Kind("loyalty", "bonds", _loyalty, (some_of("in", Loyalty.values),), ("bonds",)),
    Kind(
        "stays_because",
        "bonds",
        lambda given, _: among("b.subtype", given["in"]),
        (some_of("in", SUBTYPES),),
        ("bonds",),
    ),
    Kind(
        "bond",
        "bonds",
        _bond,
        (
            one_of("bond", BONDS),
            percent("at_least", optional=True),
            percent("at_most", optional=True),
        ),
        ("bonds",),
        ("at_least", "at_most"),
    ),
    Kind("bond_ends", "bonds", _ends, (days(),), ("bonds",)),
)
