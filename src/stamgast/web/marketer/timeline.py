"""All that happened with a customer, newest first: orders, talks, mail, consents and contracts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple, TypeVar

from django.db.models import Model, QuerySet
from django.utils.functional import Promise

from stamgast.customers.models import Consent, Customer, Interaction, Merge, Task
from stamgast.database.asking import tables_that_mention
from stamgast.mail.models import Message
from stamgast.mail.queries import messages_to
from stamgast.measurement.models import Lot
from stamgast.measurement.queries import lots_of
from stamgast.sales.models import Contract, Order
from stamgast.web.marketer.mail_words import KINDS, STATUSES

Status = Message.Status

STEP: Final = 20
MOST: Final = 1000
# Of most customers most of these hold nothing: what is empty is not read.
_TOLD_IN: Final = (
    (Order, "customer"),
    (Interaction, "customer"),
    (Consent, "customer"),
    (Task, "customer"),
    (Contract, "customer"),
    (Message, "customer"),
    (Lot, "customer"),
    (Merge, "kept"),
)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class History:
    """What happened with a customer, each kind newest first: read once for the whole page."""

    orders: list[Order]
    talks: list[Interaction]
    consents: list[Consent]
    tasks: list[Task]
    contracts: list[Contract]
    mail: list[Message]
    lots: list[Lot]
    merges: list[Merge]

    @property
    def current_consents(self) -> dict[tuple[str, str], Consent]:
        """What the customer said last, per channel and purpose."""
        return {(said.channel, said.purpose): said for said in reversed(self.consents)}

    @property
    def may_have_open_complaints(self) -> bool:
        """Some were read, or there is more than was read."""
        return len(self.talks) > STEP or any(
            talk.kind == Interaction.Kind.COMPLAINT and talk.closed_at is None
            for talk in self.talks
        )

    def open_tasks(self, today: date) -> list[Task]:
        """What was promised and not done yet, the most urgent first, each told if it is late."""
        waiting = [task for task in self.tasks if task.done_at is None]
        for task in waiting:
            task.is_late = task.due is not None and task.due < today  # type: ignore[attr-defined]
        return sorted(waiting, key=lambda task: (task.due is None, task.due or today, task.pk))


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `kind` says how a template words it, `thing` is what it words."""

    at: datetime
    kind: str  # "sale", "return", "interaction", "mail", "consent", "task" or "contract"
    thing: Any


class MailLine(NamedTuple):
    """A message in words: what kind it is, and what became of it."""

    message: Message
    kind: str | Promise
    status: str | Promise


@dataclass(frozen=True)
class Timeline:
    """The newest entries; `more` is how many to ask for next, or 0 when these are all."""

    entries: list[Entry]
    more: int


def history(customer: Customer, *, shown: int = STEP) -> History:
    """Read what happened last; of orders and talks no more than a timeline of so many can show."""
    most = _bounded(shown) + 1
    there = tables_that_mention(_TOLD_IN, customer.pk)

    def read(rows: QuerySet[M], limit: int = MOST) -> list[M]:
        return list(rows[:limit]) if rows.model in there else []

    orders = Order.objects.filter(customer=customer).select_related("of_order")
    talks = Interaction.objects.filter(customer=customer).select_related("by", "owner")
    consents = Consent.objects.filter(customer=customer).select_related("by")
    tasks = Task.objects.filter(customer=customer).select_related("owner")
    lots = lots_of(customer).select_related("experiment__campaign")
    return History(
        orders=read(orders.order_by("-ordered_at", "-pk"), most),
        talks=read(talks.order_by("-at", "-pk"), most),
        consents=read(consents.order_by("-at", "-pk")),
        tasks=read(tasks.order_by("-made_at", "-pk")),
        contracts=read(Contract.objects.filter(customer=customer).order_by("-started_on")),
        mail=read(_mail_to(customer), most),
        lots=read(lots.prefetch_related("treatments")),
        merges=read(Merge.objects.filter(kept=customer, undone_at=None).order_by("-at")),
    )


def _mail_to(customer: Customer) -> QuerySet[Message]:
    """Return what was sent, or failed; a campaign's own contact is told among the talks already."""
    ended = messages_to(customer).exclude(status__in=[Status.WAITING, Status.SENDING])
    gone = [Status.SENT, Status.UNCERTAIN]
    return ended.exclude(kind=Message.Kind.CAMPAIGN, status__in=gone)


def timeline(known: History, *, shown: int = STEP) -> Timeline:
    """Return the newest entries as one list."""
    shown = _bounded(shown)
    entries = sorted(_entries(known), key=lambda entry: entry.at, reverse=True)
    has_more = len(entries) > shown and shown < MOST
    return Timeline(entries[:shown], shown + STEP if has_more else 0)


def _bounded(shown: int) -> int:
    return min(max(shown, STEP), MOST)


def _entries(known: History) -> Iterator[Entry]:
    for order in known.orders:
        yield Entry(order.ordered_at, order.kind, order)
    for talk in known.talks:
        yield Entry(talk.at, "interaction", talk)
    for message in known.mail:
        when = message.ended_at or message.seen_at or message.made_at
        yield Entry(when, "mail", MailLine(message, KINDS[message.kind], STATUSES[message.status]))
    for consent in known.consents:
        yield Entry(consent.at, "consent", consent)
    for task in known.tasks:
        if task.done_at is not None:
            yield Entry(task.done_at, "task", task)
    for contract in known.contracts:
        yield Entry(datetime.combine(contract.started_on, time(), UTC), "contract", contract)
