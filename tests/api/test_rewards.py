"""Rewards and friends over the API: whatever is sent twice is done once."""

from __future__ import annotations

from datetime import datetime

import pytest

from api.conftest import Program
from loyalty.codes_cast import a_set
from loyalty.till import give
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import join_programme, start_programme
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Claim, Member, Referral
from stamgast.loyalty.referrals.actions import code_of, set_rule
from stamgast.loyalty.rewards.actions import make_reward


@pytest.fixture
def member(anna: Customer, at: datetime) -> Member:
    """Anna takes part, with 250 points."""
    start_programme(at=at, by="test")
    made = join_programme(anna, at=at, ref="M-1")[0]
    give(made, 250, at=at)
    return made


def test_a_reward_is_seen_taken_once_and_taken_back(
    shop_program: Program, member: Member, at: datetime
) -> None:
    mug = make_reward(
        name="Mug", kind="gift", points=100, stock=1, requires_purchase=False, currency="EUR", at=at
    )
    facts = {"kind": "experience", "points": 999, "requires_purchase": False, "currency": "EUR"}
    make_reward(name="Dinner", at=at, **facts)
    told = shop_program.get("/rewards", member="M-1").body["items"]
    assert [(one["name"], one["reason"], one["missing"]) for one in told] == [
        ("Mug", "", 0),
        ("Dinner", "too_few_points", 749),
    ]
    assert len(shop_program.get("/rewards").body["items"]) == 2
    for _ in range(2):
        taken = shop_program.post(f"/rewards/{mug.pk}/claims", {"member": "M-1"}, key="k-1")
        assert (taken.status, taken.body["state"]) == (201, "claimed")
    assert taken.headers["Idempotency-Replayed"] == "true"
    assert balance_of(member, as_of=at).available == 150
    other = shop_program.post(f"/rewards/{mug.pk}/claims", {"member": "M-1"}, key="k-2")
    assert (other.status, other.code, other.body["facts"]) == (
        409,
        "may_not_claim",
        {"reason": "out_of_stock"},
    )
    undone = shop_program.post(f"/claims/{taken.body['id']}/undo", {})
    assert (undone.status, undone.body["state"]) == (200, "undone")
    assert shop_program.post(f"/claims/{taken.body['id']}/undo", {}).status == 409
    assert balance_of(member, as_of=at).available == 250
    assert Claim.objects.count() == 1


def test_long_keys_that_differ_at_the_end_are_two_claims(
    shop_program: Program, member: Member, at: datetime
) -> None:
    mug = make_reward(
        name="Mug", kind="gift", points=100, requires_purchase=False, currency="EUR", at=at
    )
    for end in "ab":
        key = "k" * 119 + end
        assert (
            shop_program.post(f"/rewards/{mug.pk}/claims", {"member": "M-1"}, key=key).status == 201
        )
    assert Claim.objects.count() == 2
    assert balance_of(member, as_of=at).available == 50


def test_a_discount_answers_its_code(shop_program: Program, member: Member, at: datetime) -> None:
    codes = a_set(at, kind="amount", percent=None, amount_minor=500)
    five = make_reward(
        name="Five", kind="discount", points=100, currency="EUR", code_set=codes, at=at
    )
    taken = shop_program.post(f"/rewards/{five.pk}/claims", {"member": "M-1"})
    assert len(taken.body["discount_code"]) == 10


def test_what_is_not_there_is_told(shop_program: Program, member: Member) -> None:
    assert shop_program.post("/rewards/99/claims", {"member": "M-1"}).code == "no_such_reward"
    assert shop_program.post("/claims/99/undo", {}).code == "no_such_claim"
    assert shop_program.get("/rewards", member="NOBODY").status == 404


def test_a_friend_is_noted_once_and_oneself_never(
    shop_program: Program, member: Member, daan: Customer, at: datetime
) -> None:
    set_rule(is_on=True, code_set=a_set(at), at=at)
    invitation = code_of(member, at=at).text
    said = {"invitation": invitation, "customer": {"key": "C-1004"}}
    for key in ("k-1", "k-1", "k-2"):
        told = shop_program.post("/friends", said, key=key)
        assert (told.status, len(told.body["discount_code"])) == (201, 10)
    assert Referral.objects.count() == 1
    own = shop_program.post("/friends", {**said, "customer": {"key": "C-1001"}})
    assert (own.status, own.body["facts"]) == (409, {"reason": "self"})
