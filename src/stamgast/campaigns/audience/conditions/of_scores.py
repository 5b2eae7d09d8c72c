"""Conditions on what scoring found: stage, rhythm, value, how they buy."""

from __future__ import annotations

from typing import Any

from stamgast.campaigns.audience.conditions.pieces import Given, among, between, days_ago
from stamgast.campaigns.audience.fields import amount, days, names, percent, some_of, whole
from stamgast.campaigns.audience.kinds import Kind
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.insight.next_step import STEPS
from stamgast.sales.models import Product
from stamgast.scoring.models import CurrentRun, Score, Stage, Suggestion

_STAGES = tuple(stage for stage in Stage.values if stage != Stage.WITHHELD)
_SCORES, _SUGGESTED, _PRODUCT = (m._meta.db_table for m in (Score, Suggestion, Product))
_RANGE = ("at_least", "at_most")


def _longer_than_usual(given: Given, look: Looking) -> Sql:
    return Sql("s.days_silent >= s.usual_interval * %s", (given["percent"] / 100,))


def _top(given: Given, look: Looking) -> Sql:
    """Belong to the customers with the highest value: from the least amount among them."""
    place = max(0, look.scored * given["percent"] // 100 - 1)
    least = (
        f"SELECT margin_365_minor FROM {_SCORES} WHERE run_id = {look.run:d}"
        f" AND margin_365_minor IS NOT NULL ORDER BY margin_365_minor DESC LIMIT 1 OFFSET {place:d}"
    )
    return Sql(f"s.margin_365_minor > 0 AND s.margin_365_minor >= ({least})")


def _share(column: str, code: str) -> Kind:
    fields = (percent("at_least", optional=True), percent("at_most", optional=True))
    return Kind(
        code,
        "value",
        lambda given, _: between(f"s.{column}", given, scale=0.01),
        fields,
        ("score",),
        _RANGE,
    )


def _sum(column: str, code: str) -> Kind:
    fields = (amount("at_least", optional=True), amount("at_most", optional=True))
    return Kind(
        code, "value", lambda given, _: between(f"s.{column}", given), fields, ("score",), _RANGE
    )


def _facet(column: str, subject: str) -> Kind:
    return Kind(
        column,
        subject,
        lambda given, _: among(f"s.{column}", given["in"]),
        (names("in", column),),
        ("score",),
    )


def _silence(code: str, column: str) -> Kind:
    ends = (days("at_least", least=0, optional=True), days("at_most", least=0, optional=True))
    return Kind(
        code,
        "buying",
        lambda given, look: days_ago(f"s.{column}", given, look),
        ends,
        ("score",),
        _RANGE,
    )


def _suggested(given: Given, look: Looking, test: str = "", *filled: Any) -> Sql:
    """Somebody has a suggestion that can be had now."""
    kind = among("g.kind", given.get("in", ("again",)))
    current = CurrentRun.objects.values_list("suggested_id", flat=True).first() or -1
    return look.who(
        f"FROM {_SUGGESTED} g JOIN {_PRODUCT} p ON p.id = g.product_id"
        f" WHERE g.run_id = {current:d} AND COALESCE(p.in_stock, TRUE) AND {kind.text}{test}",
        *kind.filled,
        *filled,
        customer="g.customer_id",
    )


def _runs_out(given: Given, look: Looking) -> Sql:
    return _suggested({}, look, " AND g.due_on <= %s", look.ago(-given["days"]).isoformat())


CONDITIONS = (
    Kind(
        "stage",
        "buying",
        lambda given, _: among("s.stage", given["in"]),
        (some_of("in", _STAGES),),
        ("score",),
    ),
    Kind(
        "silent_longer_than_usual",
        "buying",
        _longer_than_usual,
        (whole("percent", 50, 1000),),
        ("score",),
    ),
    _silence("last_bought", "last_day"),
    _silence("first_bought", "first_day"),
    Kind(
        "orders",
        "buying",
        lambda given, _: between("s.orders", given),
        (whole("at_least", 0, 100_000, optional=True), whole("at_most", 0, 100_000, optional=True)),
        ("score",),
        _RANGE,
    ),
    Kind(
        "next_step",
        "buying",
        lambda given, _: among("s.step", given["in"]),
        (some_of("in", STEPS),),
        ("score",),
    ),
    _sum("margin_365_minor", "value"),
    Kind("highest_value", "value", _top, (percent("percent", least=1),), ("score",)),
    _sum("revenue_minor", "revenue"),
    _sum("margin_minor", "margin"),
    _share("discount_share", "discount_share"),
    _share("returns_rate", "returns"),
    Kind(
        "has_suggestion",
        "products",
        _suggested,
        (some_of("in", Suggestion.Kind.values),),
    ),
    Kind("runs_out", "products", _runs_out, (whole("days", 0, 60),)),
    _facet("country", "person"),
    _facet("channel", "buying"),
    _facet("shop", "buying"),
)
