"""What happened to a member's points, in words they understand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from stamgast.loyalty.book.operation import FOREVER
from stamgast.loyalty.models import Entry, Member, PointsLot

SHOWN = 12
# What only moves points between drawers says nothing to a member.
_SILENT = ("hold", "release", "lapse", "activate")


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the history."""

    at: datetime
    words: str
    points: int
    ends_at: datetime | None  # until when what was earned is good
    starts_at: datetime | None  # from when, while that lies ahead


def history(member: Member, *, at: datetime, most: int = SHOWN) -> list[Happened]:
    """Return the last things that happened, the newest first."""
    rows = Entry.objects.filter(member=member).exclude(kind__in=_SILENT)
    rows = rows.select_related("of_entry")
    entries = list(rows.order_by("-sequence")[:most])
    lots = _lots(entries)
    return [_told(entry, lots.get(entry.pk), at) for entry in entries]


def _lots(entries: Sequence[Entry]) -> dict[int, PointsLot]:
    found = PointsLot.objects.filter(entry__in=entries).order_by("-expires_at")
    return {lot.entry_id: lot for lot in found}  # of several, the one that ends first


def _told(entry: Entry, lot: PointsLot | None, at: datetime) -> Happened:
    return Happened(
        at=entry.at,
        words=words_of(entry),
        points=entry.points,
        ends_at=lot.expires_at if lot and lot.expires_at < FOREVER else None,
        starts_at=lot.activates_at if lot and lot.activates_at > at else None,
    )


def words_of(entry: Entry) -> str:
    """Say what an entry was."""
    reason, ref = entry.reason, entry.ref
    if entry.kind == Entry.Kind.EARN:
        if reason:
            return _action(reason)
        return gettext("Purchase %(ref)s") % {"ref": _number(ref)} if ref else gettext("Purchase")
    if entry.kind == Entry.Kind.SPEND:
        if reason:
            return gettext("Spent on %(what)s") % {"what": reason}
        return (
            gettext("Spent with purchase %(ref)s") % {"ref": _number(ref)}
            if ref
            else gettext("Spent")
        )
    if entry.kind == Entry.Kind.GRANT:
        return _action(reason)
    if entry.kind == Entry.Kind.RETURN:
        return _came_back(entry)
    said = {
        Entry.Kind.HOLD: gettext("Kept apart for a purchase"),
        Entry.Kind.RELEASE: gettext("No longer kept apart"),
        Entry.Kind.LAPSE: gettext("Kept apart for too long; free again"),
        Entry.Kind.EXPIRE: gettext("Expired"),
        Entry.Kind.DEDUCT: gettext("Taken off: %(why)s"),
        Entry.Kind.CORRECT: gettext("Put right: %(why)s"),
        Entry.Kind.TRANSFER_OUT: gettext("Moved to somebody else"),
        Entry.Kind.TRANSFER_IN: gettext("Came from somebody else"),
        Entry.Kind.REVERSE: gettext("Taken back: %(why)s"),
        Entry.Kind.FORFEIT: gettext("Given up"),
    }.get(Entry.Kind(entry.kind), entry.kind)
    return said % {"why": _action(reason)} if "%(why)s" in said else said


def _came_back(entry: Entry) -> str:
    """Say what came back: a return by its own number, else what became of the order."""
    ref, of_order = entry.ref, _number(entry.of_entry.ref) if entry.of_entry else ""
    said = {
        "changed": gettext("Order %(ref)s changed"),
        "cancelled": gettext("Order %(ref)s called off"),
        "refund": gettext("Paid back of order %(ref)s"),
    }.get(ref.partition(":")[0])
    if said and of_order:
        return said % {"ref": of_order}
    return gettext("Return %(ref)s") % {"ref": ref} if ref else gettext("Return")


def _action(reason: str) -> str:
    known = {
        "referral": gettext("Invited a friend"),
        "review": gettext("Wrote a review"),
        "answer": gettext("Answered a question"),
        "birthday": gettext("Birthday"),
        "first_order": gettext("First order"),
        "visit": gettext("Visit"),
        "claim undone": gettext("reward not taken after all"),
    }
    return known.get(reason, reason) or gettext("Extra points")


def _number(ref: str) -> str:
    """Return the number of a purchase, without the name of the shop that it came from."""
    return ref.rpartition(":")[2]
