"""What holds for every import, however messy the file."""

from __future__ import annotations

import csv
import random
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from importers.files import write_csv
from importers.messy import COLUMNS, Cell, rolled_back, spoil, spoiled, tables
from importers.state import differences, state, waiting
from stamgast.importers.actions import import_file, mend_row
from stamgast.importers.models import RowToMend
from stamgast.importers.queries import rows_as_csv, rows_waiting

pytestmark = pytest.mark.django_db
few = settings(
    max_examples=200 if "--long" in sys.argv else 12,
    derandomize=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking runs imports for minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ANSWERS = {"vat": "included", "currency": "EUR"}


@few
@given(table=spoiled())
def test_every_row_is_counted_and_the_same_file_twice_changes_nothing(
    table: tuple[list[tuple[str, ...]], list[Cell]], tmp_path: Path, at: datetime
) -> None:
    rows, cells = table
    file = write_csv(tmp_path / "a.csv", spoil(rows, cells), COLUMNS)
    with rolled_back():
        first = import_file(file, answers=ANSWERS, at=at)
        assert first.read == len(rows) == first.imported + first.quarantined
        before, waited = state(), waiting()
        assert len(waited) == first.quarantined
        again = import_file(file, answers=ANSWERS, at=at)
        assert (again.read, again.imported) == (len(rows), 0)
        assert (again.unchanged, again.quarantined) == (first.imported, first.quarantined)
        assert differences(state(), before) == []
        assert waiting() == waited


@few
@given(table=spoiled(), seed=st.integers(0, 10**6))
def test_the_order_of_rows_does_not_matter(
    table: tuple[list[tuple[str, ...]], list[Cell]], seed: int, tmp_path: Path, at: datetime
) -> None:
    rows = spoil(*table)
    shuffled = rows[:]
    random.Random(seed).shuffle(shuffled)
    with rolled_back():
        import_file(write_csv(tmp_path / "a.csv", rows, COLUMNS), answers=ANSWERS, at=at)
        straight = state()
    with rolled_back():
        import_file(write_csv(tmp_path / "b.csv", shuffled, COLUMNS), answers=ANSWERS, at=at)
        assert differences(state(), straight) == []


def _mended(row: RowToMend, rows: list[tuple[str, ...]]) -> dict[str, str]:
    return dict(zip(COLUMNS, rows[row.line - 2], strict=True))


@few
@given(table=spoiled(), seed=st.integers(0, 10**6))
def test_mended_rows_end_as_if_they_had_been_right(
    table: tuple[list[tuple[str, ...]], list[Cell]], seed: int, tmp_path: Path, at: datetime
) -> None:
    rows, cells = table
    wrong = write_csv(tmp_path / "wrong.csv", spoil(rows, cells), COLUMNS)
    right = write_csv(tmp_path / "right.csv", rows, COLUMNS)
    with rolled_back():
        import_file(right, answers=ANSWERS, at=at)
        wanted = state()
    with rolled_back():
        import_file(wrong, answers=ANSWERS, at=at)
        ids = list(rows_waiting().values_list("pk", flat=True))
        random.Random(seed).shuffle(ids)
        for pk in ids:
            row = RowToMend.objects.get(pk=pk)
            if row.mended_at is None:  # else it came in with another of its order
                mend_row(row, _mended(row, rows), at=at)
        assert waiting() == []
        assert differences(state(), wanted) == []
        again = import_file(wrong, answers=ANSWERS, at=at)
        assert (again.read, again.unchanged) == (len(rows), len(rows))
        assert differences(state(), wanted) == []
        corrected = import_file(right, answers=ANSWERS, at=at)
        assert (corrected.read, corrected.unchanged) == (len(rows), len(rows))
        assert differences(state(), wanted) == []


@few
@given(table=spoiled())
def test_rows_mended_in_a_file_end_as_if_they_had_been_right(
    table: tuple[list[tuple[str, ...]], list[Cell]], tmp_path: Path, at: datetime
) -> None:
    rows, cells = table
    with rolled_back():
        import_file(write_csv(tmp_path / "right.csv", rows, COLUMNS), answers=ANSWERS, at=at)
        wanted = state()
    with rolled_back():
        wrong = write_csv(tmp_path / "wrong.csv", spoil(rows, cells), COLUMNS)
        batch = import_file(wrong, answers=ANSWERS, at=at)
        carried = list(csv.DictReader("".join(rows_as_csv(rows_waiting(batch))).splitlines()))
        assert len(carried) == batch.quarantined
        for row in carried:
            row.update(dict(zip(COLUMNS, rows[int(row["stamgast_line"]) - 2], strict=True)))
        mended = tmp_path / "mended.csv"
        write_csv(
            mended,
            [list(row.values()) for row in carried],
            list(carried[0] if carried else ["stamgast_row"]),
        )
        if carried:
            back = import_file(mended, at=at)
            assert (back.read, back.imported) == (len(carried), len(carried))
            again = import_file(mended, at=at)
            assert (again.read, again.unchanged) == (len(carried), len(carried))
        assert differences(state(), wanted) == []
        assert waiting() == []


@few
@given(rows=tables(), change=st.integers(0, 10**6))
def test_a_corrected_file_ends_as_if_it_had_been_the_first(
    rows: list[tuple[str, ...]], change: int, tmp_path: Path, at: datetime
) -> None:
    chosen = random.Random(change)
    other = [list(row) for row in rows]
    for row in chosen.sample(other, k=min(len(other), 2)):
        row[COLUMNS.index("aantal")] = "7"
        row[COLUMNS.index("klantnummer")] = "9"
        row[COLUMNS.index("email")] = ""
    first = write_csv(tmp_path / "first.csv", rows, COLUMNS)
    second = write_csv(tmp_path / "second.csv", other, COLUMNS)
    with rolled_back():
        import_file(second, answers=ANSWERS, at=at)
        wanted = state()
    with rolled_back():
        import_file(first, answers=ANSWERS, at=at)
        import_file(second, answers=ANSWERS, at=at)
        found = [
            text for text in differences(state(), wanted) if text.startswith(("orders", "lines"))
        ]
        # an address that was shown once stays with its customer
        assert [text for text in found if " customer__email:" not in text] == []
