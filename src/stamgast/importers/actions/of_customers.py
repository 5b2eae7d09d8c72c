"""Bringing in customers: recognised by number or e-mail address, brought up to date, consents added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from stamgast.customers.actions.loading import (
    Arrival,
    Consented,
    load_consents,
    load_customers,
    recognise,
    update_customers,
)
from stamgast.customers.actions.strangers import part_strangers
from stamgast.importers.actions.outcome import Bringing, Outcome, told_of_strangers
from stamgast.importers.actions.quarantine import BadRow, read_bad, write_bad
from stamgast.importers.staging import stage

WISHES = {
    "marketing": "email",
    "marketing_sms": "sms",
    "marketing_phone": "phone",
    "marketing_post": "post",
}
NOT_FACTS = {
    "line", "customer_key", "email", "since", "since_day", "birth_date", "birth_date_day", "bad",
    "content", *WISHES,
}  # fmt: skip


@dataclass(slots=True)
class Person:
    """One customer of the file: its rows taken together, later ones counting most."""

    arrival: Arrival
    rows: int = 0
    wishes: dict[str, bool] = field(default_factory=dict)


def bring_customers(bringing: Bringing) -> Outcome:
    """Bring in a file of customers."""
    con = bringing.con
    reader, _ = stage(con, bringing.sheet, bringing.scratch)
    bringing.progress(0.4, "checking_rows")
    bad_lines = con.execute(
        "SELECT line, bad, NULL, NULL FROM typed WHERE bad IS NOT NULL ORDER BY line"
    ).fetchall()
    bad = read_bad(bringing.sheet.source, dict(bringing.sheet.mapping), bad_lines)
    people = _people(con, until=bringing.at.date())
    arrivals = [person.arrival for person in people]
    strangers = part_strangers(arrivals, region=bringing.shop.country)
    ids, erased = recognise(arrivals)
    bringing.progress(0.6, "writing_customers")
    imported, unchanged, new = _write(people, ids, erased, bad, bringing)
    waiting = sum(not row.is_closed for row in bad)
    (read,) = con.execute("SELECT count(*) FROM typed").fetchone()
    return Outcome(
        read=read,
        imported=imported,
        unchanged=unchanged + len(bad) - waiting,
        quarantined=waiting,
        facts={
            "customers": len(people),
            "new_customers": new,
            **told_of_strangers(strangers),
            "notation": reader.notation.as_facts(),
        },
    )


def _people(con: Any, *, until: date) -> list[Person]:
    """Return the customers of the file, those with only an address joined to who shows it."""
    cursor = con.execute("SELECT * FROM typed WHERE bad IS NULL ORDER BY line")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    key_of = {
        row["email"]: row["customer_key"]
        for row in sorted(rows, key=lambda r: str(r.get("customer_key")), reverse=True)
        if row.get("email") and row.get("customer_key")
    }
    people: dict[tuple[str, str], Person] = {}
    for row in rows:
        email = row.get("email")
        key = row.get("customer_key") or key_of.get(email)
        who = ("key", key) if key else ("email", email or "")
        person = people.setdefault(who, Person(Arrival(key, email)))
        _add(person, row, until=until)
    return list(people.values())


def _add(person: Person, row: Mapping[str, Any], *, until: date) -> None:
    person.rows += 1
    arrival = person.arrival
    arrival.email = row.get("email") or arrival.email
    since: date | None = row.get("since_day")
    if since is not None and (arrival.since is None or since < arrival.since):
        arrival.since = since
    arrival.born = born_of(row.get("birth_date_day"), until=until) or arrival.born
    for name, value in row.items():
        if name not in NOT_FACTS and value is not None:
            arrival.facts[name] = str(value)
    for name, channel in WISHES.items():
        if row.get(name) is not None:
            person.wishes[channel] = row[name]


def born_of(day: date | None, *, until: date) -> date | None:
    """Return the day somebody was born; one that is still to come is a typing error, and left out."""
    return day if day is not None and day <= until else None


def _write(
    people: list[Person],
    ids: list[int | None],
    erased: set[int],
    bad: list[BadRow],
    bringing: Bringing,
) -> tuple[int, int, int]:
    """Write everything (in a dry run: nothing); returns rows imported, unchanged, new customers."""
    at, region = bringing.at, bringing.shop.country
    new = [i for i, pk in enumerate(ids) if pk is None and i not in erased]
    known = [(pk, people[i].arrival) for i, pk in enumerate(ids) if pk is not None]
    changed = update_customers(known, region=region, at=at, is_dry_run=bringing.is_dry_run)
    wished: set[int] = set()
    if not bringing.is_dry_run:
        write_bad(bringing.batch, bad)
        made = load_customers([people[i].arrival for i in new], region=region, at=at)
        for place, pk in zip(new, made, strict=True):
            ids[place] = pk
        wished = _write_wishes(people, ids, bringing.sheet.mapping, at)
    imported = sum(
        person.rows
        for place, person in enumerate(people)
        if place in set(new) or ids[place] in changed or ids[place] in wished
    )
    total = sum(person.rows for person in people)
    return imported, total - imported, len(new)


def _write_wishes(
    people: list[Person], ids: list[int | None], mapping: Mapping[str, str], at: datetime
) -> set[int]:
    columns = {channel: mapping.get(name, "") for name, channel in WISHES.items()}
    return load_consents(
        [
            Consented(pk, channel, wish, columns[channel], at.astimezone(UTC))
            for person, pk in zip(people, ids, strict=True)
            if pk is not None
            for channel, wish in person.wishes.items()
        ],
        at=at,
    )
