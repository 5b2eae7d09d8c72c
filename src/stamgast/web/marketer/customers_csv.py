"""A selection as a CSV file to take along: streamed, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any, Final, NamedTuple

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.advice import advice
from stamgast.events.actions import tell
from stamgast.kernel import Money
from stamgast.scoring.queries import current_run
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer.search import meant_by
from stamgast.web.marketer.selection import read
from stamgast.web.marketer.selection_figures import Held
from stamgast.web.words import word_of

CHUNK: Final = 1000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: what begins one gets a quote."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(value: float | Decimal | None) -> str:
    """A number in the notation that spreadsheets of the reader's language expect."""
    text = "" if value is None else f"{value:.2f}" if isinstance(value, float) else str(value)
    return text.replace(".", ",") if translation.get_language() == "nl" else text


def _amount(currency: str, minor: int | None) -> str:
    return "" if minor is None else _number(Money(minor, currency).amount)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


class Column(NamedTuple):
    """One column of the file: where it comes from, its heading, and how a value is written."""

    source: str
    heading: str | Promise
    written: Callable[[Any], str]


def columns(currency: str, *, sees_margin: bool) -> list[Column]:
    """Return the columns of the file; margins only for who may see them."""
    amount = partial(_amount, currency)
    shown = [
        Column("customer__key", _("Customer number"), harmless),
        Column("customer__first_name", _("First name"), harmless),
        Column("customer__infix", _("Infix"), harmless),
        Column("customer__last_name", _("Surname"), harmless),
        Column("customer__company", _("Company"), harmless),
        Column("customer__email", _("E-mail"), harmless),
        Column("customer__phone", _("Phone"), harmless),
        Column("customer__postcode", _("Postcode"), harmless),
        Column("customer__house_number", _("House number"), harmless),
        Column("customer__city", _("Town"), harmless),
        Column("customer__country", _("Country"), harmless),
        Column("stage", _("Stage"), partial(word_of, "stage")),
        Column("advice", _("Next step"), partial(word_of, "step")),
        Column("orders", _("Orders"), str),
        Column("first_day", _("First purchase"), _day),
        Column("last_day", _("Last purchase"), _day),
        Column("usual_interval", _("Usual days between purchases"), _number),
        Column("revenue_minor", _("Revenue"), amount),
    ]
    if sees_margin:
        shown += [
            Column("margin_minor", _("Margin so far"), amount),
            Column("margin_365_minor", _("Margin coming year"), amount),
            Column("margin_365_low_minor", _("Likely at least"), amount),
            Column("margin_365_high_minor", _("Likely at most"), amount),
        ]
    return shown


@page("export customers")
def export_customers(request: StaffRequest) -> HttpResponseBase:
    """Hand over the selection of the list; that it was taken along is written down."""
    sees_margin = request.may("see margin")
    selection = read(request.GET, sees_margin=sees_margin)
    run = current_run()
    held = Held(selection, run, request.at, meant_by(selection.q) if selection.q else None)
    shown = columns(run.currency if run else "EUR", sees_margin=sees_margin)
    there = held.scores().filter(customer__merged_into=None, customer__erased_at=None)
    rows = (
        there.annotate(advice=advice(request.at))
        .order_by("pk")
        .values_list(*(column.source for column in shown))
    )
    tell(
        "customers_exported",
        at=request.at,
        actor=f"user:{request.user.pk}",
        facts={"filters": selection.query(q=""), "customers": held.figures().count},
    )
    lines = _lines(rows.iterator(chunk_size=CHUNK), shown, request.user.language)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="customers-{request.at:%Y-%m-%d}.csv"'
    return answer


class Echo:
    """Something to write to that hands each line straight back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[tuple[Any, ...]], shown: list[Column], language: str) -> Iterator[str]:
    """Write the file line by line; it runs after the view, so it sets the language itself."""
    with translation.override(language):
        headings = [str(column.heading) for column in shown]
        cells = (
            [
                column.written(v) if v is not None else ""
                for column, v in zip(shown, row, strict=True)
            ]
            for row in rows
        )
        yield from csv_lines(headings, cells, language)


def csv_lines(headings: list[str], rows: Iterable[list[str]], language: str) -> Iterator[str]:
    """Write a file line by line.

    Spreadsheets in Dutch part cells with a semicolon, and only know UTF-8 by its mark.
    """
    writer = csv.writer(Echo(), delimiter=";" if language == "nl" else ",")
    yield "\ufeff" + writer.writerow(headings)
    for row in rows:
        yield writer.writerow(row)
