"""From a file to typed rows in the engine: the table `typed`, with the first problem of each row.

Steps: read the wanted columns as texts (`raw`); read every distinct text of a column once
(`read_<field>`: text, value, problem); join these back. A row's digest (`content`) is over its
values, not its texts, so that a file says the same as CSV and as Parquet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from stamgast.importers import reading
from stamgast.importers.fields import KEY, MOMENT, NUMBER, OF_KIND, Field
from stamgast.importers.files.source import Source
from stamgast.importers.layouts import Layout
from stamgast.importers.notation import Evidence, Notation, decide
from stamgast.importers.reading import Reader
from stamgast.importers.values import FIRST_YEAR, LAST_YEAR, Moment, Problem

_AT_ONCE = 50_000
_BLANK = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)"
_BLANK_BUT_SPACE = r"[\t\n\r\x{a0}\x{feff}]"
_NOTHING = ", ".join(f"'{word}'" for word in sorted(reading.NOTHING))
_TYPES = {
    "number": "DECIMAL(18,6)",
    "moment": "TIMESTAMP",
    "flag": "BOOLEAN",
    "state": "BOOLEAN",
}


@contextmanager
def engine() -> Iterator[tuple[Any, Path]]:
    """Open an engine of its own with set memory and threads, and a scratch folder, gone afterwards."""
    import duckdb

    with TemporaryDirectory(
        prefix="import-", dir=settings.HOME, ignore_cleanup_errors=True
    ) as name:
        scratch = Path(name)
        con = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": settings.ENGINE_MEMORY,
                "threads": settings.ENGINE_THREADS,
                "temp_directory": str(scratch / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        try:
            yield _quiet(con), scratch
        finally:
            con.close()


def _quiet(con: Any) -> Any:
    """Keep a connection from drawing a progress bar on our own output."""
    con.execute("SET enable_progress_bar = false")
    return con


def beside(con: Any) -> Any:
    """Return a second connection to the same engine, whose result can be read bit by bit."""
    return _quiet(con.cursor())


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is read from a file: its layout, which column holds which field, and what is answered."""

    source: Source
    layout: Layout
    mapping: Mapping[str, str]  # field to column
    answers: Mapping[str, Any]
    zone: ZoneInfo
    comma: bool  # the shop's own habits, where neither file nor answer tells
    day_first: bool

    @property
    def fields(self) -> list[Field]:
        """The fields that are mapped, in their fixed order."""
        return [f for f in OF_KIND[self.layout.kind] if f.name in self.mapping]

    def cell(self, field: Field) -> str:
        """Return the raw column of a field."""
        return f"c{self.source.columns.index(self.mapping[field.name])}"


def stage(con: Any, sheet: Sheet, scratch: Path) -> tuple[Reader, dict[str, object]]:
    """Make the table `typed(line, <fields>, content, bad)`; returns how it was read, and answers.

    `bad` is empty, or "field:problem" ("" as field: the row as a whole). The second result is what the
    layout concludes from sums of columns.
    """
    columns = set(sheet.mapping.values()) | {name for _, name in _sums(sheet)}
    may_be_broken = sheet.source.stage(con, columns, scratch)
    con.execute("SET preserve_insertion_order = false")  # every row knows its line by now
    concluded = _conclude(con, sheet)
    reader = Reader(_notation(con, sheet), sheet.zone)
    for field in sheet.fields:
        if field.kind in reading.READ_ONCE:
            _read_distinct(con, sheet, field, reader)
    con.execute(_typed_sql(sheet, reader, _texts(con, sheet), _broken(con, sheet, may_be_broken)))
    con.execute("DROP VIEW raw")
    con.execute("DROP TABLE IF EXISTS raw_rows")
    return reader, concluded


def _sums(sheet: Sheet) -> list[tuple[str, str]]:
    from stamgast.importers.fields import compact

    by_name = {compact(column): column for column in reversed(sheet.source.columns)}
    wanted = (
        (name, next((by_name[n] for n in names if n in by_name), None))
        for name, names in sheet.layout.sums
    )
    return [(name, column) for name, column in wanted if column is not None]


def _conclude(con: Any, sheet: Sheet) -> dict[str, object]:
    sums = _sums(sheet)
    if not sums:
        return {}
    parts = ", ".join(
        f"coalesce(sum(TRY_CAST(c{sheet.source.columns.index(column)} AS DOUBLE)), 0)"
        for _, column in sums
    )
    totals = con.execute(f"SELECT {parts} FROM raw").fetchone()
    return sheet.layout.conclude(dict(zip((name for name, _ in sums), totals, strict=True)))


_YEAR_FIRST = r"regexp_full_match(c, '\d{4}-\d{2}-\d{2}.*')"


def _distinct(con: Any, cell: str, rest: str = "") -> Iterator[list[str]]:
    """Return the distinct texts of a raw column, many at once."""
    rows = beside(con).execute(
        f"SELECT c FROM (SELECT DISTINCT {cell} AS c FROM raw) WHERE c IS NOT NULL {rest}"
    )
    while texts := rows.fetchmany(_AT_ONCE):
        yield [text for (text,) in texts]


def _notation(con: Any, sheet: Sheet) -> Notation:
    evidence = []
    for field in sheet.fields:
        seen = Evidence(field)
        if field.kind in {NUMBER, MOMENT} or (field.kind == KEY and _all_floats(con, sheet, field)):
            # A year in front tells nothing of how a column orders day and month.
            rest = f"AND NOT {_YEAR_FIRST}" if field.kind == MOMENT else ""
            for texts in _distinct(con, sheet.cell(field), rest):
                seen.add(bare for text in texts if (bare := reading.bare(field, text)) is not None)
        evidence.append(seen)
    return decide(evidence, answers=sheet.answers, comma=sheet.comma, day_first=sheet.day_first)


def _all_floats(con: Any, sheet: Sheet, field: Field) -> bool:
    """Say quickly whether every key may end in ".0", as programs write numbers with gaps."""
    cell = sheet.cell(field)
    row = con.execute(f"SELECT coalesce(bool_and({cell} LIKE '%.0%'), false) FROM raw").fetchone()
    return bool(row[0])


def _read_distinct(con: Any, sheet: Sheet, field: Field, reader: Reader) -> None:
    """Make the table `read_<field>(text, value, day, said, problem)`; `said` goes into the digest."""
    kind = "DECIMAL(12,3)" if field.name == "quantity" else _TYPES.get(field.kind, "VARCHAR")
    value = "make_timestamp(value::BIGINT)" if field.kind == MOMENT else f"value::{kind}"
    con.execute(
        f"CREATE TABLE read_{field.name} "
        f"(text VARCHAR, value {kind}, day DATE, said VARCHAR, problem VARCHAR)"
    )
    rest = ""
    if field.kind == MOMENT:
        _read_plain_moments(con, sheet, field)
        rest = f"AND c NOT IN (SELECT text FROM read_{field.name})"
    for texts in _distinct(con, sheet.cell(field), rest):
        told = [_told(field, reader, text) for text in texts]
        columns = dict(zip(_TOLD, map(list, zip(*told, strict=True)), strict=True))
        lists = ", ".join(f"unnest($v_{name}::VARCHAR[]) AS {name}" for name in ("text", *_TOLD))
        con.execute(
            f"INSERT INTO read_{field.name} SELECT text, {value}, day::DATE, said, problem "
            f"FROM (SELECT {lists})",
            {"v_text": texts, **{f"v_{name}": column for name, column in columns.items()}},
        )


_PLAIN_MOMENT = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}"


def _read_plain_moments(con: Any, sheet: Sheet, field: Field) -> None:
    """Read moments written as most programs do, without asking Python for each of a million.

    In the shop's zone every day but two a year has one offset; Python tells it per day, and reads
    the moments of those two days itself.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE plain AS
        SELECT c, c::TIMESTAMP AS local FROM (SELECT DISTINCT {sheet.cell(field)} AS c FROM raw)
        WHERE regexp_full_match(c, '{_PLAIN_MOMENT}') AND TRY_CAST(c AS TIMESTAMP) IS NOT NULL
            AND c BETWEEN '{FIRST_YEAR}' AND '{LAST_YEAR + 1}'
        """
    )
    days = [day for (day,) in con.execute("SELECT DISTINCT local::DATE FROM plain").fetchall()]
    offsets = [_offset_of(day, sheet.zone) for day in days]
    con.execute(
        f"""
        INSERT INTO read_{field.name}
        SELECT c, utc, local::DATE, '{field.tag}' || epoch_us(utc)::VARCHAR, NULL FROM (
            SELECT c, local, local - to_seconds(seconds) AS utc FROM plain
            JOIN (SELECT unnest($days::DATE[]) AS day, unnest($seconds::INTEGER[]) AS seconds)
                ON day = local::DATE
            WHERE seconds IS NOT NULL
        )
        """,
        {"days": days, "seconds": offsets},
    )
    con.execute("DROP TABLE plain")


def _offset_of(day: date, zone: ZoneInfo) -> int | None:
    """Return how far the zone is ahead of UTC on a day, in seconds; None where that changes."""
    begins = datetime(day.year, day.month, day.day, tzinfo=zone)
    offsets = {begins.replace(hour=hour).utcoffset() for hour in range(24)}
    offsets.add((begins + timedelta(days=1)).utcoffset())
    only = offsets.pop() if len(offsets) == 1 else None
    return None if only is None else int(only.total_seconds())


_TOLD = ("value", "day", "said", "problem")


def _told(
    field: Field, reader: Reader, text: str
) -> tuple[str | None, str | None, str | None, str | None]:
    """Return value, day, digest text and problem of a cell, as texts for the engine."""
    bare = reading.bare(field, text)
    if bare is None:
        return None, None, None, None
    if reading.is_broken(text):
        return None, None, None, "encoding"
    value = reader.value(field, bare)
    if isinstance(value, Problem):
        return None, None, None, value.code
    said = reading.canonical(field, value)
    day = value.day.isoformat() if isinstance(value, Moment) else None
    return said[len(field.tag) :], day, said, None


def _texts(con: Any, sheet: Sheet) -> dict[str, str]:
    """Return per text field the SQL that reads it: only as much tidying as the column asks for."""
    texts = {}
    for field in sheet.fields:
        if field.kind in reading.READ_ONCE:
            continue
        has_space, has_other, has_empty, has_nothing = con.execute(
            f"""
            SELECT bool_or(c <> trim(c)), bool_or(regexp_matches(trim(c), '^{_BLANK_BUT_SPACE}|{_BLANK_BUT_SPACE}$')),
                bool_or(trim(c) = ''), bool_or(lower(trim(c, {_BLANK})) IN ({_NOTHING}))
            FROM (SELECT DISTINCT {sheet.cell(field)} AS c FROM raw)
            """
        ).fetchone()
        text = f"r.{sheet.cell(field)}"
        if has_other:
            text = f"trim({text}, {_BLANK})"
        elif has_space:
            text = f"trim({text})"
        if has_other or has_space or has_empty:
            text = f"nullif({text}, '')"
        if has_nothing and field.kind == KEY:
            text = f"CASE WHEN lower({text}) IN ({_NOTHING}) THEN NULL ELSE {text} END"
        texts[field.name] = text
    return texts


_BROKEN = "contains({cell}, chr(65533)) OR contains({cell}, chr(0))"


def _broken(con: Any, sheet: Sheet, may_be_broken: bool) -> set[str]:
    """Return the text fields with cells that could not be decoded."""
    if not may_be_broken:
        return set()
    fields = [field for field in sheet.fields if field.kind not in reading.READ_ONCE]
    broken = _BROKEN.format(cell="c")
    return {
        field.name
        for field in fields
        if con.execute(
            f"SELECT bool_or({broken}) FROM (SELECT DISTINCT {sheet.cell(field)} AS c FROM raw)"
        ).fetchone()[0]
    }


def _typed_sql(
    sheet: Sheet, reader: Reader, texts: Mapping[str, str], broken: Collection[str]
) -> str:
    """Return the statement that joins all values back to their rows.

    A name given in the list of columns may be used further on in that same list.
    """
    values, joins, said, checks = [], [], [], ["WHEN r.flaw IS NOT NULL THEN ':' || r.flaw"]
    for field in sheet.fields:
        name = field.name
        if field.kind in reading.READ_ONCE:
            joins.append(f"LEFT JOIN read_{name} d_{name} ON d_{name}.text = r.{sheet.cell(field)}")
            values.append(f"d_{name}.value AS {name}")
            said.append(f"d_{name}.said")
            if field.kind == MOMENT:
                values.append(f"d_{name}.day AS {name}_day")
            check = f"WHEN d_{name}.problem IS NOT NULL"
            if name == "email" and "customer_key" in sheet.mapping:
                check += " AND customer_key IS NULL"  # known by a number, the address can wait
            checks.append(f"{check} THEN '{name}:' || d_{name}.problem")
            continue
        text = texts[name]
        if name in broken:
            checks.append(
                f"WHEN {_BROKEN.format(cell=f'r.{sheet.cell(field)}')} THEN '{name}:encoding'"
            )
        if field.kind == KEY:
            text = _key_sql(field, sheet, reader, text)
            checks.append(f"WHEN length({name}) > {field.length} THEN '{name}:too_long'")
        else:
            text = f"left({text}, {field.length})"
        values.append(f"{text} AS {name}")
        said.append(f"'{field.tag}' || {name}")
    checks += _missing(sheet)
    # concat_ws leaves out what a row does not say, as reading.content does
    content = f"(md5_number_lower(concat_ws(chr(31), {', '.join(said)})) >> 1)::BIGINT"
    return f"""
        CREATE TABLE typed AS
        SELECT r.line, {", ".join(values)}, CASE {" ".join(checks)} ELSE NULL END AS bad,
            {content} AS content
        FROM raw r {" ".join(joins)}
    """


def _missing(sheet: Sheet) -> list[str]:
    """Return the checks for what every row must say."""
    mapped = sheet.mapping
    match sheet.layout.kind:
        case "orders":
            price = [name for name in ("unit_price", "amount") if name in mapped]
            checks = [f"WHEN coalesce({', '.join(price)}) IS NULL THEN '{price[0]}:number'"]
            if "quantity" in mapped:
                checks.insert(0, "WHEN quantity IS NULL THEN 'quantity:quantity'")
            if "number" in mapped:
                checks.insert(0, "WHEN number IS NULL THEN 'number:order_number'")
        case "customers":
            keys = [name for name in ("customer_key", "email") if name in mapped]
            checks = [f"WHEN coalesce({', '.join(keys)}) IS NULL THEN '{keys[0]}:customer_number'"]
        case _:
            checks = ["WHEN sku IS NULL THEN 'sku:product_number'"]
    return checks


def _key_sql(field: Field, sheet: Sheet, reader: Reader, text: str) -> str:
    """Return the SQL for a key, without what programs and exports add to it."""
    if field.name in reader.notation.float_keys:
        text = f"regexp_replace({text}, '\\.0$', '')"
    if field.name == "number" and sheet.layout.number_prefix:
        text = f"nullif(ltrim({text}, '{sheet.layout.number_prefix}'), '')"
    return text
