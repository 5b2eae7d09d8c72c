"""The way around: what stands in the menu, for whom, and the counts beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.models import Contact, Step
from stamgast.customers.models import Interaction
from stamgast.database.asking import Counting
from stamgast.importers.models import RowToMend
from stamgast.mail.queries import uncertain
from stamgast.signals.queries import unseen_alarms
from stamgast.staff.models import Shop
from stamgast.staff.rules import may

# What the menu tells, asked all at once for every page: what was done is seen on the next.
_COUNTED: dict[str, Callable[[date], QuerySet[Any]]] = {
    "late_complaints": lambda today: Interaction.objects.filter(
        kind=Interaction.Kind.COMPLAINT, closed_at=None, due__lt=today
    ),
    "alarms": lambda today: unseen_alarms(),
    "uncertain_mail": lambda today: uncertain(),
    "rows_to_mend": lambda today: RowToMend.objects.filter(mended_at=None, dropped_at=None),
    # Of these one says enough.
    "planned_calls": lambda today: Step.objects.filter(channel="call")[:1],
    "calls": lambda today: Contact.objects.filter(channel="call")[:1],
}
Counts = Mapping[str, int]


@lru_cache(maxsize=2)
def _counting(today: date) -> Counting:
    return Counting.of({name: rows(today) for name, rows in _COUNTED.items()})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; it is "on" for every address below its own."""

    name: str | Promise
    view: str
    verbs: tuple[str, ...]
    count: str = ""
    is_shown: Callable[[Shop, Counts], bool] = lambda shop, counts: True


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one reader sees it."""

    name: str
    address: str
    is_on: bool
    count: int


def _is_starting(shop: Shop, counts: Counts) -> bool:
    return shop.is_demo or not shop.is_set_up


def _has_calls(shop: Shop, counts: Counts) -> bool:
    return bool(counts["planned_calls"] or counts["calls"])


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that belong to one part of the work; the first and the last need no heading."""

    entries: tuple[Entry, ...]
    name: str | Promise = ""


# In the order of the work: who are they, why, what do we do, did it pay.
_GROUPS: tuple[Group, ...] = (
    Group((Entry(_("Start your real shop"), "start", ("edit settings",), is_shown=_is_starting),)),
    Group(
        (
            Entry(_("Overview"), "dashboard", ("see base",)),
            Entry(_("Customers"), "customers", ("see customers",)),
            Entry(_("Complaints"), "complaints", ("see customers",), "late_complaints"),
            Entry(_("Tasks"), "tasks", ("see customers",)),
            Entry(_("Call list"), "calls", ("write interactions",), is_shown=_has_calls),
        )
    ),
    Group(
        (
            Entry(_("Who comes back"), "cohorts", ("see base",)),
            Entry(_("At stake"), "value", ("see margin",)),
            Entry(_("Why they stay"), "why_they_stay", ("see base",)),
            Entry(_("How they fared"), "experience", ("see base",)),
            Entry(_("Signals"), "signals", ("see base",), "alarms"),
            Entry(_("How far to trust it"), "trust", ("see base",)),
        ),
        _("Understand"),
    ),
    Group(
        (
            Entry(_("Goal and budget"), "goals", ("see margin",)),
            Entry(_("Campaigns"), "campaigns", ("see base",)),
            Entry(_("Plans"), "plans", ("see margin",)),
            Entry(_("Loyalty programme"), "programme", ("see programme",)),
            Entry(_("Mail"), "outbox", ("see outbox",), "uncertain_mail"),
        ),
        _("Act"),
    ),
    Group(
        (
            Entry(_("Verdicts"), "verdicts", ("see margin",)),
            Entry(_("Control groups"), "control_groups", ("see margin",)),
        ),
        _("What worked"),
    ),
    Group(
        (
            Entry(_("Import"), "imports", ("import files",)),
            Entry(_("Rows to mend"), "rows", ("mend rows",), "rows_to_mend"),
            Entry(_("Settings"), "settings", ("edit settings", "manage users", "manage keys")),
            Entry(_("Words"), "words", ()),
        ),
        _("Manage"),
    ),
)


def _link(entry: Entry, path: str, counts: Counts) -> Link | None:
    try:
        address = reverse(entry.view)
    except NoReverseMatch:
        return None
    is_on = path == address or (address != "/" and path.startswith(f"{address}/"))
    return Link(str(entry.name), address, is_on, counts.get(entry.count, 0))


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """A group as one reader sees it."""

    name: str
    links: list[Link]


def groups(request: HttpRequest) -> list[LinkGroup]:
    """Return the menu for who asks, in groups; nothing for who is not signed in."""
    role = getattr(getattr(request, "user", None), "role", "")
    if not role:
        return []
    shop = getattr(request, "shop", Shop())
    counts = _counting(timezone.localdate(getattr(request, "at", None))).ask()

    def is_for_them(entry: Entry) -> bool:
        return entry.is_shown(shop, counts) and (
            not entry.verbs or any(may(role, v) for v in entry.verbs)
        )

    found = []
    for group in _GROUPS:
        seen = (_link(entry, request.path, counts) for entry in group.entries if is_for_them(entry))
        if links := [link for link in seen if link]:
            found.append(LinkGroup(str(group.name), links))
    return found
