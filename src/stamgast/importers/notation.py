"""How a file writes numbers and dates: decided over a whole column, never row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from stamgast.importers import values
from stamgast.importers.fields import KEY, MOMENT, NUMBER, Field


@dataclass(slots=True)
class Notation:
    """Per field: the decimal sign, the order of day and month, and two habits of programs."""

    decimal: dict[str, str] = field(default_factory=dict)  # "point" or "comma"
    dates: dict[str, str] = field(default_factory=dict)  # "dmy" or "mdy"
    float_keys: list[str] = field(default_factory=list)  # every key ends in ".0"
    shares: list[str] = field(default_factory=list)  # 0.21 for 21 per cent
    by_habit: list[str] = field(default_factory=list)  # fields whose column showed no notation
    undecided: list[str] = field(default_factory=list)  # questions that the file leaves open

    def as_facts(self) -> dict[str, Any]:
        """Return it as it is kept with the batch."""
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Notation:
        """Return what was kept with a batch."""
        return cls(**facts)


class Evidence:
    """What the values of one column have shown so far."""

    def __init__(self, about: Field) -> None:
        self.field = about
        self.signs: Counter[str] = Counter()
        self.are_floats = True
        self.are_shares = True
        self.is_empty = True

    def add(self, texts: Iterable[str]) -> None:
        """Take in (distinct) values."""
        weigh = {NUMBER: self._number, MOMENT: self._moment, KEY: self._key}.get(self.field.kind)
        if weigh is None:
            return
        for text in texts:
            self.is_empty = False
            weigh(text)

    def _number(self, text: str) -> None:
        self.signs[values.decimal_signs(text)] += 1
        if self.field.name == "vat_rate" and self.are_shares:
            value = values.number(text, decimal="comma" if "," in text else "point")
            self.are_shares = isinstance(value, values.Problem) or 0 <= value < 1

    def _moment(self, text: str) -> None:
        if text[4:5] not in {"-", "/"}:  # else the year comes first
            self.signs[values.day_orders(text)] += 1

    def _key(self, text: str) -> None:
        self.are_floats = self.are_floats and text.endswith(".0") and text[:-2].isdigit()

    def verdict(self, first: str, second: str) -> str:
        """Return which of two notations fits more values; "either" or "" when they do not tell."""
        if self.signs[first] != self.signs[second]:
            return first if self.signs[first] > self.signs[second] else second
        if self.signs[first]:
            return first
        return "either" if self.signs["either"] else ""


def decide(
    evidence: Iterable[Evidence], *, answers: Mapping[str, Any], comma: bool, day_first: bool
) -> Notation:
    """Settle the notation of every column.

    An answer counts first, then what the column shows, then what the file's other columns show, then
    the habit given (`comma`, `day_first`); where it came to that, it is noted as undecided.
    """
    seen = list(evidence)
    notation = Notation()
    _settle(
        {e.field.name: e.verdict("comma", "point") for e in seen if e.field.kind == NUMBER},
        notation.decimal,
        choices=("comma", "point"),
        answer=answers.get("decimal"),
        habit="comma" if comma else "point",
        notation=notation,
        question="decimal",
    )
    _settle(
        {e.field.name: e.verdict("dmy", "mdy") for e in seen if e.field.kind == MOMENT},
        notation.dates,
        choices=("dmy", "mdy"),
        answer=answers.get("dates"),
        habit="dmy" if day_first else "mdy",
        notation=notation,
        question="dates",
    )
    for e in seen:
        if e.is_empty:
            continue
        if e.field.kind == KEY and e.are_floats:
            notation.float_keys.append(e.field.name)
        if e.field.name == "vat_rate" and e.are_shares:
            notation.shares.append(e.field.name)
    return notation


def _settle(
    verdicts: Mapping[str, str],
    settled: dict[str, str],
    *,
    choices: tuple[str, str],
    answer: object,
    habit: str,
    notation: Notation,
    question: str,
) -> None:
    """Fill `settled` for every column of one kind."""
    clear = Counter(v for v in verdicts.values() if v in choices)
    common = clear.most_common(1)[0][0] if clear else None
    for name, verdict in verdicts.items():
        if answer in choices:
            settled[name] = str(answer)
        elif verdict in choices:
            settled[name] = verdict
        else:
            settled[name] = common or habit
            if common is None:
                notation.by_habit.append(name)
                if verdict == "either" and question not in notation.undecided:
                    notation.undecided.append(question)
