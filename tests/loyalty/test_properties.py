"""What holds whatever happens: any interleaving keeps the books, any split of a return is the whole.

A plain model counts along: it knows nothing of lots, legs or rows, only what a member should have.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty.codes_cast import a_card_set, a_set
from loyalty.till import give
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import (
    Basket,
    ReturnedLine,
    add_rule,
    correct_points,
    hold_points,
    join_programme,
    quote,
    record_purchase,
    release_hold,
    return_order,
    reverse_entry,
    set_programme,
    settle_member,
    spend_points,
    start_programme,
    transfer_points,
)
from stamgast.loyalty.actions.points import commit_hold
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.codes.actions import issue_gift_card
from stamgast.loyalty.errors import AlreadyReversed, HoldLapsed, NotEnoughPoints, ReturnTooLarge
from stamgast.loyalty.models import Checkout, CodeUse, Entry, Member, Wallet
from stamgast.loyalty.replay import verify
from stamgast.loyalty.rules import BoughtLine, FrozenLine, came_back, part_of

pytestmark = pytest.mark.django_db
IS_LONG = "--long" in sys.argv
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo whatever the block wrote."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- any interleaving ------------------------------------------------------------------------------


class Programme(RuleBasedStateMachine):
    """A member and another, to whom anything may happen in any order; nothing ends here."""

    months = 0  # that points are valid

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.at = START
        self.count = 0
        self.net: dict[
            int, int
        ] = {}  # what each should have, less what they owe, before anything ended
        self.holds: dict[int, tuple[Member, int]] = {}
        self.orders: dict[str, tuple[Member, int]] = {}  # open orders: what a full return changes

    @initialize()
    def open_shop(self) -> None:
        start_programme(at=START, by="test")
        set_programme(
            at=START,
            by="test",
            pending_days=3,
            validity_months=self.months,
            expiry="exact",
            grace_days=5,
        )
        add_rule(at=START, by="test", name="Euro", kind="per_amount", points=1)
        self.people = []
        for number in range(2):
            customer = Customer.objects.create(made_at=START, changed_at=START)
            self.people.append(join_programme(customer, at=START, ref=f"P-{number}")[0])
        self.net = {one.pk: 0 for one in self.people}

    def _key(self) -> str:
        self.count += 1
        return f"k{self.count}"

    def _who(self, number: int) -> Member:
        return self.people[number]

    @rule(who=st.integers(0, 1), points=st.integers(1, 500))
    def give(self, who: int, points: int) -> None:
        give(self._who(who), points, at=self.at, key=self._key())
        self.net[self._who(who).pk] += points

    @rule(who=st.integers(0, 1), points=st.integers(1, 300))
    def spend(self, who: int, points: int) -> None:
        member = self._who(who)
        can = balance_of(member, as_of=self.at).available
        try:
            spend_points(member, points, at=self.at, key=self._key())
        except NotEnoughPoints:
            assert points > can
        else:
            assert points <= can
            self.net[member.pk] -= points

    @rule(who=st.integers(0, 1), points=st.integers(1, 300), minutes=st.integers(1, 3000))
    def hold(self, who: int, points: int, minutes: int) -> None:
        member = self._who(who)
        until = self.at + timedelta(minutes=minutes)
        if points <= balance_of(member, as_of=self.at).available:
            kept = hold_points(member, points, at=self.at, key=self._key(), until=until)
            self.holds[kept.made or 0] = (member, points)

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 9), part=st.integers(0, 300))
    def commit(self, which: int, part: int) -> None:
        hold = sorted(self.holds)[which % len(self.holds)]
        member, points = self.holds.pop(hold)
        try:
            commit_hold(hold, at=self.at, key=self._key(), points=min(part, points))
        except HoldLapsed:
            pass
        else:
            self.net[member.pk] -= min(part, points)

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 9))
    def release(self, which: int) -> None:
        hold = sorted(self.holds)[which % len(self.holds)]
        del self.holds[hold]
        with suppress(HoldLapsed):
            release_hold(hold, at=self.at)

    @rule(who=st.integers(0, 1), euros=st.integers(1, 400), points=st.integers(0, 200))
    def buy(self, who: int, euros: int, points: int) -> None:
        member, ref = self._who(who), self._key()
        points = min(points, euros * 100, balance_of(member, as_of=self.at).available)
        lines = [
            BoughtLine("A", "", Decimal(4), euros * 75),
            BoughtLine("B", "", Decimal(1), euros * 25),
        ]
        done, _ = record_purchase(Basket(ref, "EUR", lines), member, at=self.at, points=points)
        self.net[member.pk] += done.earned - points
        self.orders[ref] = (member, 0)

    @precondition(lambda self: self.orders)
    @rule(which=st.integers(0, 9), what=st.sampled_from(["A", "B", "all"]))
    def send_back(self, which: int, what: str) -> None:
        ref = sorted(self.orders)[which % len(self.orders)]
        member, _ = self.orders[ref]
        lines = None if what == "all" else [ReturnedLine(what, Decimal(1))]
        try:
            done = return_order(ref, return_ref=self._key(), lines=lines, at=self.at)
        except ReturnTooLarge:
            return
        self.net[member.pk] += done.given_back - done.taken_back
        if what == "all":
            checkout = Checkout.objects.get(ref=ref)
            assert (checkout.given_back, checkout.taken_back) == (checkout.spent, checkout.earned)

    @rule(who=st.integers(0, 1), points=st.integers(-300, 300).filter(bool))
    def correct(self, who: int, points: int) -> None:
        member = self._who(who)
        correct_points(member, points, at=self.at, key=self._key(), by="test", reason="mistake")
        self.net[member.pk] += points

    @rule(who=st.integers(0, 1), points=st.integers(1, 200))
    def transfer(self, who: int, points: int) -> None:
        giver, taker = self._who(who), self._who(1 - who)
        if points <= balance_of(giver, as_of=self.at).available:
            transfer_points(giver, taker, points, at=self.at, key=self._key(), by="t", reason="r")
            self.net[giver.pk] -= points
            self.net[taker.pk] += points

    @rule(which=st.integers(0, 9))
    def undo_grant(self, which: int) -> None:
        grants = list(Entry.objects.filter(kind="grant").order_by("pk"))
        if not grants:
            return
        entry = grants[which % len(grants)]
        try:
            reverse_entry(entry, at=self.at, by="test", reason="wrong", key=self._key())
        except AlreadyReversed:
            pass
        else:
            self.net[entry.member_id] -= entry.points

    @rule(minutes=st.sampled_from([1, 45, 60 * 24, 60 * 24 * 4, 60 * 24 * 16]))
    def wait(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    @rule(who=st.integers(0, 1))
    def settle(self, who: int) -> None:
        settle_member(self._who(who), at=self.at)

    @invariant()
    def members_have_what_they_should(self) -> None:
        for member in getattr(self, "people", ()):
            now = balance_of(member, as_of=self.at)
            has = now.available + now.pending + now.reserved - now.owed
            assert has == self.net[member.pk] - self.ended(member)
            assert now.available == 0 or now.owed == 0

    def ended(self, member: Member) -> int:
        """Return how many of a member's points ended by now."""
        return 0

    def teardown(self) -> None:
        try:
            assert verify().differences == {}
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)


class ShortLived(Programme):
    """The same where points live for a month: what ends meets what moves, returns and is undone."""

    months = 1
    lasts = timedelta(days=31 + 1 + 3 + 5)  # a month to the end of its day, pending, and grace

    def ended(self, member: Member) -> int:
        """Ask the book itself, in passing."""
        with rolled_back():
            settle_member(member, at=self.at)
            return Wallet.objects.get(member=member, kind="spendable").expired

    @rule(who=st.integers(0, 1), days=st.integers(0, 50))
    def a_late_job_changes_nothing(self, who: int, days: int) -> None:
        member, then = self._who(who), self.at + timedelta(days=days)
        before = [balance_of(member, as_of=moment) for moment in (self.at, then)]
        with rolled_back():
            settle_member(member, at=then)
            assert balance_of(member, as_of=then) == before[1]
        settle_member(member, at=self.at)
        assert [balance_of(member, as_of=moment) for moment in (self.at, then)] == before

    @invariant()
    def nothing_outlives_its_month(self) -> None:
        for member in getattr(self, "people", ()):
            ends = [one.at for one in balance_of(member, as_of=self.at).expiring]
            assert all(self.at < end <= self.at + self.lasts for end in ends)
            later = balance_of(member, as_of=self.at + self.lasts)
            assert (later.available, later.pending, later.reserved) == (0, 0, 0)


@pytest.mark.parametrize("machine", [Programme, ShortLived])
def test_any_interleaving_keeps_the_books(machine: type[Programme]) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=150 if IS_LONG else 8,
            stateful_step_count=60 if IS_LONG else 25,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- any split of a return --------------------------------------------------------------------------

LINES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 20_000), st.integers(0, 90_000_000)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=400, derandomize=True, database=None)
@given(lines=LINES, points=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_any_split_of_a_return_takes_and_gives_what_the_whole_does(
    lines: list[tuple[int, int, int]], points: int, order: object
) -> None:
    frozen = [
        FrozenLine(f"S-{place}", pieces * 1000, amount, weight)
        for place, (pieces, amount, weight) in enumerate(lines)
    ]
    steps = [place for place, line in enumerate(frozen) for _ in range(line.quantity // 1000)]
    order.shuffle(steps)  # type: ignore[attr-defined]
    returned: dict[int, int] = {}
    before = (Fraction(0), Fraction(0))
    for place in steps:
        returned[place] = returned.get(place, 0) + 1000
        now = came_back(frozen, returned, 0)
        assert before[0] <= now[0] <= 1
        assert before[1] <= now[1] <= 1
        before = now
    assert before == (1, 1)
    assert part_of(points, before[0]) == points


@settings(
    max_examples=60 if IS_LONG else 6,
    derandomize=True,
    database=None,
    suppress_health_check=_QUIET,
)
@given(
    amounts=st.lists(st.integers(1, 9_999), min_size=1, max_size=5),
    spent=st.integers(0, 400),
    percent=st.integers(0, 100),
    order=st.randoms(use_true_random=False),
)
def test_a_purchase_returned_in_pieces_ends_where_one_return_ends(
    member: Member,
    other: Member,
    at: datetime,
    amounts: list[int],
    spent: int,
    percent: int,
    order: object,
) -> None:
    with rolled_back():
        card = issue_gift_card(a_card_set(at), amount_minor=10_000, at=at, key="card")
        codes = [card.text]
        if percent:
            a_set(at, "OFF", percent=Decimal(percent), skus=["S-0", "S-2"])
            codes.append("OFF")
        lines = [BoughtLine(f"S-{n}", "", Decimal(1), paid) for n, paid in enumerate(amounts)]
        for one, name in ((member, "m"), (other, "o")):
            give(one, 400, at=at, key=f"{name}start")
            told = Basket(name, "EUR", lines, codes, 495)
            can = quote(told, one, at=at, points=spent).spend
            record_purchase(told, one, at=at, points=can)
        return_order("o", return_ref="whole", at=at)
        skus = [line.sku for line in lines]
        order.shuffle(skus)  # type: ignore[attr-defined]
        for sku in skus:
            return_order("m", return_ref=sku, lines=[ReturnedLine(sku, Decimal(1))], at=at)
        assert balance_of(member, as_of=at) == balance_of(other, as_of=at)
        assert balance_of(member, as_of=at).available == 400
        assert all(use.back_minor == use.amount_minor for use in CodeUse.objects.all())
        card.refresh_from_db()
        assert card.balance_minor == 10_000
