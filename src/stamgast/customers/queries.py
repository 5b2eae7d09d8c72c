"""Finding people, and reading what they allow, what is open and what happened with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple, TypeVar

from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import ExpressionWrapper
from django.db.models.functions import Coalesce

from stamgast.customers import rules
from stamgast.customers.models import Answer, Consent, Customer, Identity, Interaction, Task
from stamgast.customers.questions import ANSWERABLE_FOR, ASKED_AGAIN_AFTER
from stamgast.database.prepared import first, prepared
from stamgast.staff.queries import shop

_ENOUGH = 50
T = TypeVar("T", Interaction, Task)


def known() -> QuerySet[Customer]:
    """Return the customers that are there: not erased, and not gone up in another."""
    return Customer.objects.filter(merged_into=None, erased_at=None)


def current(customer: Customer) -> Customer:
    """Return the record this one went up in, or itself."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def by_identity(kind: str, value: str) -> Customer | None:
    """Return whom this number of the shop's own, e-mail address or phone belongs to."""
    owned = first(_owned(kind, value))
    return owned.customer if owned else None


@prepared
def _owned(kind: str, value: str) -> QuerySet[Identity]:
    return Identity.objects.filter(kind=kind, value=value).select_related("customer")


# --- search ------------------------------------------------------------------------------------


def find(text: str, *, limit: int = _ENOUGH) -> list[Customer]:
    """Return the customers a colleague may mean, surest first; see `search`."""
    ids = search(text, limit=limit)
    found = known().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def search(text: str, *, limit: int | None = None) -> list[int]:
    """Return the ids of the customers a text means; none for an empty text.

    Understands an e-mail address or the shop's own number, a phone number in any notation, a
    postcode with house number, and else parts of name, company, e-mail, postcode or phone, all of
    which must occur.
    """
    text = rules.tidy(text)[:200]
    if not text:
        return []
    for sure in (_by_identity(text), _by_phone(text), _by_address(text)):
        if sure:
            return sure[:limit]
    if _DUTCH_ADDRESS.fullmatch(text):  # nothing else looks like it, so nobody lives there
        return []
    rows = Customer.objects.filter(_words(text)).order_by("pk").values_list("pk", flat=True)
    return list(rows[:limit])


def _by_identity(text: str) -> list[int]:
    asked = Q(kind="key", value=text)
    if "@" in text:
        asked |= Q(kind="email", value=text.lower())
    owners = Identity.objects.filter(asked).order_by("kind").values_list("customer_id", flat=True)
    ids = list(dict.fromkeys(owners))
    if "@" in text:  # others may have the same address without being its first owner
        same = _owners(Customer.objects.filter(email=text.lower()))
        ids += [pk for pk in same if pk not in ids]
    return ids


_LIKE_A_PHONE = re.compile(r"\+?[\d\s().\-/]{8,25}")


def _by_phone(text: str) -> list[int]:
    if not _LIKE_A_PHONE.fullmatch(text):
        return []
    number = rules.phone(text, shop().country).number
    if not number:
        return []
    return _owners(Customer.objects.filter(phone=number))


_DUTCH_ADDRESS = re.compile(r"(\d{4}\s?[a-z]{2})[\s,]*(\d[\w\s-]{0,8})?", re.IGNORECASE)
_ADDRESS = re.compile(r"([a-z\d][a-z\d\s-]*\d[a-z\d]*)[\s,]+(\d[\w\s-]{0,8})", re.IGNORECASE)


def _by_address(text: str) -> list[int]:
    read = _DUTCH_ADDRESS.fullmatch(text) or _ADDRESS.fullmatch(text)
    if read is None:
        return []
    there = Customer.objects.filter(postcode=rules.postcode(read[1]))
    number = rules.house_number(read[2] or "")
    if number.isdigit():  # 12 also means 12A, never 123
        there = there.filter(house_number__regex=rf"^{number}([^0-9]|$)")
    elif number:
        there = there.filter(house_number=number)
    return _owners(there)


def _owners(rows: QuerySet[Customer]) -> list[int]:
    """Return the ids of these customers, of one that went up in another the other's."""
    found = rows.order_by("pk").values_list("pk", "merged_into")[:_ENOUGH]
    owners = (_top(into) if into else pk for pk, into in found)
    return list(dict.fromkeys(owners))


def _top(pk: int) -> int:
    into = Customer.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
    return _top(into) if into else pk


def _words(text: str) -> Q:
    """Every word of the text occurs; a word of digits also without the zeros that lead a phone."""
    asked = Q()
    if _LIKE_A_PHONE.fullmatch(text):
        text = re.sub(r"[^\d]", "", text)
    for word in rules.fold(text).split():
        one = Q(search__contains=word)
        bare = word.lstrip("+0")
        if bare.isdigit() and bare != word and len(bare) >= 3:
            one |= Q(search__contains=bare)
        asked &= one
    return asked


def possible_duplicates(customer: Customer) -> list[Customer]:
    """Return other records that may be the same person: same e-mail, phone, or name and address."""
    alike = []  # put together, not one or the other: so each finds its index
    if customer.email:
        alike.append(Q(email=customer.email))
    if customer.phone:
        alike.append(Q(phone=customer.phone))
    if customer.postcode and customer.last_name:
        there = Q(postcode=customer.postcode, house_number=customer.house_number)
        alike.append(there & Q(last_name__iexact=customer.last_name))
    others = known().exclude(pk=customer.pk).values_list("pk", flat=True)
    found = others.none().union(*(others.filter(way) for way in alike)).order_by("pk")[:_ENOUGH]
    return list(Customer.objects.filter(pk__in=list(found)).order_by("pk"))


# --- consent -----------------------------------------------------------------------------------

Reason = Literal["granted", "withdrawn", "never_given", "no_address", "erased", "merged"]


class May(NamedTuple):
    """Whether we may reach out, and why (not)."""

    is_allowed: bool
    reason: Reason
    consent: Consent | None = None


def current_consents(customer: Customer) -> dict[tuple[str, str], Consent]:
    """Return what the customer said last, per channel and purpose."""
    rows = Consent.objects.filter(customer=customer).select_related("by").order_by("at", "pk")
    return {(row.channel, row.purpose): row for row in rows}


def may_contact(customer: Customer, *, channel: str, purpose: str) -> May:
    """Say whether we may reach the customer over this channel for this purpose, and why."""
    if customer.erased_at:
        return May(False, "erased")
    if customer.merged_into_id:
        return May(False, "merged")
    said = Consent.objects.filter(customer=customer, channel=channel, purpose=purpose)
    last = said.select_related("by").order_by("-at", "-pk").first()
    if last is None:
        return May(False, "never_given")
    if not last.is_granted:
        return May(False, "withdrawn", last)
    if not _address(customer, channel):
        return May(False, "no_address", last)
    return May(True, "granted", last)


def _address(customer: Customer, channel: str) -> str:
    if channel == Consent.Channel.EMAIL:
        return customer.email
    if channel == Consent.Channel.POST:
        return customer.postcode and customer.house_number
    return customer.phone


# --- what is open, what happened ---------------------------------------------------------------


def open_complaints(*, as_of: date) -> QuerySet[Interaction]:
    """Return complaints without an end, the most urgent first; `is_late` when due before as_of."""
    rows = Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT, closed_at=None)
    return _by_due(rows, as_of)


def open_tasks(*, as_of: date) -> QuerySet[Task]:
    """Return tasks not done yet, the most urgent first; `is_late` when due before as_of."""
    return _by_due(Task.objects.filter(done_at=None), as_of)


def _by_due(rows: QuerySet[T], as_of: date) -> QuerySet[T]:
    is_late = ExpressionWrapper(Q(due__isnull=False, due__lt=as_of), output_field=BooleanField())
    return (
        rows.annotate(is_late=is_late)
        .select_related("customer", "owner")
        .order_by(F("due").asc(nulls_last=True), "pk")
    )


@dataclass(frozen=True)
class Moment:
    """One thing that happened between us and a customer."""

    at: datetime
    kind: Literal["interaction", "consent", "task_made", "task_done"]
    record: Interaction | Consent | Task


def timeline(customer: Customer, *, limit: int = _ENOUGH) -> list[Moment]:
    """Return what this room knows of a customer's history, newest first."""
    moments = sorted(_moments(customer, limit), key=lambda moment: moment.at, reverse=True)
    return moments[:limit]


def _moments(customer: Customer, limit: int) -> Iterator[Moment]:
    said = Interaction.objects.filter(customer=customer).select_related("by", "owner")
    for row in said.order_by("-at", "-pk")[:limit]:
        yield Moment(row.at, "interaction", row)
    allowed = Consent.objects.filter(customer=customer).select_related("by")
    for consent in allowed.order_by("-at", "-pk")[:limit]:
        yield Moment(consent.at, "consent", consent)
    promised = Task.objects.filter(customer=customer).select_related("made_by", "owner")
    for task in promised.order_by("-made_at", "-pk")[:limit]:
        yield Moment(task.made_at, "task_made", task)
        if task.done_at:
            yield Moment(task.done_at, "task_done", task)


# --- questions ---------------------------------------------------------------------------------


def answers_of(customer: Customer) -> QuerySet[Answer]:
    """Return what a customer was asked and answered, the newest first."""
    when = Coalesce("answered_at", "asked_at")
    return Answer.objects.filter(customer=customer).order_by(when.desc(), "-pk")


def open_questions(*, at: datetime, question: str = "") -> QuerySet[Answer]:
    """Return the questions that wait for an answer and still take one, with their customers.

    The oldest first; of one question only, when named.
    """
    asked = Answer.objects.filter(answered_at=None, asked_at__gt=at - ANSWERABLE_FOR)
    if question:
        asked = asked.filter(question=question)
    return asked.select_related("customer").order_by("asked_at", "pk")


def may_be_asked(question: str, *, at: datetime, channel: str = "email") -> QuerySet[Customer]:
    """Return the customers whom one may ask this now: who allow surveys and were not asked lately.

    The same rules as `actions.ask_question`, for many at once.
    """
    said = Consent.objects.filter(customer=OuterRef("pk"), channel=channel, purpose="survey")
    last = said.order_by("-at", "-pk").values("is_granted")[:1]
    lately = Answer.objects.filter(
        customer=OuterRef("pk"),
        question=question,
        order_number="",
        asked_at__gt=at - ASKED_AGAIN_AFTER,
    )
    has_address = {
        Consent.Channel.EMAIL.value: ~Q(email=""),
        Consent.Channel.POST.value: ~Q(postcode="") & ~Q(house_number=""),
    }
    there = known().filter(has_address.get(channel, ~Q(phone="")))
    return there.annotate(allows=Subquery(last)).filter(Q(allows=True) & ~Exists(lately))
