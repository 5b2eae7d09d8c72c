"""Points at any moment, now, earlier or later: a function of the ledger and the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import F, QuerySet, Sum

from stamgast.database.prepared import first, prepared
from stamgast.loyalty.book.operation import FOREVER
from stamgast.loyalty.models import (
    Checkout,
    Entry,
    Hold,
    Leg,
    Member,
    PointsLot,
    Wallet,
)
from stamgast.loyalty.queries import current

_AT_ONCE = 200  # wallets


@dataclass(frozen=True, slots=True)
class Coming:
    """Points that become available, or end, at a moment."""

    points: int
    at: datetime
    ends_at: datetime | None = None  # of what becomes available; None where it never ends


@dataclass(frozen=True, slots=True)
class Balance:
    """A member's points at a moment, as if everything due by then had been done."""

    as_of: datetime
    available: int
    pending: int
    reserved: int
    owed: int
    qualifying: int
    activating: tuple[Coming, ...]  # when pending points become available; sums to `pending`
    expiring: tuple[Coming, ...]  # when points end; with what never ends sums to `available`
    never_expiring: int


def end_of(moment: datetime) -> datetime | None:
    """Return when points end, or None when they never do."""
    return moment if moment < FOREVER else None


def lot_of(checkout: Checkout) -> PointsLot | None:
    """Return the points that a purchase earned, with their dates; None where it earned nothing."""
    return PointsLot.objects.filter(entry=checkout.earning_id or 0).first()


def ahead_of(member: Member, at: datetime) -> timedelta:
    """Return how far a member's last entry lies after a moment: by the clock that wrote it."""
    later = first(_later_entries(member.pk, at))
    return later - at if later is not None else timedelta()


@prepared
def _later_entries(member: int, moment: datetime) -> QuerySet[Wallet, datetime | None]:
    later = Wallet.objects.filter(member=member, kind="spendable", at__gt=moment)
    return later.values_list("at", flat=True)


def balance_of(member: Member, *, as_of: datetime) -> Balance:
    """Return a member's points at a moment, now or later: a function of the ledger and the time.

    Reads the wallet and what is open in it, so it costs as much with a long history as with a short.
    """
    member = current(member)
    wallets = {wallet.kind: wallet for wallet in Wallet.objects.filter(member=member)}
    wallet, other = wallets["spendable"], wallets["qualifying"]
    if wallet.due_at is None or wallet.due_at > as_of:
        return _as_kept(wallet, other, as_of)
    holds = list(Hold.objects.filter(wallet=wallet, status="open").order_by("expires_at", "pk"))
    apart = _lots_of(wallet).filter(uses__entry__hold__in=holds)
    lots = {lot.pk: lot for some in (_free(wallet), _coming(wallet), apart) for lot in some}
    return _at(wallet, other.available, lots, holds, as_of)


def _lots_of(wallet: Wallet) -> QuerySet[PointsLot]:
    """Return the lots of a wallet; ask for some of them, as two indexes hold what is open.

    By its member: for the number of a wallet with very many lots, PostgreSQL reads all lots there are.
    """
    return PointsLot.objects.filter(wallet__member=wallet.member_id, wallet__kind=wallet.kind)


def _free(wallet: Wallet) -> QuerySet[PointsLot]:
    return _lots_of(wallet).filter(is_active=True, remaining__gt=F("held"))


def _coming(wallet: Wallet) -> QuerySet[PointsLot]:
    return _lots_of(wallet).filter(is_active=False, remaining__gt=0)


def _as_kept(wallet: Wallet, other: Wallet, as_of: datetime) -> Balance:
    """Return the balance where nothing has become due since the last entry."""
    ending = (
        _free(wallet)
        .values_list("expires_at")
        .annotate(points=Sum(F("remaining") - F("held")))
        .order_by("expires_at")
    )
    starting = (
        _coming(wallet)
        .values_list("activates_at", "expires_at")
        .annotate(points=Sum("remaining"))
        .order_by("activates_at", "expires_at")
    )
    ends = [Coming(points, moment) for moment, points in ending]
    return Balance(
        as_of=as_of,
        available=wallet.available,
        pending=wallet.pending,
        reserved=wallet.reserved,
        owed=wallet.owed,
        qualifying=other.available,
        activating=tuple(Coming(points, at, end_of(ends)) for at, ends, points in starting),
        expiring=tuple(one for one in ends if one.at < FOREVER),
        never_expiring=sum(one.points for one in ends if one.at >= FOREVER),
    )


def _at(
    wallet: Wallet, qualifying: int, lots: dict[int, PointsLot], holds: list[Hold], as_of: datetime
) -> Balance:
    free = {pk: lot.remaining - lot.held for pk, lot in lots.items() if lot.is_active}
    waiting = {pk: lot for pk, lot in lots.items() if not lot.is_active}
    owed, reserved = wallet.owed, wallet.reserved
    lapsing = {hold.pk: hold for hold in holds}

    def absorb(pk: int) -> None:
        nonlocal owed
        part = min(owed, free[pk])
        owed, free[pk] = owed - part, free[pk] - part

    due = sorted(
        [(lot.activates_at, 0, pk) for pk, lot in waiting.items()]
        + [(hold.expires_at, 1, hold.pk) for hold in holds]
        + [(lot.expires_at, 2, pk) for pk, lot in lots.items()]
    )
    held = _held(list(lapsing)) if any(h.expires_at <= as_of for h in holds) else {}
    for moment, what, pk in due:
        if moment > as_of:
            break
        if what == 0:
            lot = waiting.pop(pk)
            free[pk] = lot.remaining
            owed = 0 if lot.does_forgive else owed
            absorb(pk)
            if lot.expires_at <= moment:
                free[pk] = 0
        elif what == 1:
            reserved -= lapsing[pk].points
            for lot_pk, points in held.get(pk, ()):
                free[lot_pk] = free.get(lot_pk, 0) + points
                absorb(lot_pk)
                if lots[lot_pk].expires_at <= moment:
                    free[lot_pk] = 0
        elif pk in free:
            free[pk] = 0
    ending: dict[datetime, int] = {}
    for pk, points in free.items():
        ending[lots[pk].expires_at] = ending.get(lots[pk].expires_at, 0) + points
    starting: dict[tuple[datetime, datetime], int] = {}
    for lot in waiting.values():
        when = lot.activates_at, lot.expires_at
        starting[when] = starting.get(when, 0) + lot.remaining
    return Balance(
        as_of=as_of,
        available=sum(free.values()),
        pending=sum(starting.values()),
        reserved=reserved,
        owed=owed,
        qualifying=qualifying,
        activating=tuple(
            Coming(points, at, end_of(ends)) for (at, ends), points in sorted(starting.items())
        ),
        expiring=tuple(
            Coming(points, at) for at, points in sorted(ending.items()) if points and at < FOREVER
        ),
        never_expiring=sum(points for at, points in ending.items() if at >= FOREVER),
    )


def _held(holds: list[int]) -> dict[int, list[tuple[int, int]]]:
    """Return which lots each hold keeps apart, and how much of each."""
    found: dict[int, list[tuple[int, int]]] = {}
    rows = Hold.objects.filter(pk__in=holds, entry__lot_uses__held__gt=0)
    for pk, lot, points in rows.order_by("entry__lot_uses").values_list(
        "pk", "entry__lot_uses__lot", "entry__lot_uses__held"
    ):
        found.setdefault(pk, []).append((lot, points))
    return found


def available_then(member: Member, *, as_of: datetime) -> int:
    """Return how many points a member could spend at a moment that is past."""
    member = current(member)
    last = (
        Entry.objects.filter(member=member, at__lte=as_of)
        .order_by("-sequence")
        .values_list("pk", flat=True)
        .first()
    )
    legs = Leg.objects.filter(
        wallet__member=member, wallet__kind="spendable", account="available", entry__lte=last or 0
    )
    return legs.order_by("-entry").values_list("after", flat=True).first() or 0


def outstanding(*, as_of: datetime) -> dict[str, int]:
    """Return how many points of all members were available, pending and reserved at a moment.

    From the ledger, and what was due by then but is not written down yet.
    """
    accounts = ("available", "pending", "reserved")
    rows = Leg.objects.filter(
        wallet__kind="spendable", entry__at__lte=as_of, account__in=accounts
    ).values_list("account")
    found = dict.fromkeys(accounts, 0) | dict(rows.annotate(points=Sum("points")))
    for wallet, balance in _come_due(as_of):
        for name in accounts:
            found[name] += getattr(balance, name) - getattr(wallet, name)
    return found


def _come_due(as_of: datetime) -> Iterator[tuple[Wallet, Balance]]:
    """Yield each wallet in which something was due by a moment and not done, and how it stands."""
    due = Wallet.objects.filter(kind="spendable", due_at__lte=as_of).order_by("pk")
    rows = due.iterator(chunk_size=_AT_ONCE)
    while some := list(islice(rows, _AT_ONCE)):
        holds = list(
            Hold.objects.filter(wallet__in=some, status="open").order_by("expires_at", "pk")
        )
        every = PointsLot.objects.filter(wallet__in=some)
        lots: dict[int, dict[int, PointsLot]] = {wallet.pk: {} for wallet in some}
        for part in (
            every.filter(is_active=True, remaining__gt=F("held")),
            every.filter(is_active=False, remaining__gt=0),
            every.filter(uses__entry__hold__in=holds),
        ):
            for lot in part:
                lots[lot.wallet_id][lot.pk] = lot
        for wallet in some:
            kept = [hold for hold in holds if hold.wallet_id == wallet.pk]
            yield wallet, _at(wallet, 0, lots[wallet.pk], kept, as_of)


def qualifying_points(member: Member, *, since: datetime, until: datetime) -> int:
    """Return the points that count for a tier and were earned in a half-open range of time.

    What a return took back counts where it was taken back.
    """
    legs = Leg.objects.filter(
        wallet__member=current(member),
        wallet__kind="qualifying",
        account="issued",
        entry__at__gte=since,
        entry__at__lt=until,
    )
    return -(legs.aggregate(points=Sum("points"))["points"] or 0)
