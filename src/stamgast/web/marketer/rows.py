"""Rows to mend: what stood in the file, what was expected instead, and mending it in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from stamgast.importers.actions import mending
from stamgast.importers.models import Batch, RowToMend
from stamgast.importers.queries import rows_as_csv, rows_waiting
from stamgast.kernel import Refusal
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer import import_words as words
from stamgast.web.marketer.writing import landing
from stamgast.web.refusals import sentence
from stamgast.web.sentences import filled

PAGE = 25


@dataclass(frozen=True)
class RowShown:
    """A row to mend as a page shows it."""

    row: RowToMend
    expected: str


@page("mend rows")
def rows(request: StaffRequest) -> HttpResponse:
    """Show all rows that wait, of every file."""
    return _list(request, rows_waiting(), None)


@page("mend rows")
def rows_of(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the rows of one file that wait."""
    batch = get_object_or_404(Batch, pk=pk)
    return _list(request, rows_waiting(batch), batch)


def _list(request: StaffRequest, found: QuerySet[RowToMend], batch: Batch | None) -> HttpResponse:
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    facts = {
        "sentence": _sentence(shown.paginator.count, batch),
        "page": shown,
        "rows": [RowShown(row, words.word(words.EXPECTED, row.problem)) for row in shown],
        "batch": batch,
    }
    return render(request, "rows/list.html", facts)


def _sentence(n: int, batch: Batch | None) -> SafeString:
    if not n:
        return filled(_("Every row is in; there is nothing to mend."))
    if batch is None:
        text = ngettext(
            "<b>%(n)s row</b> waits to be mended.", "<b>%(n)s rows</b> wait to be mended.", n
        )
        return filled(text, n=number(n))
    text = ngettext(
        "<b>%(n)s row</b> of %(name)s waits to be mended.",
        "<b>%(n)s rows</b> of %(name)s wait to be mended.",
        n,
    )
    return filled(text, n=number(n), name=batch.name)


class Cell(forms.CharField):
    """A cell as it stands in a file: it may be empty, and that goes without saying."""

    def validate(self, value: object) -> None:
        """Anything goes: whether it can be read is seen when it comes in."""


class RowForm(forms.Form):
    """The cells of one row, each under its column: first the wrong one, then those we use."""

    use_required_attribute = False

    def __init__(self, *given: Any, row: RowToMend) -> None:
        super().__init__(given[0] if given else None, auto_id=f"row-{row.pk}-%s")
        order = row.batch.result.get("columns", ())  # a database may keep cells in another
        self.columns = list(dict.fromkeys([*(c for c in order if c in row.row), *row.row]))
        self.wrong = row.column
        self.read = set(row.batch.mapping.values())
        for place, column in enumerate(self.columns):
            self.fields[f"cell_{place}"] = Cell(
                label=column,
                strip=False,
                max_length=5000,
                initial=row.row[column] or "",
            )

    @property
    def first(self) -> list[forms.BoundField]:
        """The cell that is wrong, and the others that hold something we use."""
        places = [place for place, column in enumerate(self.columns) if column in self.read]
        ordered = sorted(places, key=lambda place: self.columns[place] != self.wrong)
        return [self[f"cell_{place}"] for place in ordered]

    @property
    def others(self) -> list[forms.BoundField]:
        """The cells that we do not use."""
        places = [place for place, column in enumerate(self.columns) if column not in self.read]
        return [self[f"cell_{place}"] for place in places]

    @property
    def cells(self) -> dict[str, str]:
        """Column to cell, as mended."""
        return {
            column: self.cleaned_data[f"cell_{place}"] for place, column in enumerate(self.columns)
        }

    def refuse(self, refusal: Refusal) -> None:
        """Say at the cell that is still wrong what was expected there."""
        column, problem = refusal.facts.get("column"), refusal.facts.get("problem")
        if column in self.columns and problem:
            text = _("Expected: %(expected)s.")
            said = text % {"expected": words.word(words.EXPECTED, str(problem))}
            self.add_error(f"cell_{self.columns.index(column)}", said)
        else:
            self.add_error(None, sentence(refusal))


@page("mend rows")
def row(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a row cell by cell, and bring it in once it is mended."""
    bad = get_object_or_404(RowToMend.objects.select_related("batch"), pk=pk)
    form = RowForm(*((request.POST,) if request.method == "POST" else ()), row=bad)
    if form.is_bound and form.is_valid():
        try:
            mending.mend_row(bad, form.cells, at=request.at, by=request.user)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            say(request, _("Row mended: it came in."))
            return landing(request, reverse("rows_of", args=[bad.batch_id]))
    facts = {
        "row": bad,
        "batch": bad.batch,
        "form": form,
        "expected": words.word(words.EXPECTED, bad.problem),
        "is_open": bad.mended_at is None and bad.dropped_at is None,
    }
    return render(request, "rows/row.html", facts, status=422 if form.errors else 200)


@page("mend rows")
@require_POST
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Leave a row out for good."""
    bad = get_object_or_404(RowToMend, pk=pk)
    mending.drop_row(bad, at=request.at, by=request.user)
    undo = reverse("restore_row", args=[bad.pk])
    say(request, _("Line %(line)s left out.") % {"line": number(bad.line)}, undo=undo)
    return landing(request, reverse("rows_of", args=[bad.batch_id]))


@page("mend rows")
@require_POST
def restore(request: StaffRequest, pk: int) -> HttpResponse:
    """Take it back that a row was left out."""
    bad = get_object_or_404(RowToMend, pk=pk)
    mending.restore_row(bad, at=request.at, by=request.user)
    return redirect("rows_of", bad.batch_id)


@page("mend rows")
def export(request: StaffRequest, pk: int | None = None) -> HttpResponseBase:
    """Hand over rows that wait, as a CSV that can be mended and brought in: of a file, or all."""
    batch = None if pk is None else get_object_or_404(Batch, pk=pk)
    expected = {code: words.word(words.EXPECTED, code) for code in words.EXPECTED}
    lines = rows_as_csv(
        rows_waiting(batch), expected=lambda problem: expected.get(problem, problem)
    )
    answer = StreamingHttpResponse(marked(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rows-{request.at:%Y-%m-%d}.csv"'
    return answer


def marked(lines: Iterable[str]) -> Iterator[str]:
    """Put the mark before a file by which spreadsheets know that it is UTF-8."""
    yield "\ufeff"
    yield from lines
