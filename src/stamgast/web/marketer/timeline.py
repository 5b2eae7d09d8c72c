"""All that happened with a customer, newest first: orders, talks, consents and contracts as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final

from stamgast.customers.models import Consent, Customer, Interaction, Task
from stamgast.sales.models import Contract, Order

STEP: Final = 20
MOST: Final = 1000


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `kind` says how a template words it, `thing` is what it words."""

    at: datetime
    kind: str  # "sale", "return", "interaction", "consent", "task" or "contract"
    thing: Any


@dataclass(frozen=True)
class Timeline:
    """The newest entries; `more` is how many to ask for next, or 0 when these are all."""

    entries: list[Entry]
    more: int


def timeline(customer: Customer, *, shown: int = STEP) -> Timeline:
    """Return the newest entries of a customer; of each kind no more are read than can be shown."""
    shown = min(max(shown, STEP), MOST)
    entries = sorted(_entries(customer, shown + 1), key=lambda entry: entry.at, reverse=True)
    has_more = len(entries) > shown and shown < MOST
    return Timeline(entries[:shown], shown + STEP if has_more else 0)


def _entries(customer: Customer, most: int) -> Iterator[Entry]:
    for order in Order.objects.filter(customer=customer).order_by("-ordered_at", "-pk")[:most]:
        yield Entry(order.ordered_at, order.kind, order)
    talks = Interaction.objects.filter(customer=customer).select_related("by", "owner")
    for talk in talks.order_by("-at", "-pk")[:most]:
        yield Entry(talk.at, "interaction", talk)
    consents = Consent.objects.filter(customer=customer).select_related("by")
    for consent in consents.order_by("-at", "-pk")[:most]:
        yield Entry(consent.at, "consent", consent)
    tasks = Task.objects.filter(customer=customer).select_related("owner")
    for task in tasks.exclude(done_at=None).order_by("-done_at", "-pk")[:most]:
        yield Entry(task.done_at or task.made_at, "task", task)
    for contract in Contract.objects.filter(customer=customer).order_by("-started_on")[:most]:
        yield Entry(datetime.combine(contract.started_on, time(), UTC), "contract", contract)
