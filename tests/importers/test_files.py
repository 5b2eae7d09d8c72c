"""One and the same table of orders, in every format, encoding and notation a shop may have."""

from __future__ import annotations

import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from importers.files import COLUMNS, PLAIN, as_csv, write_csv, write_parquet, write_xlsx
from importers.state import differences, state, waiting
from stamgast.importers.actions import import_file, look_at
from stamgast.importers.errors import (
    BadAnswer,
    CellTooLarge,
    ColumnsMissing,
    FileDamaged,
    FileEmpty,
    FileIsNoise,
    FileProtected,
    FileTooLarge,
    HeaderOnly,
    NoSuchColumn,
    NoSuchField,
    NoSuchLayout,
    UnknownLayout,
    UnreadableFile,
    WrongExtension,
)
from stamgast.importers.models import Batch, RowToMend
from stamgast.kernel import Refusal
from stamgast.sales.models import Order

pytestmark = pytest.mark.django_db
DUTCH = ("Bestelnummer", "Besteldatum", "Klantnummer", "Artikelnummer", "Aantal", "Stuksprijs")


def in_dutch(rows: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """Write days as 01-03-2025 10:00, and prices as € 1.204,50."""
    return [
        (
            number,
            datetime.fromisoformat(at).strftime("%d-%m-%Y %H:%M"),
            customer,
            sku,
            quantity,
            "€ " + price.replace(".", ","),
        )
        for number, at, customer, sku, quantity, price in rows
    ]


def typed(rows: tuple[tuple[str, ...], ...]) -> list[tuple[object, ...]]:
    return [
        (
            int(number),
            datetime.fromisoformat(at),
            customer or None,
            sku,
            int(quantity),
            float(price),
        )
        for number, at, customer, sku, quantity, price in rows
    ]


@pytest.fixture
def wanted(tmp_path: Path, at: datetime) -> dict[str, list[object]]:
    """What the plain CSV leaves behind; everything is taken away again."""
    from importers.messy import rolled_back

    with rolled_back():
        import_file(write_csv(tmp_path / "plain.csv", PLAIN), at=at)
        return state()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_delimiters_and_encodings_say_the_same(
    delimiter: str, encoding: str, wanted: dict[str, list[object]], tmp_path: Path, at: datetime
) -> None:
    file = write_csv(tmp_path / "a.csv", PLAIN, delimiter=delimiter, encoding=encoding)
    import_file(file, at=at)
    assert differences(state(), wanted) == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_say_the_same(
    newline: str, wanted: dict[str, list[object]], tmp_path: Path, at: datetime
) -> None:
    import_file(write_csv(tmp_path / "a.csv", PLAIN, newline=newline), at=at)
    assert differences(state(), wanted) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_dutch_notation_says_the_same(
    encoding: str, wanted: dict[str, list[object]], tmp_path: Path, at: datetime
) -> None:
    rows = in_dutch(PLAIN)
    import_file(write_csv(tmp_path / "a.csv", rows, DUTCH, delimiter=";", encoding=encoding), at=at)
    assert differences(state(), wanted) == []


def test_workbooks_say_the_same(
    wanted: dict[str, list[object]], tmp_path: Path, at: datetime
) -> None:
    import_file(write_xlsx(tmp_path / "a.xlsx", typed(PLAIN)), at=at)
    assert differences(state(), wanted) == []


def test_parquet_says_the_same(
    wanted: dict[str, list[object]], tmp_path: Path, at: datetime
) -> None:
    import_file(write_parquet(tmp_path / "a.parquet", typed(PLAIN)), at=at)
    assert differences(state(), wanted) == []


def test_a_file_in_another_format_changes_nothing(tmp_path: Path, at: datetime) -> None:
    import_file(write_csv(tmp_path / "a.csv", PLAIN), at=at)
    for file in (
        write_xlsx(tmp_path / "a.xlsx", typed(PLAIN)),
        write_parquet(tmp_path / "a.parquet", typed(PLAIN)),
    ):
        batch = import_file(file, at=at)
        assert (batch.imported, batch.unchanged) == (0, 5)


def test_numbers_that_programs_wrote_as_floats_are_the_same_customers(
    tmp_path: Path, at: datetime
) -> None:
    rows = [
        ("1", "2025-01-01", "13085.0", "tea", "1", "2"),
        ("2", "2025-01-02", "", "tea", "1", "2"),
    ]
    import_file(write_csv(tmp_path / "a.csv", rows), at=at)
    again = [("3", "2025-01-03", "13085", "tea", "1", "2")]
    batch = import_file(write_csv(tmp_path / "b.csv", again), at=at)
    assert batch.result["new_customers"] == 0


# --- notation ----------------------------------------------------------------------------------


def days(tmp_path: Path, at: datetime, *written: str, **answers: str) -> list[str]:
    """Import orders of these days; return the days as they were understood."""
    rows = [(str(i), day, "anna", "tea", "1", "2") for i, day in enumerate(written)]
    import_file(write_csv(tmp_path / "days.csv", rows), answers=answers, at=at)
    return [
        day.isoformat() for day in Order.objects.order_by("number").values_list("day", flat=True)
    ]


def test_day_first_unless_the_column_tells_otherwise(tmp_path: Path, at: datetime) -> None:
    assert days(tmp_path, at, "3/4/2025", "5/6/2025") == ["2025-04-03", "2025-06-05"]


def test_one_day_that_can_only_be_american_settles_the_column(tmp_path: Path, at: datetime) -> None:
    assert days(tmp_path, at, "3/4/2025", "12/31/2025") == ["2025-03-04", "2025-12-31"]


def test_the_notation_of_days_can_be_chosen(tmp_path: Path, at: datetime) -> None:
    assert days(tmp_path, at, "3/4/2025", "5/6/2025", dates="mdy") == ["2025-03-04", "2025-05-06"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("31-12-2025", "2025-12-31"),
        ("31/12/2025 23:59:59", "2025-12-31"),
        ("31.12.25", "2025-12-31"),
        ("2025-12-31T23:30:00Z", "2026-01-01"),  # in Amsterdam the year is new by then
        ("2025-12-31 23:30:00 -0500", "2026-01-01"),
        ("2025-12-31T10:00:00.123456+01:00", "2025-12-31"),
        ("20251231", "2025-12-31"),
        ("31 december 2025", "2025-12-31"),
        ("Dec 31, 2025 11:59 PM", "2025-12-31"),
        ("12/31/2025 8:26 AM", "2025-12-31"),
    ],
)
def test_days_are_understood(written: str, day: str, tmp_path: Path, at: datetime) -> None:
    assert days(tmp_path, at, written) == [day]


def amounts(tmp_path: Path, at: datetime, *written: str, **answers: str) -> list[str]:
    """Import one line of each price; return the amounts in cents, or the problem."""
    rows = [(str(i), "2025-01-01", "anna", "tea", "1", price) for i, price in enumerate(written)]
    file = write_csv(tmp_path / "prices.csv", rows, delimiter=";")
    import_file(file, answers={"vat": "excluded", **answers}, at=at)
    bad = {str(line - 2): problem for line, _, _, problem in waiting()}
    good = {n: str(total) for n, total in Order.objects.values_list("number", "total_minor")}
    return [{**good, **bad}[str(i)] for i in range(len(written))]


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        (("12,50", "1.204,50", "3"), ["1250", "120450", "300"]),
        (("12.50", "1,204.50", "3"), ["1250", "120450", "300"]),
        (
            ("€ 12,50", "-€ 3,00", "EUR 4,00", "5,00-", "(6,00)"),
            ["1250", "-300", "400", "-500", "-600"],
        ),
        (("1 204,50", "1'204,50", "2\u00a0000,00"), ["120450", "120450", "200000"]),
        (("1.204", "12,50"), ["120400", "1250"]),  # the column writes commas, so this is a thousand
        (("1.204", "12.50"), ["120", "1250"]),
        (("12,50", "12.5"), ["1250", "number"]),  # never per row
        (("2.5e1", "1.00"), ["2500", "100"]),
        (
            ("NaN", "1.00", "inf", "-", "12abc"),
            ["not_finite", "100", "not_finite", "number", "number"],
        ),
    ],
)
def test_amounts_are_understood(
    written: tuple[str, ...], cents: list[str], tmp_path: Path, at: datetime
) -> None:
    assert amounts(tmp_path, at, *written) == cents


def test_an_open_notation_is_settled_by_answer_or_by_the_shop(tmp_path: Path, at: datetime) -> None:
    rows = [("1", "2025-01-01", "anna", "tea", "1", "1.204")]
    file = write_csv(tmp_path / "a.csv", rows)
    asked = {question.code: question for question in look_at(file).questions}
    assert asked["decimal"].default == "comma"
    import_file(file, answers={"decimal": "point", "vat": "excluded"}, at=at)
    assert Order.objects.get().total_minor == 120
    # the same question is not asked again: the answer was remembered with the headers
    import_file(write_csv(tmp_path / "b.csv", [("2", *rows[0][1:])]), at=at)
    assert Order.objects.get(number="2").total_minor == 120


def test_vat_rates_may_be_written_as_shares(tmp_path: Path, at: datetime) -> None:
    rows = [(*PLAIN[0], "0,21"), (*PLAIN[2], "0,09")]
    file = write_csv(tmp_path / "a.csv", rows, (*COLUMNS, "btw"), delimiter=";")
    import_file(file, answers={"vat": "included"}, at=at)
    lines = Order.objects.get(number="1002").lines.values_list("vat_rate", flat=True)
    assert list(lines) == [Decimal(9)]


# --- lines of the file -------------------------------------------------------------------------


def test_bad_rows_are_found_on_their_line_after_line_ends_inside_cells(
    tmp_path: Path, at: datetime
) -> None:
    text = (
        "order,date,customer,sku,quantity,price,note\n"
        '1,2025-01-01,anna,tea,1,2,"two\nlines"\n'
        "\n"
        '2,2025-01-01,anna,tea,none,2,"three\n\nlines"\n'
        "3,2025-01-01,anna,tea,1,2,\n"
        "4,soon,anna,tea,1,2,\n"
    )
    file = tmp_path / "a.csv"
    file.write_text(text)
    batch = import_file(file, at=at)
    assert (batch.read, batch.imported) == (4, 2)
    assert [(line, problem) for line, _, _, problem in waiting()] == [(5, "number"), (9, "date")]
    assert RowToMend.objects.get(line=5).row["note"] == "three\n\nlines"


def test_rows_with_too_many_cells_or_stray_quotes_wait_alone(tmp_path: Path, at: datetime) -> None:
    text = as_csv(PLAIN[:1]) + (
        "1002,2025-03-02,bram,tea,1,4.50,and more\n"
        '1003,2025-03-03,"bram,tea,1,4.50\n'
        '1004,2025-03-04,"br"am,tea,1,4.50\n'
        '1005,2025-03-05,bram,"5"" pot",1,4.50\n'
        "1006,2025-03-06,bram\n"
    )
    file = tmp_path / "a.csv"
    file.write_text(text)
    batch = import_file(file, at=at)
    assert (batch.read, batch.imported, batch.quarantined) == (6, 2, 4)
    assert [(line, problem) for line, _, _, problem in waiting()] == [
        (3, "columns"),
        (4, "quotes"),
        (5, "quotes"),
        (7, "quantity"),
    ]
    assert Order.objects.get(number="1005").lines.get().product.sku == '5" pot'


def test_broken_characters_spoil_only_their_own_row(tmp_path: Path, at: datetime) -> None:
    rows = [("1", "2025-01-01", "zoë", "thé", "1", "2")] * 3
    data = as_csv(rows).encode() + "2,2025-01-01,zoë,th".encode() + b"\xe9,1,2\n"
    file = tmp_path / "a.csv"
    file.write_bytes(data)
    batch = import_file(file, at=at)
    assert (batch.imported, batch.quarantined) == (3, 1)
    assert waiting() == [(5, "sku", "th\ufffd", "encoding")]


def test_windows_text_is_read_as_such(tmp_path: Path, at: datetime) -> None:
    rows = [
        ("1", "2025-01-01", "zoë", "thé", "1", "2"),
        ("2", "2025-01-01", "zoë", "crème", "1", "2"),
    ]
    import_file(write_csv(tmp_path / "a.csv", rows, encoding="cp1252"), at=at)
    assert Order.objects.get(number="1").customer.key == "zoë"


# --- files that cannot be read -----------------------------------------------------------------


def bomb(path: Path) -> None:
    """Write a workbook of a few kilobytes that unpacks into two gigabytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("xl/workbook.xml", "<workbook/>")
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(128):
                sheet.write(b"0" * (1 << 24))


def half(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def make_bad(kind: str, folder: Path) -> Path:
    """Write a file of this kind that cannot be read."""
    noise = bytes(i * 7919 % 251 for i in range(20_000))
    path = folder / f"bad{kind[kind.index('.') :]}"
    match kind.split(".")[0]:
        case "empty":
            path.write_bytes(b"")
        case "blank":
            path.write_bytes(b"\n \n\t\n")
        case "noise":
            path.write_bytes(noise)
        case "cut":
            write = write_xlsx if path.suffix == ".xlsx" else write_parquet
            write(path, typed(PLAIN * 300))
            half(path)
        case "bomb":
            bomb(path)
        case "cell":
            path.write_text(
                "order,date,customer,sku,quantity,price\n1,2025-01-01,a,"
                + "x" * 10_000_000
                + ",1,2\n"
            )
        case "unquoted":
            path.write_text(
                'order,date,customer,sku,quantity,price\n1,2025-01-01,"a,' + "x,\n" * 900_000
            )
        case "pdf":
            path.write_bytes(b"%PDF-1.7\n" + noise)
        case "old":
            path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
        case "zip":
            with zipfile.ZipFile(path, "w") as packed:
                packed.writestr("hello.txt", "hello")
        case "misnamed":
            write_csv(path, PLAIN)
        case "header":
            write_xlsx(path, [], [])
    return path


@pytest.mark.parametrize(
    ("kind", "refusal"),
    [
        ("empty.csv", FileEmpty),
        ("empty.xlsx", FileEmpty),
        ("blank.csv", FileEmpty),
        ("noise.csv", FileIsNoise),
        ("noise.xlsx", FileDamaged),
        ("noise.parquet", FileDamaged),
        ("cut.xlsx", FileDamaged),
        ("cut.parquet", FileDamaged),
        ("bomb.xlsx", FileTooLarge),
        ("cell.csv", CellTooLarge),
        ("unquoted.csv", CellTooLarge),
        ("pdf.csv", FileIsNoise),
        ("old.xlsx", FileProtected),
        ("zip.xlsx", FileDamaged),
        ("misnamed.xlsx", WrongExtension),
        ("misnamed.parquet", WrongExtension),
        ("header.xlsx", FileEmpty),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(
    kind: str, refusal: type[Refusal], tmp_path: Path, at: datetime
) -> None:
    path = make_bad(kind, tmp_path)
    with pytest.raises(refusal) as refused:
        import_file(path, at=at)
    assert issubclass(refusal, UnreadableFile)
    assert refused.value.facts["name"] == path.name
    assert not Order.objects.exists()
    if not kind.startswith(("cell", "unquoted", "cut.xlsx")):  # those show beyond the first rows
        with pytest.raises(refusal):
            look_at(path)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_file_with_nothing_under_its_header_is_refused_as_that(
    name: str, tmp_path: Path, at: datetime
) -> None:
    write = write_csv if name.endswith(".csv") else write_xlsx
    path = write(tmp_path / name, [])
    for bring in (lambda: import_file(path, at=at), lambda: look_at(path)):
        with pytest.raises(HeaderOnly):
            bring()
    assert not Batch.objects.exists()


def test_a_failed_import_says_so_and_can_be_tried_again(tmp_path: Path, at: datetime) -> None:
    file = write_csv(tmp_path / "a.csv", PLAIN * 100)
    with file.open("a") as end:
        end.write('1009,2025-01-01,"' + "x" * 2_000_000 + '",tea,1,2\n')
    with pytest.raises(CellTooLarge):
        import_file(file, at=at)
    assert not Order.objects.exists()
    assert Batch.objects.get().status == Batch.Status.FAILED
    assert Batch.objects.get().error["code"] == "cell_too_large"
    write_csv(file, PLAIN)
    assert import_file(file, at=at).status == Batch.Status.DONE


# --- columns -----------------------------------------------------------------------------------


def test_unknown_columns_are_mapped_once_and_remembered(tmp_path: Path, at: datetime) -> None:
    columns = ("Nr", "When", "Who", "What", "How many", "Each")
    file = write_csv(tmp_path / "a.csv", PLAIN, columns)
    with pytest.raises(UnknownLayout) as refused:
        import_file(file, at=at)
    assert refused.value.facts["columns"] == list(columns)
    mapping = {
        "number": "Nr",
        "ordered_at": "when",  # capitals do not matter
        "customer_key": "Who",
        "sku": "What",
        "quantity": "How many",
        "unit_price": "Each",
    }
    assert import_file(file, mapping=mapping, at=at).imported == 5
    more = [("2001", *row[1:]) for row in PLAIN]
    assert look_at(write_csv(tmp_path / "b.csv", more, columns)).is_known
    assert import_file(tmp_path / "b.csv", at=at).imported == 5


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"layout": "nonsense"}, NoSuchLayout),
        ({"mapping": {"number": "no such column"}}, NoSuchColumn),
        ({"mapping": {"nonsense": "order"}}, NoSuchField),
        ({"mapping": {"ordered_at": ""}}, ColumnsMissing),
        ({"answers": {"vat": "perhaps"}}, BadAnswer),
        ({"answers": {"currency": "GULDEN"}}, BadAnswer),
        ({"answers": {"margin": "1.5"}}, BadAnswer),
        ({"answers": {"colour": "blue"}}, BadAnswer),
    ],
)
def test_what_makes_no_sense_is_refused(
    asked: dict[str, object], refusal: type[Refusal], tmp_path: Path, at: datetime
) -> None:
    file = write_csv(tmp_path / "a.csv", PLAIN)
    with pytest.raises(refusal):
        import_file(file, at=at, **asked)  # type: ignore[arg-type]
    assert not Batch.objects.exists()
