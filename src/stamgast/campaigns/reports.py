"""What other tools tell in files: what came of contacts, and mailings that they made by themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.campaigns.errors import BadReport
from stamgast.customers.rules import tidy

MOST_ROWS = 5_000
_BYTES = 5_000_000
# By which headings a column is known, in the exports of mail tools in both languages.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "contact": ("contact",),
    "email": ("email", "e-mail", "email address", "e-mailadres", "emailadres", "to"),
    "customer": ("customer", "klantnummer", "customer number", "key"),
    "outcome": ("outcome", "status", "event", "uitkomst"),
    "at": ("at", "date", "datum", "time", "timestamp", "sent at", "verzonden op"),
    "mailing": ("mailing", "campaign", "campagne", "naam", "name", "subject", "onderwerp"),
}
_OUTCOMES: Mapping[str, str] = {
    **dict.fromkeys(("sent", "delivered", "verzonden", "afgeleverd"), "sent"),
    **dict.fromkeys(("failed", "rejected", "dropped", "mislukt"), "failed"),
    **dict.fromkeys(("bounced", "bounce", "hard bounce", "hard_bounce", "gebounced"), "bounced"),
    **dict.fromkeys(
        ("unsubscribed", "unsubscribe", "opt-out", "optout", "afgemeld", "uitgeschreven"),
        "unsubscribed",
    ),
    **dict.fromkeys(("complained", "complaint", "spam", "klacht"), "complained"),
}


@dataclass(frozen=True)
class Row:
    """One line of a report; what a column does not hold is empty."""

    line: int
    contact: str = ""
    email: str = ""
    customer: str = ""
    outcome: str = ""
    at: datetime | None = None
    mailing: str = ""
    problem: str = ""  # why it cannot be read


@dataclass
class Taken:
    """What came of a report: how many lines were news, were known, and why others were not taken."""

    new: int = 0
    known: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many lines came to what."""
        return {"new": self.new, "known": self.known, "refused": len(self.problems)}


def read_report(content: bytes, *, zone: str) -> list[Row]:
    """Read a CSV of another tool; what a line lacks is said with the line.

    Refuses what is no text, too large a file, and one without a column that says whom it is about.
    """
    if len(content) > _BYTES:
        raise BadReport(problem="too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadReport(problem="no_text") from None
    lines = text.splitlines()
    if not lines:
        raise BadReport(problem="empty")
    delimiter = max(",;\t", key=lines[0].count)
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        raise BadReport(problem="no_table") from None
    places = _places(table[0])
    if not places.keys() & {"contact", "email", "customer"}:
        raise BadReport(problem="no_column")
    if len(table) - 1 > MOST_ROWS:
        raise BadReport(problem="too_many_lines")
    return list(_rows(table[1:], places, ZoneInfo(zone)))


def _places(heading: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = tidy(cell).lower()
        for column, names in COLUMNS.items():
            if name in names:
                found.setdefault(column, place)
    return found


def _rows(table: list[list[str]], places: Mapping[str, int], zone: ZoneInfo) -> Iterator[Row]:
    for line, cells in enumerate(table, 2):
        if not any(cell.strip() for cell in cells):
            continue
        said: dict[str, Any] = {
            column: tidy(cells[place]).removeprefix("'") if place < len(cells) else ""
            for column, place in places.items()
        }
        said["outcome"] = _OUTCOMES.get(said.get("outcome", "").lower(), said.get("outcome", ""))
        problem, when = "", said.pop("at", "")
        try:
            said["at"] = moment(when, zone) if when else None
        except ValueError:
            problem = "not_a_date"
        yield Row(line=line, problem=problem, **said)


def moment(text: str, zone: ZoneInfo) -> datetime:
    """Return a moment as tools write it, in the shop's zone where none is named."""
    for notation in ("%d-%m-%Y", "%d-%m-%Y %H:%M", "%d/%m/%Y", "%d/%m/%Y %H:%M"):
        try:
            return datetime.strptime(text, notation).replace(tzinfo=zone)
        except ValueError:
            continue
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=zone)
