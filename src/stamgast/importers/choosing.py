"""Settling how a file is read: its layout, which column holds which field, and the answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from stamgast.importers import layouts
from stamgast.importers.errors import (
    BadAnswer,
    ColumnsMissing,
    NoSuchColumn,
    NoSuchField,
    UnknownLayout,
)
from stamgast.importers.fields import OF_KIND, find
from stamgast.importers.layouts import Layout
from stamgast.importers.models import Mapping as Remembered
from stamgast.kernel.money import CURRENCIES
from stamgast.staff.models import Shop

CHOICES: Mapping[str, tuple[str, ...]] = {
    "vat": ("included", "excluded"),
    "dates": ("dmy", "mdy", "iso"),
    "decimal": ("comma", "point"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """How a file will be read."""

    layout: Layout
    mapping: dict[str, str]  # field to column
    answers: dict[str, Any]
    is_known: bool  # the layout, or what was remembered, told it without being asked


def headers_digest(columns: Iterable[str]) -> str:
    """Return by which a file's columns are remembered, in whatever order they stand."""
    return hashlib.sha256("\n".join(sorted(columns)).encode()).hexdigest()


def choose(
    columns: list[str],
    *,
    layout: str | None,
    mapping: Mapping[str, str] | None,
    answers: Mapping[str, Any] | None,
) -> Choice:
    """Settle how to read a file with these columns.

    What is given counts first, then what was remembered of a file with these headers, then the names
    of the columns. Refuses an unknown layout, column, field or answer, and a mapping that lacks what
    the layout needs.
    """
    choice = propose(columns, layout=layout, mapping=mapping, answers=answers)
    lacking = layouts.missing(choice.layout, choice.mapping)
    if lacking and not choice.is_known and layout is None and not mapping:
        raise UnknownLayout(columns=columns)
    if lacking:
        raise ColumnsMissing(layout=choice.layout.name, fields=lacking)
    return choice


def propose(
    columns: list[str],
    *,
    layout: str | None = None,
    mapping: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
) -> Choice:
    """Return the best guess, which may lack needed fields; refuses what does not exist."""
    remembered = Remembered.objects.filter(headers=headers_digest(columns)).first()
    if remembered is not None and layout in {None, remembered.layout}:
        own = layouts.named(remembered.layout)
        base, before = dict(remembered.mapping), dict(remembered.answers)
        is_known = True
    else:
        recognised = layouts.recognise(columns) if layout is None else None
        own = recognised[0] if recognised else layouts.named(layout or "generic")
        guess = own.recognise(columns)
        base, before = guess or find(OF_KIND[own.kind], columns), {}
        is_known = recognised is not None
    given = _valid(own, columns, mapping or {})
    claimed = set(given.values())
    merged = {f: c for f, c in base.items() if c in columns and c not in claimed} | given
    return Choice(
        own,
        {field: column for field, column in merged.items() if column},
        {**before, **check_answers(answers or {})},
        is_known,
    )


def _valid(layout: Layout, columns: list[str], mapping: Mapping[str, str]) -> dict[str, str]:
    known = {field.name for field in OF_KIND[layout.kind]}
    by_name = {column.casefold(): column for column in reversed(columns)}
    valid = {}
    for field, column in mapping.items():
        if field not in known:
            raise NoSuchField(field=field, layout=layout.name)
        if column and column.casefold() not in by_name:
            raise NoSuchColumn(column=column)
        valid[field] = by_name[column.casefold()] if column else ""
    return valid


def check_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as they are kept; refuses one that is none of its choices."""
    checked: dict[str, Any] = {}
    for question, answer in answers.items():
        if answer in {None, ""}:
            continue
        if question == "currency" and str(answer).upper() in CURRENCIES:
            checked[question] = str(answer).upper()
        elif question == "margin":
            checked[question] = str(_share(answer))
        elif str(answer) in CHOICES.get(question, ()):
            checked[question] = str(answer)
        else:
            raise BadAnswer(question=question, value=str(answer))
    return checked


def _share(answer: Any) -> Decimal:
    try:
        share = Decimal(str(answer).replace(",", ".").strip())
    except InvalidOperation:
        raise BadAnswer(question="margin", value=str(answer)) from None
    if not share.is_finite() or not 0 <= share < 1:
        raise BadAnswer(question="margin", value=str(answer))
    return share.quantize(Decimal("0.0001"))


def resolve(
    choice_answers: Mapping[str, Any], concluded: Mapping[str, Any], layout: Layout, shop: Shop
) -> dict[str, str]:
    """Return currency and VAT: as answered, else as the file or its layout tells, else the shop's."""
    from_shop = {"currency": shop.currency, "vat": shop.vat}
    known: dict[str, Any] = {**from_shop, **layout.known, **concluded, **choice_answers}
    return {name: str(known[name]) for name in from_shop}
