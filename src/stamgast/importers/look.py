"""A first look at a file: its columns, what they may mean, some rows, and what has to be asked.

Plain Python over the first rows, so that a screen can do it: the engine is for the import.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from stamgast.importers import layouts, reading
from stamgast.importers.choosing import CHOICES, Choice, propose
from stamgast.importers.fields import MOMENT, NUMBER, OF_KIND
from stamgast.importers.files import open_file
from stamgast.importers.notation import Evidence, decide
from stamgast.sales.models import MarginRate
from stamgast.sales.rules import DEFAULT_MARGIN
from stamgast.staff.queries import shop

_LOOKED_AT = 2_000  # rows
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Question:
    """Something the file does not tell: its code, what may be answered, and the usual answer."""

    code: str  # currency, vat, margin, dates, decimal
    choices: tuple[str, ...]  # empty: free, as a currency or a share
    default: str
    is_needed: bool  # nothing tells it, so somebody should


@dataclass(frozen=True, slots=True)
class Look:
    """What a file looks like."""

    name: str
    columns: list[str]
    layout: str
    is_known: bool  # recognised, or remembered
    mapping: dict[str, str]  # field to column
    fields: list[str]  # every field that the layout knows
    missing: list[str]  # fields that still need a column
    rows: list[dict[str, str | None]]
    lines: list[int]  # of the rows, in the file
    questions: list[Question]
    answers: dict[str, Any] = field(default_factory=dict)

    def as_facts(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return asdict(self)


def look_at(
    path: Path,
    *,
    layout: str | None = None,
    mapping: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
) -> Look:
    """Look at the first rows of a file; refuses one that cannot be read at all."""
    source = open_file(path)
    choice = propose(source.columns, layout=layout, mapping=mapping, answers=answers)
    rows = list(islice(source.rows(), _LOOKED_AT))
    by_column = [dict(zip(source.columns, row.cells, strict=False)) for row in rows]
    return Look(
        name=path.name,
        columns=source.columns,
        layout=choice.layout.name,
        is_known=choice.is_known,
        mapping=choice.mapping,
        fields=[f.name for f in OF_KIND[choice.layout.kind]],
        missing=layouts.missing(choice.layout, choice.mapping),
        rows=by_column[:_SHOWN],
        lines=[row.line for row in rows[:_SHOWN]],
        questions=_questions(choice, by_column),
        answers=choice.answers,
    )


def _questions(choice: Choice, rows: list[dict[str, str | None]]) -> list[Question]:
    own = shop()
    asked = []
    if choice.layout.kind == "orders":
        known = {**choice.layout.known}
        if "currency" not in choice.mapping:
            default = str(known.get("currency", own.currency))
            asked.append(Question("currency", (), default, "currency" not in known))
        if not choice.layout.sums:
            vat = str(known.get("vat", own.vat))
            asked.append(Question("vat", CHOICES["vat"], vat, "vat" not in known))
        if "cost" not in choice.mapping:
            held = MarginRate.objects.filter(category="").values_list("share", flat=True).first()
            share = str(held if held is not None else DEFAULT_MARGIN)
            asked.append(Question("margin", (), share, held is None))
    asked += _notation_questions(choice, rows, own.country, own.language)
    return asked


def _notation_questions(
    choice: Choice, rows: list[dict[str, str | None]], country: str, language: str
) -> list[Question]:
    seen = []
    for about in OF_KIND[choice.layout.kind]:
        if about.name in choice.mapping and about.kind in {NUMBER, MOMENT}:
            evidence = Evidence(about)
            cells = (row.get(choice.mapping[about.name]) for row in rows)
            evidence.add(bare for cell in cells if (bare := reading.bare(about, cell)) is not None)
            seen.append(evidence)
    day_first, comma = country != "US", language == "nl"
    notation = decide(seen, answers={}, comma=comma, day_first=day_first)
    habits = {"decimal": "comma" if comma else "point", "dates": "dmy" if day_first else "mdy"}
    return [Question(code, CHOICES[code][:2], habits[code], True) for code in notation.undecided]
