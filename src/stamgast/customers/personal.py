"""What this room holds on a person: who they are, what they allow, what was said and promised."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import phonenumbers
from django.db.models import Model, Q

from stamgast.customers import rules
from stamgast.customers.actions.people import family, renew_search
from stamgast.customers.models import (
    Answer,
    Consent,
    Customer,
    Identity,
    Interaction,
    Merge,
    Task,
)
from stamgast.customers.tombstones import bury, digest
from stamgast.database.mentions import mentioning, redact
from stamgast.events.models import Event
from stamgast.kernel import Person
from stamgast.kernel.person import SHORTEST_TRACE, Held

HOLDS = (Customer, Identity, Consent, Interaction, Answer, Task, Merge)

_EXPORTED = (
    "key", "kind", "first_name", "infix", "last_name", "company", "email", "phone", "street",
    "house_number", "postcode", "city", "country", "language", "since", "birth_date",
    "objects_to_profiling", "made_at", "changed_at",
)  # fmt: skip
# What a kept record takes over from the one that goes: whole blocks, and only where it has nothing.
_BLOCKS = (
    ("first_name", "infix", "last_name"),
    ("company",),
    ("email",),
    ("phone",),
    ("street", "house_number", "postcode", "city", "country"),
    ("language",),
    ("birth_date",),
)
_MOVED: dict[str, type[Model]] = {
    "identities": Identity,
    "consents": Consent,
    "interactions": Interaction,
    "answers": Answer,
    "tasks": Task,
}


def person(customer: Customer) -> Person:
    """Return everything by which other rooms may find this customer, merged records included."""
    records = family(customer)
    ids = tuple(record.pk for record in records)
    owned = list(Identity.objects.filter(customer__in=ids).values_list("kind", "value"))
    keys = {value for kind, value in owned if kind == "key"} | {r.key for r in records if r.key}
    emails = {value for kind, value in owned if kind == "email"} | {r.email for r in records}
    phones = {value for kind, value in owned if kind == "phone"} | {r.phone for r in records}
    traces = {*emails, *(t for p in phones for t in _notations(p))}
    for record in records:
        traces.update(_names(record))
    traces |= {write(trace) for trace in traces for write in (_in_path, quote_plus)}
    return Person(
        ids=ids,
        keys=tuple(sorted(keys)),
        traces=tuple(sorted(t for t in traces if len(t) >= SHORTEST_TRACE)),
    )


def _in_path(text: str) -> str:
    return quote(text, safe="")


def _notations(phone: str) -> set[str]:
    """Return the ways in which people write this phone number."""
    try:
        read = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:  # there is none, or it is not in E.164
        return {phone}
    forms = phonenumbers.PhoneNumberFormat
    national = phonenumbers.format_number(read, forms.NATIONAL)
    bare = "".join(c for c in national if c.isdigit())
    return {
        phone,
        phone[1:],
        "00" + phone[1:],
        phonenumbers.format_number(read, forms.INTERNATIONAL),
        national,
        bare,
        f"{bare[:2]}-{bare[2:]}",
        f"{bare[:2]} {bare[2:]}",
        f"{bare[:3]}-{bare[3:]}",
        f"{bare[:3]} {bare[3:]}",
    }


def _names(record: Customer) -> set[str]:
    """Return full names, in both orders and without accents; a first name alone betrays nobody."""
    names = set()
    if record.first_name and record.last_name:
        last = " ".join(part for part in (record.infix, record.last_name) if part)
        names = {
            f"{record.first_name} {last}",
            f"{record.first_name} {record.last_name}",
            f"{last} {record.first_name}",
            f"{last}, {record.first_name}",
            f"{record.last_name}, {record.first_name}",
            f"{record.last_name} {record.first_name}",
        }
    # A company is no person, unless it bears their name; "Philips" is on many a product.
    if record.last_name and rules.fold(record.last_name) in rules.fold(record.company):
        names.add(record.company)
    if record.street and record.house_number:
        names.add(f"{record.street} {record.house_number}")
    return names | {rules.fold(name) for name in names}


def export(person: Person) -> Held:
    """Return who the person is to us, what they allow, and what was said and promised."""
    mine = {"customer__in": person.ids}
    customers = Customer.objects.filter(pk__in=person.ids).order_by("pk")
    consents = Consent.objects.filter(**mine).order_by("at", "pk")
    said = Interaction.objects.filter(**mine).order_by("at", "pk")
    answers = Answer.objects.filter(**mine).order_by("pk")
    tasks = Task.objects.filter(**mine).order_by("made_at", "pk")
    return {
        "customer": list(customers.values(*_EXPORTED)),
        "identities": list(Identity.objects.filter(**mine).order_by("pk").values("kind", "value")),
        "consents": list(
            consents.values(
                "channel",
                "purpose",
                "is_granted",
                "basis",
                "order_number",
                "wording",
                "source",
                "at",
            )
        ),
        "interactions": list(
            said.values(
                "kind",
                "at",
                "text",
                "score",
                "is_ours",
                "order_number",
                "due",
                "closed_at",
                "outcome",
            )
        ),
        "answers": list(
            answers.values(
                "question",
                "score",
                "out_of",
                "choice",
                "remark",
                "asked_at",
                "answered_at",
                "order_number",
                "source",
            )
        ),
        "tasks": list(tasks.values("title", "due", "made_at", "done_at")),
        "merges": list(Merge.objects.filter(kept__in=person.ids).values("at", "undone_at")),
    }


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in what was said with, and promised to, others."""
    others = ~Q(customer__in=person.ids)
    texts: dict[type[Model], list[str]] = {
        Interaction: ["text", "outcome"],
        Answer: ["remark"],
        Task: ["title"],
        Consent: ["source", "wording"],
    }
    changed = {}
    for model, columns in texts.items():
        rows = model._default_manager.filter(others)
        changed[f"{model.__name__.lower()}s_of_others"] = redact(rows, person, texts=columns)
        keyed = mentioning(rows, person, texts=["key"]).values_list("pk", "key")
        betraying = [pk for pk, key in keyed if person.is_in(key or "")]
        model._default_manager.filter(pk__in=betraying).update(key=None)
    return changed


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Cut off who the person is: a record without a name stays, for the orders to point at."""
    mine = {"customer__in": person.ids}
    records = Customer.objects.filter(pk__in=person.ids)
    owned = Identity.objects.filter(**mine)
    shown = set(owned.values_list("kind", "value"))
    for record in records:
        shown |= {("key", record.key or ""), ("email", record.email), ("phone", record.phone)}
    bury(shown, at=at)
    said, tasks = Interaction.objects.filter(**mine), Task.objects.filter(**mine)
    answers = Answer.objects.filter(**mine)
    answers.filter(answered_at=None).delete()  # nobody is there to answer
    said.filter(kind=Interaction.Kind.COMPLAINT, closed_at=None).update(closed_at=at)
    tasks.filter(done_at=None).update(done_at=at)
    Merge.objects.filter(Q(kept__in=person.ids) | Q(gone__in=person.ids)).update(moved={})
    nameless: dict[str, Any] = dict.fromkeys((field for block in _BLOCKS for field in block), "")
    nameless["birth_date"] = None
    del nameless["country"], nameless["language"]  # say nothing of one person, and much of the base
    return {
        "identities": owned.delete()[0],
        "consents": Consent.objects.filter(**mine).update(
            source="", wording="", order_number="", key=None
        ),
        "interactions": said.update(text="", outcome="", order_number="", key=None),
        "answers": answers.update(remark="", order_number="", key=None),
        "tasks": tasks.update(title="", key=None),
        "customers": records.update(
            **nameless,
            key=None,
            search="",
            objects_to_profiling=True,
            erased_at=at,
            changed_at=at,
        ),
    }


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Let one record go up in the other; returns what moved, without a word about the person."""
    keeper, goner = Customer.objects.get(pk=kept), Customer.objects.get(pk=gone)
    moved: dict[str, Any] = {
        "objects_to_profiling": keeper.objects_to_profiling,
        "since": keeper.since.isoformat() if keeper.since else None,
        "filled": {},
    }
    for name, model in _MOVED.items():
        rows = model._default_manager.filter(customer=gone)
        moved[name] = list(rows.order_by("pk").values_list("pk", flat=True))
        rows.update(customer=kept)
    brought = Interaction.objects.filter(referred=gone)
    moved["referred"] = list(brought.order_by("pk").values_list("pk", flat=True))
    brought.update(referred=kept)
    for block in _BLOCKS:
        if not any(getattr(keeper, field) for field in block):
            for field in block:
                if value := getattr(goner, field):
                    setattr(keeper, field, value)
                    moved["filled"][field] = digest(field, str(value))[:16]
    keeper.since = min((day for day in (keeper.since, goner.since) if day), default=None)
    keeper.objects_to_profiling |= goner.objects_to_profiling
    keeper.save()
    goner.merged_into = keeper
    goner.save(update_fields=["merged_into"])
    renew_search(keeper)
    return moved


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Let the record that went up in another be itself again.

    What was said, allowed and promised since stays with the record that was kept, and so does what
    somebody changed there since: also an objection to being scored.
    """
    keeper, goner = Customer.objects.get(pk=kept), Customer.objects.get(pk=gone)
    for name, model in _MOVED.items():
        rows = model._default_manager.filter(pk__in=moved.get(name, []), customer=kept)
        rows.update(customer=gone)
    brought = Interaction.objects.filter(pk__in=moved.get("referred", []), referred=kept)
    brought.update(referred=gone)
    for field, before in moved["filled"].items():
        if digest(field, str(getattr(keeper, field)))[:16] == before:
            setattr(keeper, field, None if field == "birth_date" else "")
    merged_since = min((day for day in (_day(moved["since"]), goner.since) if day), default=None)
    if keeper.since == merged_since:
        keeper.since = _day(moved["since"])
    if not _objected_since(kept, gone):
        keeper.objects_to_profiling &= moved["objects_to_profiling"]
    keeper.save()
    goner.merged_into = None
    goner.save(update_fields=["merged_into"])
    renew_search(keeper)
    renew_search(goner)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _objected_since(kept: int, gone: int) -> bool:
    merged = Event.objects.filter(kind="customers_merged", subject_id=kept, facts__gone=gone)
    last = merged.order_by("-pk").values_list("pk", flat=True).first()
    told = Event.objects.filter(kind="profiling_objected", subject="customer", subject_id=kept)
    return last is not None and told.filter(pk__gt=last).exists()
