"""Writing down many customers of a file at once: in portions, past the ORM, by the same rules.

Recognition is that of `people`: the shop's own number, else an e-mail address of somebody who has no
number yet. What is known is never wiped or overwritten by a history: only gaps are filled.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection

from stamgast.customers import rules
from stamgast.customers.actions.people import claim, renew_search
from stamgast.customers.models import Consent, Customer, Identity
from stamgast.customers.tombstones import erased_among
from stamgast.database import bulk


@dataclass(slots=True)
class Arrival:
    """Somebody a file names: by which identities, since when, and what it says of them."""

    key: str | None
    email: str | None
    since: date | None = None
    facts: dict[str, str] = field(default_factory=dict)
    born: date | None = None


@dataclass(frozen=True, slots=True)
class Consented:
    """What a file says somebody allowed."""

    customer: int
    channel: str
    is_granted: bool
    wording: str
    at: datetime


_FACTS = tuple(f for f in rules.LENGTHS if f != "email")


def recognise(arrivals: Sequence[Arrival]) -> tuple[list[int | None], set[int]]:
    """Return whom each arrival is, and the places of those who were erased and stay anonymous.

    None stands for somebody new, unless erased.
    """
    pairs = {("key", a.key) for a in arrivals if a.key} | {
        ("email", a.email) for a in arrivals if a.email
    }
    erased = erased_among((kind, value) for kind, value in pairs if value)
    owners = _owners((kind, value) for kind, value in pairs if value)
    found: list[int | None] = [None] * len(arrivals)
    gone: set[int] = set()
    claimed: dict[int, str] = {}  # somebody without a number takes the first that shows the address
    for place in sorted(range(len(arrivals)), key=lambda i: (arrivals[i].key or "", i)):
        one = arrivals[place]
        own = owners.get(("key", one.key or ""))
        if own is None and one.email:
            by_mail = owners.get(("email", one.email))
            is_theirs = by_mail is not None and (
                not one.key
                or (not by_mail[1] and claimed.setdefault(by_mail[0], one.key) == one.key)
            )
            own = by_mail if is_theirs else None
        if own is not None:
            found[place] = own[0]
        elif erased & {("key", one.key or ""), ("email", one.email or "")}:
            gone.add(place)
    return found, gone


def _owners(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, bool]]:
    """Return per identity its owner, and whether that one has a number of the shop's own."""
    if not Identity.objects.exists():
        return {}
    columns = {"kind": "varchar(6)", "value": "varchar(254)"}
    with bulk.keys_table("asked_identities", columns, pairs):
        rows = bulk.select(
            "SELECT i.kind, i.value, i.customer_id, c.key IS NOT NULL FROM asked_identities a "
            "JOIN stamgast_identity i ON i.kind = a.kind AND i.value = a.value "
            "JOIN stamgast_customer c ON c.id = i.customer_id"
        )
    return {(kind, value): (owner, bool(has_key)) for kind, value, owner, has_key in rows}


def load_customers(arrivals: Sequence[Arrival], *, region: str, at: datetime) -> list[int]:
    """Write down new customers and return their ids, in the order given."""
    if not arrivals:
        return []
    first = bulk.reserve_ids(Customer, len(arrivals))
    facts = [_clean(one, region) for one in arrivals]
    rows = [
        (first + place, one.key, one.email or "", one.since, one.born, *told, _search(one, told))
        for place, (one, told) in enumerate(zip(arrivals, facts, strict=True))
    ]
    columns = ("id", "key", "email", "since", "birth_date", *_FACTS, "search")
    same = {
        "kind": "person",
        "objects_to_profiling": False,
        "merged_into_id": None,
        "erased_at": None,
        "made_at": _written(at),
        "changed_at": _written(at),
    }
    shown = {("key", a.key): place for place, a in reversed(list(enumerate(arrivals))) if a.key}
    # The first who shows an address owns it: the one whose number comes first.
    by_number = sorted(enumerate(arrivals), key=lambda pair: (pair[1].key or "", pair[0]))
    for place, one in reversed(by_number):
        if one.email:
            shown["email", one.email] = place
    identities: dict[int, list[tuple[str, str]]] = {}
    for (kind, value), place in shown.items():
        identities.setdefault(place, []).append((kind, str(value)))
    taken = _owners((kind, str(value)) for kind, value in shown)
    pace = bulk.Pace(500)
    done = 0
    for part in pace.cut(rows):
        with pace.portion(len(part)):
            bulk.insert(Customer, columns, part, same=same)
            bulk.insert(
                Identity,
                ("customer_id", "kind", "value"),
                [
                    (first + place, kind, value)
                    for place in range(done, done + len(part))
                    for kind, value in identities.get(place, ())
                    if (kind, value) not in taken
                ],
            )
        done += len(part)
    return list(range(first, first + len(arrivals)))


def fill_gaps(known: Sequence[tuple[int, Arrival]], *, region: str, at: datetime) -> set[int]:
    """Fill what is not known yet of customers; returns whom that changed."""
    return _update(known, region=region, at=at, overwrites=False, is_dry_run=False)


def update_customers(
    known: Sequence[tuple[int, Arrival]], *, region: str, at: datetime, is_dry_run: bool = False
) -> set[int]:
    """Bring customers up to date with what a list of customers says of them; returns who changed.

    What the list leaves empty stays as it is.
    """
    return _update(known, region=region, at=at, overwrites=True, is_dry_run=is_dry_run)


def _update(
    known: Sequence[tuple[int, Arrival]],
    *,
    region: str,
    at: datetime,
    overwrites: bool,
    is_dry_run: bool,
) -> set[int]:
    changed: set[int] = set()
    pace = bulk.Pace(200)
    for part in pace.cut(known):
        records = Customer.objects.in_bulk([pk for pk, _ in part])
        news = [
            (pk, one, found)
            for pk, one in part
            if (found := _news(records[pk], one, region, overwrites=overwrites))
        ]
        changed |= {pk for pk, _, _ in news}
        if is_dry_run or not news:
            continue
        with pace.portion(len(news)):
            for pk, one, found in news:
                _save(records[pk], one, found, at)
    return changed


def _news(
    record: Customer, one: Arrival, region: str, *, overwrites: bool
) -> dict[str, str | date]:
    """Return what an arrival changes of a record."""
    if record.erased_at is not None:
        return {}
    news: dict[str, str | date] = {}
    facts: list[tuple[str, str | None]] = [
        *zip(_FACTS, _clean(one, region), strict=True),
        ("email", one.email),
    ]
    for name, value in facts:
        had = getattr(record, name)
        if value and value != had and (overwrites or not had):
            news[name] = value
    if one.key and record.key is None:
        news["key"] = one.key
    if one.since and (record.since is None or one.since < record.since):
        news["since"] = one.since
    if one.born and record.birth_date != one.born and (overwrites or record.birth_date is None):
        news["birth_date"] = one.born
    return news


def _save(record: Customer, one: Arrival, news: Mapping[str, str | date], at: datetime) -> None:
    for name, value in news.items():
        setattr(record, name, value)
    record.changed_at = at
    record.save(update_fields=[*news, "changed_at"])
    if set(news) & {"email", "key"}:
        claim(record, [(k, v) for k, v in (("key", one.key), ("email", one.email)) if v])
    if record.merged_into_id is None and set(news) - {"since", "birth_date", "key"}:
        renew_search(record)


def load_consents(consents: Sequence[Consented], *, at: datetime) -> set[int]:
    """Add what a file says was allowed, where it is news; returns whom that is about.

    The same file again, or an older one, adds nothing: what was said last counts.
    """
    pace = bulk.Pace(200)
    added: set[int] = set()
    for part in pace.cut(consents):
        ids = {one.customer for one in part}
        said = Consent.objects.filter(customer__in=ids, purpose="offers")
        last: dict[tuple[int, str], tuple[bool, datetime]] = {}
        for row in said.order_by("at", "id").values_list(
            "customer_id", "channel", "is_granted", "at"
        ):
            last[row[0], row[1]] = row[2], row[3]
        news = [one for one in part if _is_news(one, last)]
        if news:
            with pace.portion(len(news)):
                Consent.objects.bulk_create(map(_consent, news))
        added |= {one.customer for one in news}
    return added


def _is_news(one: Consented, last: dict[tuple[int, str], tuple[bool, datetime]]) -> bool:
    before = last.get((one.customer, one.channel))
    if before is not None and (before[0] == one.is_granted or before[1] >= one.at):
        return False
    last[one.customer, one.channel] = one.is_granted, one.at
    return True


def _consent(one: Consented) -> Consent:
    return Consent(
        customer_id=one.customer,
        channel=one.channel,
        purpose="offers",
        is_granted=one.is_granted,
        basis="opt_in",
        wording=one.wording[:300],
        source="import",
        at=one.at,
    )


def _clean(one: Arrival, region: str) -> tuple[str, ...]:
    """Return the facts in one spelling, in the order of `_FACTS`; what cannot be read is left out."""
    if not one.facts:
        return ("",) * len(_FACTS)
    values = rules.clean(one.facts, region=region).values
    return tuple(values.get(name, "") for name in _FACTS)


def _search(one: Arrival, told: Sequence[str]) -> str:
    facts = dict(zip(_FACTS, told, strict=True))
    return rules.search_text(
        email=one.email or "",
        **{
            name: facts[name]
            for name in (
                "first_name",
                "infix",
                "last_name",
                "company",
                "phone",
                "postcode",
                "house_number",
            )
        },
    )


def _written(at: datetime) -> str:
    """Return a moment as this database keeps it in plain SQL."""
    if connection.vendor == "postgresql":
        return at.isoformat()
    return connection.ops.adapt_datetimefield_value(at) or ""
