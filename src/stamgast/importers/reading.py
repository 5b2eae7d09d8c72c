"""Reading the cells of a row as fields: one way, for millions of rows and for the one just mended.

The engine asks for every distinct text of a column once; a mended row asks cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.customers import rules as customer_rules
from stamgast.importers import values
from stamgast.importers.fields import (
    CURRENCY,
    EMAIL,
    FLAG,
    KEY,
    KIND,
    MOMENT,
    NUMBER,
    STATE,
    Field,
)
from stamgast.importers.notation import Notation
from stamgast.importers.values import Moment, Problem
from stamgast.sales.rules import digest

BLANK = " \t\r\n\u00a0\ufeff"
NOTHING = frozenset(
    ("nan", "null", "none", "n/a", "#n/a", "nat")
)  # how programs write an absent key
MOST_PIECES = Decimal(1_000_000)  # of one line; more is a typing error in every shop
MOST_MONEY = Decimal(10) ** 9
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_MILLIONTH, _THOUSANDTH = Decimal("0.000001"), Decimal("0.001")

QUANTITY = Problem("quantity")
BAD_EMAIL = Problem("email")


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the cells of one file: its notation, and the zone its moments are in."""

    notation: Notation
    zone: ZoneInfo

    def value(self, field: Field, text: str) -> Any:
        """Return the value of a cell that is not empty, or the Problem."""
        match field.kind:
            case "number":
                return self._number(field, text)
            case "moment":
                order = self._notation(
                    field, text, self.notation.dates, values.day_orders, ("dmy", "mdy")
                )
                first = values.FIRST_BIRTH if field.name == "birth_date" else values.FIRST_YEAR
                return values.moment(text, order=order, zone=self.zone, first=first)
            case "currency":
                return values.currency(text)
            case "flag":
                return values.flag(text)
            case "kind":
                return values.kind(text)
            case "state":
                return values.is_cancelled(text)
            case "email":
                return customer_rules.email(text) or BAD_EMAIL
            case "key":
                return self._key(field, text)
        return text[: field.length]

    def _notation(
        self,
        field: Field,
        text: str,
        settled: Mapping[str, str],
        shown: Callable[[str], str],
        choices: tuple[str, str],
    ) -> str:
        """Return the column's notation; where the column showed none, what the value itself shows.

        Within the file no such value shows any, or it would have settled the column; the value of a
        row that is mended later may.
        """
        notation = settled.get(field.name, choices[0])
        if field.name in self.notation.by_habit and shown(text) in choices:
            return shown(text)
        return notation

    def _number(self, field: Field, text: str) -> Decimal | Problem:
        decimal = self._notation(
            field, text, self.notation.decimal, values.decimal_signs, ("point", "comma")
        )
        value = values.number(text, decimal=decimal)
        if isinstance(value, Problem):
            return value
        if field.name == "quantity":
            value = value.quantize(_THOUSANDTH, ROUND_HALF_UP)
            return QUANTITY if value == 0 or abs(value) > MOST_PIECES else value + 0
        if field.name == "vat_rate":
            value = value * 100 if field.name in self.notation.shares else value
            return value.quantize(_MILLIONTH) + 0 if 0 <= value <= 100 else values.NUMBER
        if abs(value) >= MOST_MONEY:
            return values.TOO_LARGE
        return value.quantize(_MILLIONTH, ROUND_HALF_UP) + 0

    def _key(self, field: Field, text: str) -> str | Problem:
        key = text.removesuffix(".0") if field.name in self.notation.float_keys else text
        return Problem("too_long") if len(key) > field.length else key


def bare(field: Field, cell: str | None) -> str | None:
    """Return a cell without white space around it; None when it says nothing."""
    text = cell.strip(BLANK) if cell else ""
    if not text or (field.kind in {KEY, EMAIL} and text.lower() in NOTHING):
        return None
    return text


def is_broken(cell: str) -> bool:
    """Say whether a cell holds what could not be decoded, or what no database keeps."""
    return "\ufffd" in cell or "\x00" in cell


def canonical(value: Any) -> str:
    """Return a value as the text that its mark is of."""
    if isinstance(value, Decimal):
        return f"{value:.6f}"
    if isinstance(value, Moment):
        return str(micros(value.at))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def mark(field: Field, said: str) -> int:
    """Return 57 bits of the MD5 of a value with its field's tag."""
    return digest(field.tag + said) >> 6


def micros(at: datetime) -> int:
    """Return the microseconds since 1970."""
    return (at - _EPOCH) // _MICRO


def content(fields: tuple[Field, ...], row: Mapping[str, Any]) -> int:
    """Return the digest of what a row says: the marks of all its values, added up and mixed.

    Mixed, so that rows which exchange a value do not add up to the same order as before.
    """
    said = (f for f in fields if row.get(f.name) is not None)
    marks = sum(mark(f, canonical(row[f.name])) for f in said)
    return marks ^ ((marks >> 31) * (marks & 0x7FFFFFFF))


# Kinds whose every distinct text is read once, by `Reader.value`.
READ_ONCE = frozenset((NUMBER, MOMENT, CURRENCY, FLAG, KIND, STATE, EMAIL))
