"""The pictures of the overview: what they show, in words, as data and as a table."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext

from stamgast.kernel import minor_digits
from stamgast.web.design import charts
from stamgast.web.design.charts import Picture
from stamgast.web.design.tags import day, number, percent, whole_money
from stamgast.web.marketer.base_shown import Base

MONTHS_SHOWN = 24
INTAKES_SHOWN = 18
FEW = 3  # months: fewer make no picture
FEWEST_CUSTOMERS = 10  # of an intake month: of fewer, a share says nothing


def second_purchases(base: Base) -> Picture | None:
    """Draw the share of second purchases per intake month; None while there are too few."""
    months = [
        row
        for row in base.rows("second")
        if row.get("share") is not None and (row.get("customers") or 0) >= FEWEST_CUSTOMERS
    ]
    months = months[-INTAKES_SHOWN:]
    if len(months) < FEW:
        return None
    table = [_second_cells(row) for row in months]
    text = gettext(
        "Share of new customers who bought a second time, per month of first purchase, "
        "from %(first)s to %(last)s."
    )
    return Picture(
        name="second-purchases",
        spec=charts.second_purchases([_second_data(row) for row in months]),
        text=text % {"first": table[0][0], "last": table[-1][0]},
        columns=(
            gettext("First purchase"),
            gettext("New customers"),
            gettext("Second purchase"),
            gettext("at least"),
            gettext("at most"),
            "",
        ),
        table=table,
    )


def _second_cells(row: dict[str, Any]) -> list[str]:
    shares = [percent(row.get(name)) for name in ("share", "low", "high")]
    so_far = "" if row.get("is_settled") else gettext("so far")
    return [day(_first(row["cohort"]), "month"), number(row.get("customers")), *shares, so_far]


def _second_data(row: dict[str, Any]) -> dict[str, Any]:
    month, customers, share, low, high, _ = _second_cells(row)
    tip = gettext("%(month)s: %(share)s of %(n)s new customers (%(low)s to %(high)s)")
    return {
        "label": day(_first(row["cohort"]), "short month"),
        "settled": bool(row.get("is_settled")),
        "tip": tip % {"month": month, "share": share, "n": customers, "low": low, "high": high},
        **{name: row.get(name) for name in ("share", "low", "high")},
    }


def revenue(base: Base, *, sees_margin: bool) -> Picture | None:
    """Draw revenue per month, and margin for who may see it; None while there are too few."""
    months = base.rows("months")[-MONTHS_SHOWN:]
    if len(months) < FEW:
        return None
    names = ["revenue", "margin"] if sees_margin else ["revenue"]
    table = [_revenue_cells(row, names, base.currency) for row in months]
    columns = [gettext("Month"), gettext("Orders"), gettext("Revenue"), gettext("Margin")]
    data = [
        _revenue_data(
            row, names, base.currency, is_whole=row.get("is_complete", row is not months[-1])
        )
        for row in months
    ]
    return Picture(
        name="revenue",
        spec=charts.revenue_and_margin(data),
        text=gettext("Revenue per month, from %(first)s to %(last)s.")
        % {"first": table[0][0], "last": table[-1][0]},
        columns=columns[: len(table[0])],
        table=table,
    )


def _revenue_cells(row: dict[str, Any], names: list[str], currency: str) -> list[str]:
    amounts = [whole_money(row.get(f"{name}_minor"), currency) for name in names]
    return [day(_first(row["month"]), "month"), number(row.get("orders")), *amounts]


def _revenue_data(
    row: dict[str, Any], names: list[str], currency: str, *, is_whole: bool
) -> dict[str, Any]:
    month, _, *amounts = _revenue_cells(row, names, currency)
    facts = {"month": month, **dict(zip(names, amounts, strict=True))}
    if "margin" in names:
        tip = gettext("%(month)s: %(revenue)s revenue, of which %(margin)s margin") % facts
    else:
        tip = gettext("%(month)s: %(revenue)s revenue") % facts
    unit = 10 ** minor_digits(currency)
    return {
        "label": day(_first(row["month"]), "short month"),
        "settled": is_whole,
        "tip": tip,
        **{name: (row.get(f"{name}_minor") or 0) / unit for name in names},
    }


def _first(month: str) -> date:
    return date.fromisoformat(f"{month[:7]}-01")
