"""Reads of the programme: balances at any moment, members, and the rules that hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet, Sum

from stamgast.customers.models import Customer
from stamgast.database.prepared import first, prepared
from stamgast.events.models import Event
from stamgast.loyalty import rules
from stamgast.loyalty.book.operation import FOREVER
from stamgast.loyalty.errors import MemberLeft, NoSuchCheckout, NotAMember
from stamgast.loyalty.models import (
    Checkout,
    EarningRule,
    Entry,
    Hold,
    Leg,
    Member,
    PastPointValue,
    PointsLot,
    Programme,
    RuleVersion,
    Wallet,
)
from stamgast.sales.models import Order

_AT_ONCE = 200  # wallets

# --- the programme -----------------------------------------------------------------------------------


def programme() -> Programme:
    """Return the programme's settings; the defaults until someone changes them."""
    return first(_programmes()) or Programme(pk=1)


@prepared
def _programmes() -> QuerySet[Programme]:
    return Programme.objects.filter(pk=1)


def terms_of(settings: Programme) -> rules.Terms:
    """Return what the programme says of points, as plain values."""
    return rules.Terms(
        zone=ZoneInfo(settings.zone),
        pending_days=settings.pending_days,
        validity_months=settings.validity_months,
        expiry=settings.expiry,
        grace_days=settings.grace_days,
        does_forgive=settings.owed == Programme.Owed.FORGIVE,
    )


def is_running(settings: Programme, moment: datetime) -> bool:
    """Say whether the programme runs at a moment: what happened earlier earns nothing."""
    started, stopped = settings.started_at, settings.stopped_at
    return started is not None and started <= moment and (stopped is None or moment < stopped)


def files_earn_since(settings: Programme) -> datetime:
    """Return from which moment on orders out of files earn; far away while the programme never ran.

    What was ordered before the first file of orders came in is history: it earns from the start of
    the programme on where the shop says so, and else not. What came later is news like any other.
    """
    started = settings.started_at
    if started is None:
        return FOREVER
    if settings.does_history_earn:
        return started
    told = Event.objects.filter(kind="history_imported").order_by("pk").values_list("at", "facts")
    for at, facts in told.iterator(chunk_size=100):
        if facts.get("kind", "orders") == "orders" and facts.get("imported", 1):
            return max(started, at)
    return started


def point_value_at(settings: Programme, moment: datetime) -> Decimal:
    """Return what a point was worth at a moment, in minor units."""
    past = PastPointValue.objects.filter(until__gt=moment).order_by("until", "pk").first()
    return past.value if past is not None else settings.point_value


def rules_now() -> list[rules.RuleTerms]:
    """Return what the rules say now; those that were removed do not speak any more."""
    return [rules.RuleTerms.of(one.pk, one.rule_id, one.terms) for one in _versions_now()]


@prepared
def _versions_now() -> QuerySet[RuleVersion]:
    now = RuleVersion.objects.filter(rule__removed_at=None, number=F("rule__version"))
    return now.order_by("rule")


def earning_rules() -> QuerySet[EarningRule]:
    """Return the rules that were not removed, in the order they were made."""
    return EarningRule.objects.filter(removed_at=None).order_by("pk")


# --- members -----------------------------------------------------------------------------------------


def member_of(customer: Customer) -> Member | None:
    """Return a customer's membership, also when they left; None for who never joined."""
    return Member.objects.filter(customer=customer, merged_into=None).first()


def member_by_ref(ref: str) -> Member:
    """Return the member by the shop's own name or by the code on their card; refuses nobody."""
    found = first(_members_by_ref(ref)) or first(_members_by_code(ref))
    if found is None:
        raise NotAMember()
    return found if found.merged_into_id is None else current(found)


@prepared
def _members_by_ref(ref: str) -> QuerySet[Member]:
    return Member.objects.filter(ref=ref)


@prepared
def _members_by_code(code: str) -> QuerySet[Member]:
    return Member.objects.filter(code=code)


def current(member: Member) -> Member:
    """Return the membership as it stands now: the one this one went up in, or itself."""
    (found,) = _members(member.pk)
    while found.merged_into_id is not None:
        (found,) = _members(found.merged_into_id)
    return found


@prepared
def _members(pk: int) -> QuerySet[Member]:
    return Member.objects.filter(pk=pk)


def taking_part(member: Member) -> Member:
    """Return the membership as it stands; refuses who left."""
    member = current(member)
    if member.left_at is not None:
        raise MemberLeft()
    return member


def reference_of(order: Order) -> str:
    """Return the reference under which an order of `sales` is a purchase here."""
    return f"{order.shop}:{order.number}" if order.shop else order.number


def has_bought(customer: Customer, *, before: datetime, but: str) -> bool:
    """Say whether a customer bought before a moment, other than in the purchase `but`."""
    bought = Order.objects.filter(
        customer=customer,
        kind=Order.Kind.SALE,
        is_purchase=True,
        is_cancelled=False,
        ordered_at__lt=before,
    )
    return any(reference_of(order) != but for order in bought[:2])


def checkout_by_ref(ref: str) -> Checkout:
    """Return a purchase by the shop's own reference; refuses one that is not there."""
    found = Checkout.objects.select_related("member", "hold").filter(ref=ref).first()
    if found is None:
        raise NoSuchCheckout(ref=ref)
    return found


@prepared
def locked_checkouts(ref: str) -> QuerySet[Checkout]:
    """Return the purchase of this reference, locked until the end of the transaction, or nothing."""
    return Checkout.objects.select_for_update().filter(ref=ref)


def is_first_order(member: Member, *, ref: str, at: datetime) -> bool:
    """Say whether a purchase at a moment is a member's first, at the till and as `sales` knows."""
    earlier = Checkout.objects.filter(member=member, status=Checkout.Status.COMMITTED)
    if earlier.exclude(ref=ref).exists():
        return False
    return not has_bought(member.customer, before=at, but=ref)


# --- balances ----------------------------------------------------------------------------------------


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


def ledger_alarm() -> Event | None:
    """Return what the last replay of the ledger found wrong, or None while it was in balance."""
    told = Event.objects.filter(kind__in=("ledger_out_of_balance", "ledger_in_balance"))
    last = told.order_by("-pk").first()
    return last if last is not None and last.kind == "ledger_out_of_balance" else None


def history_of(member: Member) -> QuerySet[Entry]:
    """Return what happened to a member's points, newest first."""
    return Entry.objects.filter(member=current(member)).order_by("-sequence")
