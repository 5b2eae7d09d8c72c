"""Who comes back: a row per month of first purchase, a column per month since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from stamgast.web.design.tags import day, number, percent, whole_money
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer.base_shown import Base, base_shown, choices
from stamgast.web.sentences import filled

INTAKES_SHOWN = 24
HALF_A_YEAR = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """One month of one intake: what it says, how dark it is, and what the mouse reads."""

    text: str
    shade: float
    tip: str


@dataclass(frozen=True, slots=True)
class Intake:
    """Everyone who first bought in one month."""

    month: date
    customers: int
    cells: list[Cell]


@page("see base")
def cohorts(request: StaffRequest) -> HttpResponse:
    """Show who came back per intake month, as shares or as margin per customer."""
    base = base_shown(request.GET)
    if base is None or not base.customers:
        return redirect("dashboard")
    in_margin = request.GET.get("in") == "margin" and request.may("see margin")
    rows = base.rows("cohorts")[-INTAKES_SHOWN:]
    intakes = _intakes(rows, base.currency, in_margin=in_margin)
    facts = {
        "base": base,
        "headline": _headline(base),
        "choices": choices(base.run),
        "in_margin": in_margin,
        "intakes": intakes,
        "months": range(max((len(intake.cells) for intake in intakes), default=0)),
    }
    return render(request, "cohorts.html", facts)


def _headline(base: Base) -> SafeString:
    """Say how many of a hundred new customers still buy half a year on."""
    cells = [
        (row.get("customers") or 0, cell)
        for row in base.rows("cohorts")
        for cell in row.get("cells") or ()
        if cell.get("month") == HALF_A_YEAR and cell.get("is_complete", True)
    ]
    intake = sum(customers for customers, _ in cells)
    if not intake:
        return filled(gettext("Half a year from now you see here how many new customers stay."))
    bought = sum(cell.get("customers") or 0 for _, cell in cells)
    text = gettext("Half a year later, <b>%(n)s</b> of every 100 new customers buy each month.")
    return filled(text, n=number(round(100 * bought / intake)))


def _intakes(rows: list[dict[str, Any]], currency: str, *, in_margin: bool) -> list[Intake]:
    amounts = [_amount(row, cell, in_margin=in_margin) for row in rows for cell in _cells(row)]
    later = [
        _amount(row, cell, in_margin=in_margin) for row in rows for cell in _cells(row)[1:]
    ] or amounts
    # The first month is always everybody; shading it along would leave no room for what matters.
    darkest = max((amount for amount in later), default=0) or 1
    return [
        Intake(
            date.fromisoformat(f"{row['cohort'][:7]}-01"),
            row.get("customers") or 0,
            [_cell(row, cell, darkest, currency if in_margin else "") for cell in _cells(row)],
        )
        for row in rows
    ]


def _cells(row: dict[str, Any]) -> list[dict[str, Any]]:
    return row.get("cells") or []


def _amount(row: dict[str, Any], cell: dict[str, Any], *, in_margin: bool) -> float:
    if in_margin:
        return (cell.get("margin_minor") or 0) / (row.get("customers") or 1)
    return cell.get("share") or 0.0


def _cell(row: dict[str, Any], cell: dict[str, Any], darkest: float, currency: str) -> Cell:
    amount = _amount(row, cell, in_margin=bool(currency))
    facts = {
        "month": day(date.fromisoformat(f"{row['cohort'][:7]}-01"), "month"),
        "n": number(cell.get("month") or 0),
        "customers": number(cell.get("customers") or 0),
        "all": number(row.get("customers") or 0),
        "share": percent(cell.get("share"), 1),
    }
    tip = gettext(
        "First bought in %(month)s, %(n)s months on: %(customers)s of %(all)s bought (%(share)s)"
    )
    text = whole_money(amount, currency) if currency else number(100 * amount)
    return Cell(text, max(0.0, min(1.0, amount / darkest)), tip % facts)
