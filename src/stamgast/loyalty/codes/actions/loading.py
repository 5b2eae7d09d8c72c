"""Codes that were made elsewhere, loaded from a file by the million: one per line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from stamgast.database.bulk import Pace
from stamgast.loyalty.codes import rules
from stamgast.loyalty.codes.actions.rows import add_new, tell_made
from stamgast.loyalty.codes.errors import BadCodeSet
from stamgast.loyalty.models.codes import CodeSet, DiscountCode
from stamgast.staff.queries import Who

MOST_TOLD = 100  # lines that brought no code, of which we tell
NO_CODE, TWICE, THERE, ELSEWHERE = "no_code", "twice", "there", "elsewhere"


@dataclass
class Loaded:
    """What became of a file of codes so far."""

    lines: int = 0  # read
    made: int = 0
    known: int = 0  # were in this set already, or stand in the file more than once
    elsewhere: int = 0  # belong to another set
    bad: int = 0  # lines that can be no code
    told: list[tuple[int, str, str]] = field(default_factory=list)  # line, what it says, why not
    is_done: bool = False

    def as_facts(self) -> dict[str, Any]:
        """Return it as plain values, from which it can be made again."""
        return asdict(self)

    def leave_out(self, line: int, says: str, why: str) -> None:
        """Count a line that brought no code; the first of them are told."""
        self.bad += why == NO_CODE
        self.elsewhere += why == ELSEWHERE
        self.known += why in (TWICE, THERE)
        if len(self.told) < MOST_TOLD:
            self.told.append((line, says.strip()[:80], why))


Keep = Callable[[Loaded], None]


def keep_nothing(loaded: Loaded) -> None:
    """Nobody looks, and nobody goes on later."""


def load_codes(
    code_set: CodeSet,
    lines: Iterable[str],
    *,
    at: datetime,
    by: Who = None,
    so_far: Loaded | None = None,
    keep: Keep = keep_nothing,
) -> Loaded:
    """Take over codes made elsewhere, one per line; safe to do again with the same file.

    Good lines come in; lines that can be no code, or are there already, are told with their number.
    `keep` is called in the transaction of every portion, so that who stops half-way goes on with what
    was kept last as `so_far`. Refuses gift cards, which have an amount each.
    """
    if code_set.kind == CodeSet.Kind.GIFT_CARD:
        raise BadCodeSet(field="kind")
    loaded = so_far or Loaded()
    if loaded.is_done:
        return loaded
    pace = Pace(500, most=3_000, longest=0.02)  # a long index is uneven work
    for part in _portions(enumerate(lines, start=1), loaded.lines, pace):
        readable = {number: _read(number, line) for number, line in part}
        with pace.portion(len(part)):
            _take_in(code_set, part, readable, loaded, at=at)
            keep(loaded)
    with transaction.atomic():
        loaded.is_done = True
        if loaded.made:
            tell_made(code_set, loaded.made, at=at, by=by)
        keep(loaded)
    return loaded


Line = tuple[int, str]


def _portions(lines: Iterable[Line], done: int, pace: Pace) -> Iterator[list[Line]]:
    waiting = islice(iter(lines), done, None)
    while part := list(islice(waiting, pace.size)):
        yield part


def _read(number: int, line: str) -> str:
    """Return what a line says: its first cell as a code; a heading in the first line is none."""
    cell = line.replace(";", ",").replace("\t", ",").partition(",")[0]
    text = rules.tidy_code(cell.strip().strip("\"'\ufeff"))
    return "" if number == 1 and text in _HEADINGS else text


_HEADINGS = {"CODE", "CODES", "KORTINGSCODE", "DISCOUNTCODE"}


def _take_in(
    code_set: CodeSet, part: list[Line], readable: dict[int, str], loaded: Loaded, *, at: datetime
) -> None:
    """Add the codes of a portion, and account for every line of it."""
    wanted = {text for text in readable.values() if rules.may_be_code(text)}
    made = add_new(code_set, wanted, at=at)
    sets = _sets_of(wanted - made)
    seen = set[str]()
    for number, line in part:
        text = readable[number]
        if text in wanted:
            if text in seen:
                loaded.leave_out(number, line, TWICE)
            elif text in sets:
                why = THERE if sets[text] == code_set.pk else ELSEWHERE
                loaded.leave_out(number, line, why)
            seen.add(text)
        elif text:
            loaded.leave_out(number, line, NO_CODE)
        loaded.lines = number
    loaded.made += len(made)


def _sets_of(texts: set[str]) -> dict[str, int]:
    """Return to which set each of the codes belongs that were there already."""
    waiting = iter(sorted(texts))
    found: dict[str, int] = {}
    while part := list(islice(waiting, 500)):
        rows = DiscountCode.objects.filter(text__in=part)
        found |= dict(rows.values_list("text", "code_set_id"))
    return found
