"""Reads of the programme: its settings, members, and the rules that hold."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import F, QuerySet

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
    Member,
    PastPointValue,
    Programme,
    RuleVersion,
)
from stamgast.sales.models import Order

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


# --- the ledger -----------------------------------------------------------------------------------


def ledger_alarm() -> Event | None:
    """Return what the last replay of the ledger found wrong, or None while it was in balance."""
    told = Event.objects.filter(kind__in=("ledger_out_of_balance", "ledger_in_balance"))
    last = told.order_by("-pk").first()
    return last if last is not None and last.kind == "ledger_out_of_balance" else None


def history_of(member: Member) -> QuerySet[Entry]:
    """Return what happened to a member's points, newest first."""
    return Entry.objects.filter(member=current(member)).order_by("-sequence")
