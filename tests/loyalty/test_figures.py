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
from stamgast.loyalty.actions import (
    add_rule,
    hold_points,
    record_purchase,
    return_order,
    set_programme,
    settle_due,
    spend_points,
)
from stamgast.loyalty.codes.actions import commit_codes, issue_gift_card
from stamgast.loyalty.figures import queries
from stamgast.loyalty.figures.trying import try_rule
from stamgast.loyalty.figures.vat import vat_lines
from stamgast.loyalty.models import Checkout, EarningRule, Member, Programme
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


def test_a_point_is_worth_on_a_past_day_what_it_was_worth_then(
    member: Member, at: datetime
) -> None:
    give(member, 300, at=at - 60 * DAY)
    set_programme(at=at - 50 * DAY, by="test", point_value="2")
    set_programme(at=at - 20 * DAY, by="test", point_value="0.5")
    set_programme(at=at - 10 * DAY, by="test", point_value="0.5", name="Linden")
    worth = [
        queries.books(settings(), as_of=at - days * DAY).full_minor for days in (55, 50, 21, 20, 0)
    ]
    assert worth == [300, 600, 600, 150, 150]


def test_points_that_ended_are_owed_no_more_before_any_job_wrote_it_down(
    member: Member, other: Member, at: datetime
) -> None:
    set_programme(at=at, by="test", validity_months=1, expiry="exact")
    for one in (member, other):
        give(one, 100, at=at, key=f"g-{one.pk}")
    hold_points(other, 40, at=at, key="h-1", until=at + 3 * DAY)
    ended = at + 40 * DAY
    assert queries.books(settings(), as_of=at + 20 * DAY).points == 200
    before = [queries.books(settings(), as_of=ended), queries.books(settings(), as_of=at + DAY)]
    assert [one.points for one in before] == [0, 200]
    settle_due(at=ended)
    assert [queries.books(settings(), as_of=ended), queries.books(settings(), as_of=at + DAY)] == (
        before
    )


def test_a_debt_is_taken_off_what_becomes_available_in_the_figures_too(
    member: Member, buy_for: Buy, at: datetime
) -> None:
    buy_for(member, "R-0", 30.0, at=at - 30 * DAY)
    spend_points(member, 30, at=at, key="s-1")
    return_order("R-0", return_ref="B-0", at=at)
    buy_for(member, "R-1", 100.0)
    assert queries.books(settings(), as_of=at + 13 * DAY).points == 100
    assert queries.books(settings(), as_of=at + 15 * DAY).points == 70


def test_points_that_a_return_takes_back_are_not_used(
    member: Member, buy_for: Buy, at: datetime
) -> None:
    give(member, 60, at=at - 90 * DAY)
    buy_for(member, "R-1", 100.0, at=at - 80 * DAY, points=60)
    return_order("R-1", return_ref="B-1", at=at - 40 * DAY)
    assert [sum(month.redeemed) for month in queries.cohorts(settings(), as_of=at)] == [0, 0]
    assert queries.flows(since=at - 100 * DAY, until=at, zone=ZONE)[-1].redeemed == -60


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


def test_a_first_order_is_tried_on_the_first_there_ever_was(
    programme: Programme, member: Member, other: Member, at: datetime
) -> None:
    buy(member.customer, "A-0", on=at - 500 * DAY)
    buy(member.customer, "A-1", on=at - 10 * DAY)
    for n in range(3):
        buy(other.customer, f"B-{n}", on=at - (20 + n) * DAY)
    tried = try_rule(
        {"kind": "action", "action": "first_order", "points": 100}, at=at, programme=settings()
    )
    assert (tried.points, tried.orders, tried.members) == (100, 1, 1)


def test_of_other_things_that_are_done_past_orders_tell_nothing(
    programme: Programme, member: Member, at: datetime
) -> None:
    buy(member.customer, "A-1", on=at - 10 * DAY)
    rule = {"kind": "action", "action": "review", "points": 100}
    tried = try_rule(rule, at=at, programme=settings())
    assert (tried.is_of_orders, tried.points) == (False, 0)


def test_who_would_reach_a_level_counts_the_rules_there_are(
    per_euro: EarningRule, member: Member, other: Member, at: datetime
) -> None:
    """Twelve points an order by the rule there is: Anna 36, Bram 12."""
    for n in range(3):
        buy(member.customer, f"A-{n}", on=at - (10 + n) * DAY)
    buy(other.customer, "B-1", on=at - 10 * DAY)
    set_rule(measure="points", at=at)
    tier = set_tier(name="Silver", threshold=40, at=at)
    rule = {"kind": "per_order", "points": 5}
    reach = [
        try_rule(rule, at=at, programme=settings(), instead_of=known).reach
        for known in (None, per_euro)
    ]
    assert reach == [[(tier, 1)], [(tier, 0)]]
    uncounted = {**rule, "points": 50, "does_qualify": False}
    assert try_rule(uncounted, at=at, programme=settings()).reach == [(tier, 0)]


@pytest.mark.parametrize(("measure", "threshold"), [("spend", 2500), ("orders", 3)])
def test_who_would_reach_a_level_is_told_by_what_they_bought_too(
    member: Member, other: Member, at: datetime, measure: str, threshold: int
) -> None:
    for n in range(3):
        buy(member.customer, f"A-{n}", on=at - (10 + n) * DAY)
    buy(other.customer, "B-1", on=at - 10 * DAY)
    set_rule(measure=measure, at=at)
    tier = set_tier(name="Silver", threshold=threshold, at=at)
    rule = {"kind": "per_order", "points": 5}
    assert try_rule(rule, at=at, programme=settings()).reach == [(tier, 1)]


def test_a_rule_that_only_begins_is_tried_beside_those_that_hold_now(
    per_euro: EarningRule, member: Member, at: datetime
) -> None:
    buy(member.customer, "A-1", on=at - 10 * DAY)
    for name, begins, ends in (
        ("ended", at - 90 * DAY, at - 80 * DAY),
        ("later", at + DAY, None),
    ):
        add_rule(
            at=at, by="test", name=name, kind="multiplier", factor="3", starts_at=begins,
            ends_at=ends,
        )  # fmt: skip
    rule = {"kind": "multiplier", "factor": "2"}
    assert try_rule(rule, at=at, programme=settings()).points == 12


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
