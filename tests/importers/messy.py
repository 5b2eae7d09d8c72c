"""Messy tables of orders, drawn by Hypothesis: as shops have them, on purpose smaller and worse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from hypothesis import strategies as st

COLUMNS = (
    "bestelnummer", "besteldatum", "klantnummer", "email", "artikelnummer", "categorie", "aantal",
    "stuksprijs", "korting", "btw", "orderkorting", "verzendkosten", "kanaal",
)  # fmt: skip
_SKUS = ("thee", "koffie", "mok", "pot", "verzending")
_DAYS = (
    "2025-01-05",
    "2025-01-06 10:00",
    "2025-02-01T23:30:00+01:00",
    "2025-03-30 02:30:00",
    "2025-04-01",
)
_WRONG = {
    "besteldatum": ("soon", "2025-13-45", "31-02-2025"),
    "aantal": ("0", "many", "NaN", "9999999"),
    "stuksprijs": ("", "gratis", "inf"),
    "bestelnummer": ("", "nan"),
    "korting": ("a bit",),
}


@dataclass(frozen=True)
class Cell:
    """A cell to spoil: which row, which column, and what will stand there."""

    row: int
    column: str
    wrong: str


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Return rows of COLUMNS that can all be used."""
    orders = draw(st.integers(1, 5))
    rows = []
    for number in range(orders):
        who = draw(st.sampled_from(("", "7", "8", "9")))
        email = draw(st.sampled_from(("", f"klant{who}@example.nl"))) if who else ""
        discount = draw(st.sampled_from(("", "1.00", "3.33")))
        postage = draw(st.sampled_from(("", "4.95")))
        channel = draw(st.sampled_from(("", "web")))
        for _ in range(draw(st.integers(1, 4))):
            says_whole = draw(st.booleans())  # as exports that fill only some rows of an order
            sku = draw(st.sampled_from(_SKUS))
            rows.append(
                (
                    f"B{number}",
                    draw(st.sampled_from(_DAYS)),
                    who if says_whole else "",
                    email if says_whole else "",
                    sku,
                    {"thee": "dranken", "koffie": "dranken"}.get(sku, ""),
                    draw(st.sampled_from(("1", "2", "-1", "-2", "0.5"))),
                    draw(st.sampled_from(("1.00", "4.50", "0", "3.335", "-2"))),
                    draw(st.sampled_from(("", "0.50"))),
                    draw(st.sampled_from(("", "9", "21"))),
                    discount if says_whole else "",
                    postage if says_whole else "",
                    channel,
                )
            )
    return rows


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[list[tuple[str, ...]], list[Cell]]:
    """Return rows that can be used, and which cells of them to spoil."""
    rows = draw(tables())
    places = draw(st.sets(st.integers(0, len(rows) - 1), min_size=1, max_size=4))
    cells = []
    for place in sorted(places):
        column = draw(st.sampled_from(sorted(_WRONG)))
        cells.append(Cell(place, column, draw(st.sampled_from(_WRONG[column]))))
    return rows, cells


def spoil(rows: list[tuple[str, ...]], cells: list[Cell]) -> list[tuple[str, ...]]:
    """Return the rows with the wrong values in place."""
    wrong = [list(row) for row in rows]
    for cell in cells:
        wrong[cell.row][COLUMNS.index(cell.column)] = cell.wrong
    return [tuple(row) for row in wrong]


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo everything after the block: each example starts from an empty shop."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
