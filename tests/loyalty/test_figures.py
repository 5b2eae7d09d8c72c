"""The programme's figures come from the ledger and the orders, at any moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from cast import buy
from loyalty.codes_cast import a_card_set, a_set, hold
from loyalty.till import basket, give
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import record_purchase, spend_points
from stamgast.loyalty.codes.actions import commit_codes, issue_gift_card
from stamgast.loyalty.figures import queries
from stamgast.loyalty.figures.trying import try_rule
from stamgast.loyalty.figures.vat import vat_lines
from stamgast.loyalty.models import Checkout, Member, Programme
from stamgast.loyalty.queries import programme as settings
from stamgast.loyalty.rewards.actions import claim_reward, make_reward, undo_claim
from stamgast.loyalty.tiers.actions import judge_members, set_rule, set_tier

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ZONE = ZoneInfo("Europe/Amsterdam")
Buy = Callable[..., Checkout]


def test_what_came_and_went_per_month(member: Member, buy_for: Buy, at: datetime) -> None:
    buy_for(member, "R-1", 300.0, at=at - 60 * DAY)
    spend_points(member, 100, at=at - 30 * DAY, key="s-1", reason="Mug")
    found = queries.flows(since=at - 90 * DAY, until=at, zone=ZONE)
    assert [(f.month.month, f.issued, f.redeemed, f.expired) for f in found] == [
        (9, 300, 0, 0),
        (10, 0, 100, 0),
    ]


def test_the_liability_of_a_day_that_is_past_does_not_change(
    member: Member, buy_for: Buy, at: datetime
) -> None:
    buy_for(member, "R-1", 300.0, at=at - 60 * DAY)
    then = at - 45 * DAY
    before = queries.books(settings(), as_of=then)
    assert (before.points, before.full_minor, before.share) == (300, 300, None)
    spend_points(member, 100, at=at - 30 * DAY, key="s-1", reason="Mug")
    assert queries.books(settings(), as_of=then) == before
    assert queries.books(settings(), as_of=at).points == 200
    assert queries.books(settings(), as_of=at - 61 * DAY).points == 0


def test_what_is_expected_follows_months_that_lived(
    member: Member, other: Member, buy_for: Buy, at: datetime
) -> None:
    for place, one in enumerate((member, other)):
        came = at - (150 - 31 * place) * DAY
        buy_for(one, f"R-{place}", 1000.0, at=came)
        for n in range(10):
            spend_points(one, 20, at=came + 40 * DAY, key=f"s-{place}-{n}", reason="Mug")
    share = queries.books(settings(), as_of=at).share
    assert share is not None
    assert share.value == pytest.approx(0.2)
    assert share.cohorts == 2


def test_cost_and_margin_stand_per_tier(
    member: Member, anna: Customer, other: Member, at: datetime
) -> None:
    set_rule(measure="spend", at=at)
    set_tier(
        name="Silver",
        threshold=5000,
        benefits=[{"kind": "other", "text": "x", "cost_minor": 70}],
        at=at,
    )
    for n in range(6):  # ten euros without VAT each, which cost five
        buy(anna, f"R-{n}", on=at - n * DAY)
    judge_members(at=at)
    give(member, 500, at=at)
    mug = make_reward(
        name="Mug", kind="gift", points=100, cost_minor=350, requires_purchase=False,
        currency="EUR", at=at,
    )  # fmt: skip
    claim_reward(mug, member, key="c-1", at=at)
    spend_points(member, 50, at=at, key="s-1", reason="at the till")
    none, silver = queries.by_tier(settings(), at=at)
    assert (none.tier, none.members, none.cost_minor) == (None, 1, 0)
    assert (silver.members, silver.revenue_minor, silver.margin_minor) == (1, 6000, 3000)
    assert silver.cost_minor == 350 + 50 + 70  # the mug, fifty points of a cent, the benefit
    assert queries.members_share(settings(), at=at) == 1.0


def test_a_rule_is_tried_on_orders_of_the_past_and_writes_nothing(
    programme: Programme, member: Member, anna: Customer, bram: Customer, at: datetime
) -> None:
    for n in range(3):
        buy(anna, f"R-{n}", on=at - (10 + 40 * n) * DAY)  # 12.10 each
    buy(bram, "B-1", on=at - 10 * DAY)
    rule = {"kind": "per_amount", "points": 2, "per_minor": 100}
    tried = try_rule(rule, at=at, programme=settings())
    assert (tried.points, tried.orders, tried.members) == (72, 3, 1)
    assert [month.points for month in tried.months] == [24, 24, 24]
    assert tried.liability_minor == 72
    everyone = try_rule(rule, at=at, programme=settings(), only_members=False)
    assert (everyone.orders, everyone.members) == (4, 2)
    doubled = {"kind": "multiplier", "factor": "2"}
    assert try_rule(doubled, at=at, programme=settings()).points == 36
    set_rule(measure="points", at=at)
    tier = set_tier(name="Silver", threshold=50, at=at)
    assert try_rule(rule, at=at, programme=settings()).reach == [(tier, 1)]


def test_the_tax_office_sees_each_kind_apart(member: Member, at: datetime) -> None:
    give(member, 1000, at=at)
    facts = {"kind": "product", "points": 100, "currency": "EUR", "at": at, "cost_minor": 200}
    beans = make_reward(
        name="Beans", vat_kind="single_purpose", vat_rate=Decimal(9), requires_purchase=False,
        **facts,
    )  # fmt: skip
    mug = make_reward(name="Mug", **facts)
    for ref in ("R-1", "R-2"):  # a reward goes with each
        record_purchase(basket(ref, 10), member, at=at)
    claim_reward(beans, member, key="c-1", at=at)
    claim_reward(mug, member, key="c-2", at=at)
    undo_claim(claim_reward(mug, member, key="c-3", at=at), at=at)
    card = issue_gift_card(a_card_set(at), amount_minor=5000, at=at, key="sale")
    a_set(at, "TEN")
    hold("cart", "TEN", card.text, at=at)
    commit_codes("cart", at=at)
    found = vat_lines(since=at - DAY, until=at + DAY)
    assert [
        (line.what, line.vat_kind, line.vat_rate, line.times, line.amount_minor) for line in found
    ] == [
        ("card_sold", "multi_purpose", None, 1, 5000),
        ("card_used", "multi_purpose", None, 1, 4995),
        ("code", "discount", None, 1, 500),
        ("reward", "discount", None, 1, 200),
        ("reward", "single_purpose", Decimal(9), 1, 200),
    ]
    assert vat_lines(since=at + DAY, until=at + 2 * DAY) == []
