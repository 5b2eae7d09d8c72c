"""Taking a whole report of another tool: each line by itself, so that one bad line stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.db import transaction

from stamgast.campaigns.actions.elsewhere import record_mailing
from stamgast.campaigns.actions.outcomes import contact_of, take_outcome
from stamgast.campaigns.errors import NoSuchContact, UnknownPerson
from stamgast.campaigns.models import Contact
from stamgast.campaigns.reports import Row, Taken
from stamgast.customers import rules as people
from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import by_identity, current
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.staff.queries import Who, actor

_PORTION = 50  # lines per transaction


def take_outcomes(
    rows: Iterable[Row], *, at: datetime, by: Who, campaign: int | None = None
) -> Taken:
    """Take what a tool says came of contacts, by their number or by address; see `take_outcome`."""

    def take(row: Row) -> bool:
        contact = contact_told(row, campaign)
        return take_outcome(contact, row.outcome, happened_at=row.at, at=at, by=by)

    taken = _each(rows, take)
    tell("outcomes_taken", at=at, actor=actor(by), facts=taken.counts())
    return taken


def record_mailings(
    rows: Iterable[Row], *, at: datetime, by: Who, name: str = "", channel: str = "email"
) -> Taken:
    """Write down who got mailings of another tool; `name` is for lines that name none."""

    def record(row: Row) -> bool:
        return record_mailing(
            customer_told(row),
            row.mailing or name,
            happened_at=row.at or at,
            channel=channel or Consent.Channel.EMAIL,
            at=at,
            by=by,
        )

    taken = _each(rows, record)
    tell("mailings_recorded", at=at, actor=actor(by), facts=taken.counts())
    return taken


def _each(rows: Iterable[Row], take: Callable[[Row], bool]) -> Taken:
    taken = Taken()
    for part in _portions(rows):
        with transaction.atomic():
            for row in part:
                if row.problem:
                    taken.problems.append((row.line, row.problem))
                    continue
                try:
                    with transaction.atomic():
                        is_new = take(row)
                except Refusal as refusal:
                    taken.problems.append((row.line, str(refusal.facts.get("field", refusal.code))))
                    continue
                taken.new += is_new
                taken.known += not is_new
    return taken


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    every = list(rows)
    return (every[start : start + _PORTION] for start in range(0, len(every), _PORTION))


def contact_told(row: Row, campaign: int | None = None) -> Contact:
    """Return the contact that a line is about, by its number or its address; refuses none."""
    if row.contact:
        number = int(row.contact) if row.contact.isdecimal() and len(row.contact) < 18 else 0
        contact = Contact.objects.filter(pk=number).first()
        if contact is None:
            raise NoSuchContact()
        return contact
    return contact_of(row.email, campaign=campaign)


def customer_told(row: Row) -> Customer:
    """Return the customer that a line is about, as they stand now; refuses nobody we know."""
    found = None
    if row.customer:
        found = by_identity("key", row.customer)
    elif address := people.email(row.email):
        found = (
            by_identity("email", address)
            or Customer.objects.filter(email=address, erased_at=None).order_by("pk").first()
        )
    if found is None:
        raise UnknownPerson()
    return current(found)
