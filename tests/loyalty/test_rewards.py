"""Rewards: who may have them, and what a claim does and undoes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from loyalty.codes_cast import a_set, hold
from loyalty.till import basket, give
from stamgast.customers.errors import AlreadyClosed, KeyReused
from stamgast.customers.models import Task
from stamgast.loyalty.actions import record_purchase, return_order
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.codes.actions import quote_codes
from stamgast.loyalty.errors import NotEnoughPoints
from stamgast.loyalty.models import Claim, Member, PointsLot, Reward
from stamgast.loyalty.rewards import queries, rules
from stamgast.loyalty.rewards.actions import (
    change_reward,
    claim_reward,
    close_reward,
    fulfil_claim,
    give_reward,
    make_reward,
    reopen_reward,
    undo_claim,
)
from stamgast.loyalty.rewards.errors import BadReward, ClaimInUse, MayNotClaim
from stamgast.loyalty.rewards.rules import Asked
from stamgast.loyalty.tiers.actions import set_tier

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MUG = Asked(points=100, available=150)


@pytest.mark.parametrize(
    ("change", "reason", "is_seen"),
    [
        ({}, "", True),
        ({"available": 99}, "too_few_points", True),
        ({"left": 0}, "out_of_stock", True),
        ({"left": 1}, "", True),
        ({"is_open": False}, "closed", False),
        ({"starts_at": AT + timedelta(1)}, "not_started", True),
        ({"ends_at": AT}, "ended", False),
        ({"tiers": frozenset({"gold"})}, "other_tier", False),
        ({"tiers": frozenset({"gold"}), "mine": frozenset({"silver", "gold"})}, "", True),
        ({"most_each": 2, "had": 2}, "had_enough", True),
        ({"most_each": 2, "had": 1}, "", True),
        ({"has_left": True}, "left", False),
        ({"lacks_purchase": True}, "needs_purchase", True),
    ],
)
def test_who_sees_a_reward_and_who_may_have_it(
    change: dict[str, Any], reason: str, is_seen: bool
) -> None:
    asked = replace(MUG, **change)
    assert rules.refusal_of(asked, at=AT) == reason
    assert rules.may_see(asked, at=AT) is is_seen


GOOD: dict[str, Any] = {
    "name": "Mug", "text": "", "kind": "gift", "points": 100, "currency": "EUR", "code_days": 90,
    "vat_kind": "discount", "requires_purchase": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "car"}, "kind"),
        ({"points": 0}, "points"),
        ({"points": 2.5}, "points"),
        ({"points": 10**10}, "points"),
        ({"stock": -1}, "stock"),
        ({"cost_minor": -1}, "cost_minor"),
        ({"kind": "discount"}, "code_set"),  # a discount is given as a code
        ({"vat_kind": "multi_purpose"}, "requires_purchase"),  # with a purchase it is no voucher
        ({"vat_kind": "single_purpose", "requires_purchase": False}, "vat_rate"),
        ({"starts_at": AT, "ends_at": AT}, "ends_at"),
    ],
)
def test_refuses_a_reward_that_cannot_be(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadReward) as refused:
        rules.check_reward({**GOOD, **change})
    assert refused.value.facts == {"field": field}


def test_a_voucher_says_how_it_is_taxed() -> None:
    free = {"requires_purchase": False}
    rules.check_reward({**GOOD, **free, "vat_kind": "multi_purpose"})
    rules.check_reward({**GOOD, **free, "vat_kind": "single_purpose", "vat_rate": Decimal(9)})


@pytest.fixture
def mug(at: datetime) -> Reward:
    """A mug of a hundred points, of which there are two."""
    return make_reward(
        name="Mug", kind="gift", points=100, stock=2, cost_minor=350, requires_purchase=False,
        currency="EUR", at=at,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_claim_takes_points_and_stock_and_gives_a_colleague_a_task(
    member: Member, mug: Reward, at: datetime
) -> None:
    give(member, 250, at=at)
    claim = claim_reward(mug, member, key="c-1", at=at)
    assert balance_of(member, as_of=at).available == 150
    assert (claim.state, claim.cost_minor) == ("claimed", 350)
    task = Task.objects.get()
    assert (task.title, task.reason, task.customer_id) == ("Mug", "reward", member.customer_id)
    mug.refresh_from_db()
    assert mug.claimed == 1
    fulfil_claim(claim, at=at)
    assert Task.objects.get().done_at == at
    with pytest.raises(AlreadyClosed):
        fulfil_claim(claim, at=at)


@pytest.mark.django_db
def test_the_same_claim_twice_is_one(
    member: Member, mug: Reward, other: Member, at: datetime
) -> None:
    give(member, 250, at=at)
    first = claim_reward(mug, member, key="c-1", at=at)
    assert claim_reward(mug, member, key="c-1", at=at + timedelta(hours=1)) == first
    assert balance_of(member, as_of=at).available == 150
    with pytest.raises(KeyReused):
        claim_reward(mug, other, key="c-1", at=at)


@pytest.mark.django_db
def test_refuses_a_claim_without_points_and_takes_nothing(
    member: Member, mug: Reward, at: datetime
) -> None:
    give(member, 99, at=at)
    with pytest.raises(NotEnoughPoints):
        claim_reward(mug, member, key="c-1", at=at)
    mug.refresh_from_db()
    assert mug.claimed == 0
    assert not Claim.objects.exists()
    assert not Task.objects.exists()


@pytest.mark.django_db
def test_refuses_what_is_out_of_stock_closed_or_had_often_enough(
    member: Member, mug: Reward, at: datetime
) -> None:
    give(member, 1000, at=at)
    change_reward(mug, most_each=1, at=at)
    claim_reward(mug, member, key="c-1", at=at)
    for change, reason in (
        ({}, "had_enough"),
        ({"most_each": None, "stock": 1}, "out_of_stock"),
    ):
        change_reward(mug, at=at, **change)
        with pytest.raises(MayNotClaim) as refused:
            claim_reward(mug, member, key="c-2", at=at)
        assert refused.value.facts == {"reason": reason}
    close_reward(mug, at=at)
    with pytest.raises(MayNotClaim) as refused:
        claim_reward(mug, member, key="c-2", at=at)
    assert refused.value.facts == {"reason": "closed"}
    reopen_reward(mug, at=at)
    with pytest.raises(BadReward):
        change_reward(mug, stock=0, at=at)  # one is out


@pytest.mark.django_db
def test_undoing_gives_points_back_to_their_own_lot_and_stock_and_task(
    member: Member, mug: Reward, at: datetime
) -> None:
    give(member, 250, at=at)
    lot = PointsLot.objects.get()
    claim = claim_reward(mug, member, key="c-1", at=at)
    undone = undo_claim(claim, at=at + timedelta(days=1))
    assert balance_of(member, as_of=at + timedelta(days=1)).available == 250
    assert PointsLot.objects.get().expires_at == lot.expires_at
    assert undone.reversal is not None
    mug.refresh_from_db()
    assert mug.claimed == 0
    assert Task.objects.get().done_at is not None
    with pytest.raises(AlreadyClosed):
        undo_claim(claim, at=at)
    change_reward(mug, most_each=1, at=at)
    claim_reward(mug, member, key="c-2", at=at + timedelta(days=1))  # it counts as not had


@pytest.mark.django_db
def test_a_discount_gives_a_code_at_once_that_dies_with_the_claim(
    member: Member, at: datetime
) -> None:
    from loyalty.codes_cast import CART

    codes = a_set(at, kind="amount", percent=None, amount_minor=500, uses_per_code=1)
    five = make_reward(
        name="Five euros", kind="discount", points=100, currency="EUR", code_set=codes, at=at
    )
    give(member, 500, at=at)
    first, second = (claim_reward(five, member, key=f"c-{n}", at=at) for n in range(2))
    assert first.state == "fulfilled"
    assert not Task.objects.exists()
    assert first.code is not None
    assert second.code is not None
    said = quote_codes(CART, [first.code.text], customer=member.customer, at=at)
    assert said[0].amount_minor == 500
    undo_claim(first, at=at)
    said = quote_codes(CART, [first.code.text], customer=member.customer, at=at)
    assert said[0].reason == "closed"
    hold("cart", second.code.text, at=at, customer=member.customer)
    with pytest.raises(ClaimInUse):
        undo_claim(second, at=at)
    assert balance_of(member, as_of=at).available == 400


@pytest.mark.django_db
def test_a_member_is_shown_what_is_theirs_and_what_is_missing(
    member: Member, mug: Reward, at: datetime
) -> None:
    gold = set_tier(name="Gold", threshold=10**6, at=at)
    make_reward(
        name="Dinner", kind="experience", points=50, tiers=[gold.code], currency="EUR", at=at
    )
    shown = queries.rewards_for(member, available=60, at=at)
    assert [(one.reward.name, one.reason, one.missing) for one in shown] == [
        ("Mug", "too_few_points", 40)
    ]


@pytest.mark.django_db
def test_a_reward_that_goes_with_a_purchase_is_had_once_after_each(
    member: Member, mug: Reward, at: datetime
) -> None:
    give(member, 1000, at=at)
    change_reward(mug, requires_purchase=True, stock=None, at=at)

    def refused(key: str, when: datetime) -> bool:
        try:
            claim_reward(mug, member, key=key, at=when)
        except MayNotClaim as refusal:
            return bool(refusal.facts == {"reason": "needs_purchase"})
        return False

    assert refused("c-1", at)
    assert queries.rewards_for(member, available=1000, at=at)[0].reason == "needs_purchase"
    record_purchase(basket("R-1", 50), member, at=at)
    late = at + timedelta(days=30)
    assert refused("c-1", late)
    first = claim_reward(mug, member, key="c-1", at=at)
    assert refused("c-2", at)
    undo_claim(first, at=at)
    claim_reward(mug, member, key="c-3", at=at)
    record_purchase(basket("R-2", 50), member, at=at)
    return_order("R-2", return_ref="all", at=at)
    assert refused("c-4", at)
    assert give_reward(mug, member, key="c-5", at=at).points == 0  # given, it goes with nothing
