"""The way around: what stands in the menu, for whom, and the counts beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from stamgast.campaigns.models import Contact, Step
from stamgast.customers.models import Interaction
from stamgast.importers.models import RowToMend
from stamgast.mail.queries import uncertain_count
from stamgast.signals.queries import unseen_alarms
from stamgast.staff.models import Shop
from stamgast.staff.rules import may


def _late_complaints(today: date) -> int:
    complaints = Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT, closed_at=None)
    return complaints.filter(due__lt=today).count()


def _rows_to_mend(today: date) -> int:
    return RowToMend.objects.filter(mended_at=None, dropped_at=None).count()


def _unseen_alarms(today: date) -> int:
    return unseen_alarms()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; it is "on" for every address below its own."""

    name: str | Promise
    view: str
    verbs: tuple[str, ...]
    count: Callable[[date], int] | None = None
    is_shown: Callable[[Shop], bool] = lambda shop: True


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one reader sees it."""

    name: str
    address: str
    is_on: bool
    count: int


def _is_starting(shop: Shop) -> bool:
    return shop.is_demo or not shop.is_set_up


def _has_calls(shop: Shop) -> bool:
    planned = Step.objects.filter(channel="call")
    return planned.exists() or Contact.objects.filter(channel="call").exists()


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
            Entry(_("Complaints"), "complaints", ("see customers",), _late_complaints),
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
            Entry(_("Signals"), "signals", ("see base",), _unseen_alarms),
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
            Entry(_("Mail"), "outbox", ("see outbox",), lambda today: uncertain_count()),
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
            Entry(_("Rows to mend"), "rows", ("mend rows",), _rows_to_mend),
            Entry(_("Settings"), "settings", ("edit settings", "manage users", "manage keys")),
            Entry(_("Words"), "words", ()),
        ),
        _("Manage"),
    ),
)


def _link(entry: Entry, path: str, today: date) -> Link | None:
    try:
        address = reverse(entry.view)
    except NoReverseMatch:
        return None
    is_on = path == address or (address != "/" and path.startswith(f"{address}/"))
    return Link(str(entry.name), address, is_on, entry.count(today) if entry.count else 0)


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
    today = timezone.localdate(getattr(request, "at", None))

    def is_for_them(entry: Entry) -> bool:
        return entry.is_shown(shop) and (not entry.verbs or any(may(role, v) for v in entry.verbs))

    found = []
    for group in _GROUPS:
        seen = (_link(entry, request.path, today) for entry in group.entries if is_for_them(entry))
        if links := [link for link in seen if link]:
            found.append(LinkGroup(str(group.name), links))
    return found
