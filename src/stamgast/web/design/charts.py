"""Pictures that answer to the mouse: Altair specifications, each with a text and a table beside it.

A specification is made once and its data put in per page, so that a page costs no Altair at all.
The words in a picture come with the data, in the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

DATA = "rows"
_SANS = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'
_INK, _MUTED, _LINE = "#1d2a2c", "#5b6765", "#e6e0d5"
_BRAND, _PALE = "#1c5d49", "#cfe0d6"


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, what it shows in a sentence, and its figures as a table."""

    name: str
    spec: dict[str, Any]
    text: str
    columns: Sequence[str]
    table: Sequence[Sequence[str]]


def second_purchases(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Share of second purchases per intake month; rows: label, share, low, high, settled, tip."""
    return _with_data(_second_purchases(), rows)


def revenue_and_margin(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Revenue, and within it margin, per month; rows: label, revenue, margin, settled, tip.

    Rows without a margin draw revenue alone.
    """
    has_margin = any(row.get("margin") is not None for row in rows)
    return _with_data(_revenue_and_margin(has_margin), rows)


def budget_curve(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What each budget brings; rows: budget, brings (major units), is_plan, label, tip."""
    return _with_data(_budget_curve(), rows)


def group_effects(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Effect per group with its interval; rows: label, estimate, low, high (major units), tip."""
    return _with_data({**_group_effects(), "height": {"step": 38}}, rows)


def _with_data(spec: dict[str, Any], rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {**spec, "datasets": {DATA: list(rows)}}


@cache
def _second_purchases() -> dict[str, Any]:
    import altair as alt

    base = alt.Chart(alt.NamedData(DATA)).encode(
        x=_months(), tooltip=alt.Tooltip("tip:N", title=""), opacity=_faint_until_settled()
    )
    share = alt.Y("share:Q", title=None, axis=alt.Axis(format=".0%", tickCount=4))
    bars = base.mark_rule(color="#8fb5a5", strokeWidth=3).encode(
        y=alt.Y("low:Q", title=None, scale=alt.Scale(domainMin=0)), y2="high:Q"
    )
    dots = base.mark_point(filled=True, size=64, color=_BRAND).encode(y=share)
    return _dressed(bars + dots, 210)


@cache
def _revenue_and_margin(has_margin: bool) -> dict[str, Any]:
    import altair as alt

    base = alt.Chart(alt.NamedData(DATA)).encode(
        x=_months(), tooltip=alt.Tooltip("tip:N", title="")
    )
    axis = alt.Axis(format="$,.0f", tickCount=4)
    revenue = base.mark_bar(color=_PALE, cornerRadiusEnd=2).encode(
        y=alt.Y("revenue:Q", title=None, axis=axis), opacity=_faint_until_settled()
    )
    if not has_margin:
        return _dressed(revenue, 210)
    margin = base.mark_bar(color=_BRAND, cornerRadiusEnd=2).encode(
        y=alt.Y("margin:Q", title=None), opacity=_faint_until_settled()
    )
    return _dressed(revenue + margin, 210)


@cache
def _budget_curve() -> dict[str, Any]:
    import altair as alt

    axis = alt.Axis(format="$,.0f", tickCount=4)
    base = alt.Chart(alt.NamedData(DATA)).encode(
        x=alt.X("budget:Q", title=None, axis=axis),
        y=alt.Y("brings:Q", title=None, axis=axis),
        tooltip=alt.Tooltip("tip:N", title=""),
    )
    line = base.mark_line(color=_BRAND, strokeWidth=2.5)
    dots = base.mark_point(filled=True, size=44, color=_BRAND)
    mine = base.transform_filter("datum.is_plan")
    rule = mine.mark_rule(color=_MUTED, strokeDash=[4, 3]).encode(y=alt.Undefined)
    words = mine.mark_text(align="left", dx=8, dy=14, fontWeight="bold").encode(text="label:N")
    return _dressed(rule + line + dots + words, 240)


@cache
def _group_effects() -> dict[str, Any]:
    import altair as alt

    base = alt.Chart(alt.NamedData(DATA)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(ticks=False, labelLimit=220)),
        tooltip=alt.Tooltip("tip:N", title=""),
    )
    axis = alt.Axis(format="$,.2f", tickCount=5)
    bars = base.mark_rule(color="#8fb5a5", strokeWidth=4).encode(
        x=alt.X("low:Q", title=None, axis=axis), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=70, color=_BRAND).encode(x=alt.X("estimate:Q"))
    zero = alt.Chart(alt.NamedData(DATA)).mark_rule(color=_INK).encode(x=alt.datum(0))
    return _dressed(zero + bars + dots, 160)


def _months() -> Any:
    """Months as the page words them, in the order of the data; labels drop out where crowded."""
    import altair as alt

    axis = alt.Axis(
        labelAngle=0, labelOverlap="greedy", labelSeparation=8, labelPadding=9, ticks=False
    )
    return alt.X("label:N", sort=None, title=None, axis=axis)


def _faint_until_settled() -> Any:
    import altair as alt

    return alt.condition("datum.settled", alt.value(1.0), alt.value(0.4))


def _dressed(chart: Any, height: int) -> dict[str, Any]:
    """Give a chart our own quiet looks and the width of where it stands."""
    dressed = (
        chart.properties(width="container", height=height, background="transparent")
        .configure(font=_SANS)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_MUTED, labelFontSize=12, gridColor=_LINE, domainColor=_LINE, tickColor=_LINE
        )
        .configure_axisY(domain=False, ticks=False, labelPadding=8)
        .configure_text(color=_INK, fontSize=12)
    )
    spec: dict[str, Any] = dressed.to_dict()
    return spec
