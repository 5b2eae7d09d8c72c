"""Writing down who somebody is: recorded by programs and imports, edited by staff."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple, TypedDict, Unpack

from django.db import IntegrityError, transaction

from stamgast.customers import rules
from stamgast.customers.errors import (
    BadCustomerField,
    CustomerErased,
    CustomerMerged,
    CustomerUnrecognisable,
)
from stamgast.customers.models import Customer, Identity
from stamgast.customers.tombstones import is_erased, unearth
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.staff.queries import Who, actor, shop

Outcome = Literal["made", "changed", "unchanged"]
_TRIES = 5
_CHUNK = 10  # customers per transaction, so that others get their turn to write


class CustomerFacts(TypedDict, total=False):
    """What may be said of a customer; None or absent: not said, empty: known to be empty."""

    kind: str | None
    name: str | None  # taken apart into the next three
    first_name: str | None
    infix: str | None
    last_name: str | None
    company: str | None
    email: str | None
    phone: str | None
    street: str | None
    house_number: str | None
    postcode: str | None
    city: str | None
    country: str | None
    language: str | None
    since: date | None
    birth_date: date | Literal[""] | None


class Recorded(NamedTuple):
    """What became of one of many: the customer, or why not."""

    customer: Customer | None
    outcome: Outcome | None
    refusal: Refusal | None = None


def record_customer(
    *,
    at: datetime,
    by: Who = "",
    on: str = "api",
    key: str | None = None,
    **facts: Unpack[CustomerFacts],
) -> tuple[Customer, Outcome]:
    """Write down what a program knows of a customer; the same again changes nothing.

    Somebody is recognised by the shop's own number, else by e-mail address, else by phone. A record
    that went up in another stays up to date itself, and the other is returned. A phone number that
    cannot be read is left out. Refuses an unreadable e-mail address or field, somebody without any
    of the three, and whoever was erased.
    """
    return _record(_read(key, facts, shop().country, at), at=at, by=by, on=on)


def record_customers(
    many: Iterable[Mapping[str, Any]], *, at: datetime, by: Who = "", on: str = "api"
) -> list[Recorded]:
    """Record many customers, each a mapping of `key` and facts; a refused one does not stop others.

    Written in small portions, so that screens keep writing meanwhile.
    """
    region = shop().country
    results: list[Recorded] = []
    waiting = list(many)
    for start in range(0, len(waiting), _CHUNK):
        if start:
            time.sleep(0.005)
        with transaction.atomic():
            for one in waiting[start : start + _CHUNK]:
                results.append(_record_one(one, region, at=at, by=by, on=on))
    return results


def _record_one(one: Mapping[str, Any], region: str, *, at: datetime, by: Who, on: str) -> Recorded:
    facts = dict(one)
    key = facts.pop("key", None)
    try:
        return Recorded(*_record(_read(key, facts, region, at), at=at, by=by, on=on))
    except Refusal as refusal:
        return Recorded(None, None, refusal)


class _Moved(Exception):  # noqa: N818 - it never leaves this file
    """While we waited, the customer went up in another, or came out of it."""


class _Read(NamedTuple):
    """Facts in one spelling, and the identities they show, the surest first."""

    values: dict[str, Any]
    identities: list[tuple[str, str]]


def _read(key: object, facts: Mapping[str, Any], region: str, at: datetime) -> _Read:
    cleaned = rules.clean(facts, region=region, today=_latest_day(at))
    for field, problem in cleaned.problems.items():
        if field != "phone":
            raise BadCustomerField(field=field, problem=problem)
    own = rules.tidy(key) if key is not None else ""
    if len(own) > 100:
        raise BadCustomerField(field="key", problem="too_long")
    email, phone = cleaned.values.get("email"), cleaned.values.get("phone")
    shown = {"key": own, "email": email}
    if not own and not email:  # households share a phone, so it only counts where nothing else does
        shown = {"phone": phone}
    identities = [(kind, value) for kind, value in shown.items() if value]
    if not identities:
        raise CustomerUnrecognisable()
    return _Read(cleaned.values, identities)


def _latest_day(at: datetime) -> date:
    """Return the last day that it may be anywhere at this moment: nobody is born after it."""
    return (at + timedelta(hours=14)).date()


def _record(read: _Read, *, at: datetime, by: Who, on: str) -> tuple[Customer, Outcome]:
    record, owner = _recognise(read.identities)
    if record is not None and owner is not None and not _news(record, read):
        return owner, "unchanged"
    for _ in range(_TRIES - 1):
        try:
            with transaction.atomic():
                return _write(read, at=at, by=by, on=on)
        except (IntegrityError, _Moved):  # somebody else wrote down or merged the same customer
            continue
    with transaction.atomic():
        return _write(read, at=at, by=by, on=on)


def _recognise(identities: list[tuple[str, str]]) -> tuple[Customer | None, Customer | None]:
    """Return the record these identities mean and the customer who owns it: mostly one and same."""
    (kind, value), *others = identities
    own = _owner(kind, value)
    if own is not None and kind == "key" and own.key != value:
        gone = Customer.objects.filter(key=value).first()  # went up in another; stays up to date
        return gone or own, own
    for other_kind, other_value in others if own is None else ():
        found = _owner(other_kind, other_value)
        # The same address under another number is, so the shop says, somebody else.
        if found is not None and found.key is None:
            own = found
    return own, own


def _owner(kind: str, value: str) -> Customer | None:
    owned = Identity.objects.filter(kind=kind, value=value).select_related("customer").first()
    return owned.customer if owned else None


def _news(record: Customer, read: _Read) -> dict[str, Any]:
    """Return what the facts change about the record."""
    news = {f: v for f, v in read.values.items() if getattr(record, f) != v}
    kind, value = read.identities[0]
    if kind == "key" and record.key is None:
        news["key"] = value
    return news


def _write(read: _Read, *, at: datetime, by: Who, on: str) -> tuple[Customer, Outcome]:
    record, owner = _recognise(read.identities)
    if record is not None and owner is not None:
        ours = Customer.objects.select_for_update().filter(pk__in={record.pk, owner.pk})
        list(ours.order_by("pk"))  # wait for whoever changes or merges them now, and look again
        before = (record, owner)
        record, owner = _recognise(read.identities)
        if (record, owner) != before:
            raise _Moved
    outcome: Outcome = "changed"
    if record is None or owner is None:
        if is_erased(read.identities):
            raise CustomerErased()
        record = owner = Customer(made_at=at, key=None)
        outcome = "made"
    news = _news(record, read)
    if not news and outcome == "changed":
        return owner, "unchanged"
    _save(record, news, at=at)
    claim(owner, read.identities)
    tell("customer_recorded", **_about(owner, at=at, by=by, on=on, outcome=outcome))
    return owner, outcome


def edit_customer(
    customer: Customer, *, at: datetime, by: Who, **facts: Unpack[CustomerFacts]
) -> Customer:
    """Correct what we know of a customer; refuses what cannot be read, and who is not there.

    A corrected e-mail address takes the place of the old one, by which nobody is known any more.
    """
    cleaned = rules.clean(facts, region=shop().country, today=_latest_day(at))
    for field, problem in cleaned.problems.items():
        raise BadCustomerField(field=field, problem=problem)
    with transaction.atomic():
        customer = there(customer)
        before = customer.email
        news = {f: v for f, v in cleaned.values.items() if getattr(customer, f) != v}
        if not news:
            return customer
        _save(customer, news, at=at)
        if "email" in news:
            Identity.objects.filter(customer=customer, kind="email", value=before).delete()
            claim(customer, [("email", customer.email)])
        tell("customer_edited", **_about(customer, at=at, by=by, fields=sorted(news)))
    return customer


def object_to_profiling(customer: Customer, *, at: datetime, by: Who) -> Customer:
    """The customer does not want to be scored: they get no stage, value or next step any more."""
    with transaction.atomic():
        customer = _set_objection(customer, True)
        # Also when they did before: who objects again keeps it when a merge is undone.
        tell("profiling_objected", **_about(customer, at=at, by=by))
    return customer


def allow_profiling(customer: Customer, *, at: datetime, by: Who) -> Customer:
    """The customer takes the objection to being scored back."""
    with transaction.atomic():
        customer = _set_objection(customer, False)
        tell("profiling_allowed", **_about(customer, at=at, by=by))
    return customer


def lift_erasure(*, kind: str, value: str, at: datetime, by: Who) -> bool:
    """Let somebody who was erased, and came back, be written down again; False when nobody was."""
    with transaction.atomic():
        was_erased = unearth(kind, value)
        if was_erased:
            tell("erasure_lifted", at=at, actor=actor(by), facts={"kind": kind})
    return was_erased


def there(customer: Customer) -> Customer:
    """Return the record as it stands now, held until the transaction ends.

    Refuses somebody erased or merged.
    """
    now = Customer.objects.select_for_update().get(pk=customer.pk)
    if now.erased_at is not None:
        raise CustomerErased(customer=now.pk)
    if now.merged_into_id is not None:
        raise CustomerMerged(customer=now.pk, into=now.merged_into_id)
    return now


def claim(customer: Customer, identities: Iterable[tuple[str, str]]) -> None:
    """Let the customer own these identities, as far as nobody owned them before."""
    Identity.objects.bulk_create(
        (
            Identity(customer=customer, kind=kind, value=value)
            for kind, value in identities
            if value
        ),
        ignore_conflicts=True,
    )


def renew_search(customer: Customer) -> None:
    """Work out anew by which words the customer is found: also by those of records it took in."""
    own, *others = family(customer)
    texts = [_search_of(one) for one in (own, *others)]
    own.search = rules.join_search(texts)
    own.save(update_fields=["search"])
    # Those that are empty already are not touched: somebody may be writing them.
    Customer.objects.filter(pk__in=[one.pk for one in others]).exclude(search="").update(search="")


def family(customer: Customer) -> list[Customer]:
    """Return the customer and every record that went up in it, however long ago."""
    found, newest = [customer], [customer.pk]
    while newest:
        gone = list(Customer.objects.filter(merged_into__in=newest).order_by("pk"))
        found += gone
        newest = [one.pk for one in gone]
    return found


def _save(record: Customer, news: Mapping[str, Any], *, at: datetime) -> None:
    for field, value in news.items():
        setattr(record, field, value)
    record.changed_at = at
    if record.pk is None:
        record.search = _search_of(record)
        record.save()
        return
    record.save(update_fields=[*news, "changed_at"])
    top = record
    while top.merged_into is not None:
        top = top.merged_into
    renew_search(top)


def _search_of(record: Customer) -> str:
    return rules.search_text(
        first_name=record.first_name,
        infix=record.infix,
        last_name=record.last_name,
        company=record.company,
        email=record.email,
        phone=record.phone,
        postcode=record.postcode,
        house_number=record.house_number,
    )


def _set_objection(customer: Customer, objects: bool) -> Customer:
    customer = there(customer)
    customer.objects_to_profiling = objects
    customer.save(update_fields=["objects_to_profiling"])
    return customer


def _about(customer: Customer, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event about a customer says."""
    return {
        "at": at,
        "actor": actor(by),
        "subject": "customer",
        "subject_id": customer.pk,
        "facts": facts,
    }
