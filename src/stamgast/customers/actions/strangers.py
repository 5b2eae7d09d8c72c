"""Numbers of another shop: two persons with one customer number must never become one.

A file names somebody by a number that we know, but with an e-mail address that is not theirs. That is
the same person with a new address, or another person whose shop happens to count through the same
numbers. Names decide where both have one. Where they do not, the file as a whole does: if most of its
customers who can be compared have the address we know, its numbers are ours.

Who is found to be another person is recognised by address alone, and the number is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stamgast.customers import rules
from stamgast.customers.actions.loading import Arrival
from stamgast.customers.models import Customer
from stamgast.database import bulk


def part_strangers(
    arrivals: Sequence[Arrival], *, region: str, addresses: Mapping[str, set[str]] | None = None
) -> list[str]:
    """Take the number from arrivals that are not who we know by it; returns those numbers.

    `addresses` are all that a file shows of a number, where it shows more than one.
    """
    known = _known(arrivals)
    agreeing, doubtful, strangers = 0, [], []
    for one in arrivals:
        record = known.get(one.key or "")
        if record is None or not one.email:
            continue
        shown = {one.email, *((addresses or {}).get(one.key or "") or ())}
        if not record.emails or shown & record.emails:
            agreeing += bool(record.emails)
            continue
        names = _names(one, region)
        if not names or not record.names:
            doubtful.append(one)
        elif not names & record.names:
            strangers.append(one)
    if agreeing < len(doubtful) + len(strangers):
        strangers += doubtful
    numbers = sorted(one.key for one in strangers if one.key)
    for one in strangers:
        one.key = None
    return numbers


class _Known:
    """Whom we know by a number: all their addresses and last names."""

    def __init__(self) -> None:
        self.emails: set[str] = set()
        self.names: set[str] = set()


_BY_NUMBER = """
SELECT n.value, f.email, f.last_name, f.company, i.value
FROM asked_numbers a
JOIN stamgast_identity n ON n.kind = 'key' AND n.value = a.value
JOIN stamgast_customer c ON c.id = n.customer_id
JOIN stamgast_customer f ON f.id IN (c.id, c.merged_into_id)
LEFT JOIN stamgast_identity i ON i.customer_id = f.id AND i.kind = 'email'
WHERE c.erased_at IS NULL
"""


def _known(arrivals: Sequence[Arrival]) -> dict[str, _Known]:
    numbers = {one.key for one in arrivals if one.key and one.email}
    if not numbers or not Customer.objects.exclude(key=None).exists():
        return {}
    columns = {"value": "varchar(254)"}
    with bulk.keys_table("asked_numbers", columns, ((n,) for n in numbers), key="value"):
        rows = bulk.select(_BY_NUMBER)
    known: dict[str, _Known] = {}
    for number, email, last_name, company, owned in rows:
        record = known.setdefault(number, _Known())
        record.emails |= {address for address in (email, owned) if address}
        record.names |= {rules.fold(name) for name in (last_name, company) if name}
    return known


def _names(one: Arrival, region: str) -> set[str]:
    if not one.facts:
        return set()
    said = rules.clean(one.facts, region=region).values
    return {rules.fold(str(said[name])) for name in ("last_name", "company") if said.get(name)}
