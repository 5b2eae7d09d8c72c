"""Reading every distinct text of a column once: the tables `read_<field>`.

Each has the columns text, value, day (of moments), mark and problem. A million rows hold few different
texts, so this is where time goes that does not count; the rows are joined to it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.importers import reading
from stamgast.importers.engine import beside
from stamgast.importers.fields import KEY, MOMENT, NUMBER, Field
from stamgast.importers.notation import Evidence, Notation, decide
from stamgast.importers.reading import Reader
from stamgast.importers.sheet import Sheet
from stamgast.importers.values import FIRST_YEAR, LAST_YEAR, Moment, Problem

_AT_ONCE = 50_000
_BLANK = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)"
_NOTHING = ", ".join(f"'{word}'" for word in sorted(reading.NOTHING))
_TYPES = {
    "number": "DECIMAL(18,6)",
    "moment": "TIMESTAMP",
    "flag": "BOOLEAN",
    "state": "BOOLEAN",
}
_YEAR_FIRST = "c LIKE '____-__-__%'"


def _distinct(con: Any, cell: str, rest: str = "") -> Iterator[list[str]]:
    """Return the distinct texts of a raw column, many at once."""
    rows = beside(con).execute(
        f"SELECT c FROM (SELECT DISTINCT {cell} AS c FROM raw) WHERE c IS NOT NULL {rest}"
    )
    while texts := rows.fetchmany(_AT_ONCE):
        yield [text for (text,) in texts]


def notation_of(con: Any, sheet: Sheet) -> Notation:
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


def read_distinct(con: Any, sheet: Sheet, field: Field, reader: Reader) -> None:
    """Make the table `read_<field>` of a field."""
    kind = "DECIMAL(12,3)" if field.name == "quantity" else _TYPES.get(field.kind, "VARCHAR")
    con.execute(
        f"CREATE TABLE read_{field.name} "
        f"(text VARCHAR, value {kind}, day DATE, mark BIGINT, problem VARCHAR)"
    )
    if field.kind not in reading.READ_ONCE:
        con.execute(_texts_sql(sheet, field, reader))
        return
    rest = ""
    if field.kind == MOMENT:
        _read_plain_moments(con, sheet, field)
        rest = f"AND c NOT IN (SELECT text FROM read_{field.name})"
    value = "make_timestamp(value::BIGINT)" if field.kind == MOMENT else f"value::{kind}"
    for texts in _distinct(con, sheet.cell(field), rest):
        told = [_told(field, reader, text) for text in texts]
        columns = dict(zip(_TOLD, map(list, zip(*told, strict=True)), strict=True))
        lists = ", ".join(f"unnest($v_{name}::{kind}[]) AS {name}" for name, kind in _TOLD.items())
        con.execute(
            f"INSERT INTO read_{field.name} SELECT text, {value}, day::DATE, mark, problem "
            f"FROM (SELECT unnest($v_text::VARCHAR[]) AS text, {lists})",
            {"v_text": texts, **{f"v_{name}": column for name, column in columns.items()}},
        )


_TOLD = {"value": "VARCHAR", "day": "VARCHAR", "mark": "BIGINT", "problem": "VARCHAR"}


def _told(
    field: Field, reader: Reader, text: str
) -> tuple[str | None, str | None, int | None, str | None]:
    """Return value, day, mark and problem of a cell, as the engine takes them."""
    bare = reading.bare(field, text)
    if bare is None:
        return None, None, None, None
    if reading.is_broken(text):
        return None, None, None, "encoding"
    value = reader.value(field, bare)
    if isinstance(value, Problem):
        return None, None, None, value.code
    said = reading.canonical(value)
    day = value.day.isoformat() if isinstance(value, Moment) else None
    return said, day, reading.mark(field, said), None


def mark_sql(field: Field, said: str) -> str:
    """Return the SQL for `reading.mark`."""
    return f"(md5_number_lower('{field.tag}' || {said}) >> 7)::BIGINT"


def _texts_sql(sheet: Sheet, field: Field, reader: Reader) -> str:
    """Return the statement that reads keys and words: what `Reader.value` does, without Python."""
    text = f"nullif(trim(c, {_BLANK}), '')"
    problem = "CASE WHEN contains(c, chr(65533)) OR contains(c, chr(0)) THEN 'encoding' END"
    if field.kind == KEY:
        text = f"CASE WHEN lower({text}) IN ({_NOTHING}) THEN NULL ELSE {text} END"
        if field.name in reader.notation.float_keys:
            text = f"regexp_replace({text}, '\\.0$', '')"
        if field.name == "number" and sheet.layout.number_prefix:
            text = f"nullif(ltrim({text}, '{sheet.layout.number_prefix}'), '')"
        problem = (
            f"coalesce({problem}, CASE WHEN length(said) > {field.length} THEN 'too_long' END)"
        )
    else:
        text = f"left({text}, {field.length})"
    return f"""
        INSERT INTO read_{field.name}
        SELECT c, CASE WHEN problem IS NULL THEN said END, NULL, {mark_sql(field, "said")}, problem
        FROM (
            SELECT c, {text} AS said, {problem} AS problem
            FROM (SELECT DISTINCT {sheet.cell(field)} AS c FROM raw) WHERE c IS NOT NULL
        )
    """


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
        SELECT c, utc, local::DATE, {mark_sql(field, "epoch_us(utc)::VARCHAR")}, NULL FROM (
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
