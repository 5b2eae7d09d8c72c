"""Which tier somebody has, and when they lose it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from cast import buy
from loyalty.till import basket
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.loyalty.actions import (
    commit_checkout,
    hold_checkout,
    quote,
    record_purchase,
    return_order,
)
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Checkout, Member, MemberTier, Tier
from stamgast.loyalty.tiers import queries, rules
from stamgast.loyalty.tiers.actions import judge_members, remove_tier, set_rule, set_tier
from stamgast.loyalty.tiers.errors import BadTier
from stamgast.loyalty.tiers.rules import Level, Standing
from stamgast.loyalty.worth.actions import draw_benefit, open_benefit
from stamgast.measurement.models import Lot

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
LEVELS = [Level(1, 100), Level(2, 500), Level(3, 1000)]
BRONZE, SILVER, GOLD = LEVELS


@pytest.mark.parametrize(
    ("window", "months", "joined", "day", "stretches"),
    [
        ("rolling", 12, "2020-01-01", "2026-11-20", "2025-11-21 2026-11-21"),
        ("rolling", 1, "2020-01-01", "2026-03-30", "2026-02-28 2026-03-31"),
        (
            "calendar_year", 12, "2020-01-01", "2026-11-20",
            "2025-01-01 2026-01-01, 2026-01-01 2026-11-21",
        ),
        ("since_joining", 12, "2026-03-05", "2026-11-20", "2026-03-05 2026-11-21"),
        (
            "since_joining", 12, "2024-12-01", "2026-11-20",
            "2024-12-01 2025-12-01, 2025-12-01 2026-11-21",
        ),
        (
            "since_joining", 12, "2024-02-29", "2026-11-20",
            "2025-02-28 2026-02-28, 2026-02-28 2026-11-21",
        ),
        (
            "since_joining", 12, "2025-11-20", "2026-11-20",
            "2025-11-20 2026-11-20, 2026-11-20 2026-11-21",
        ),
    ],
)  # fmt: skip
def test_the_stretches_of_days_that_count(
    window: str, months: int, joined: str, day: str, stretches: str
) -> None:
    found = rules.windows_of(
        window, months=months, joined_on=date.fromisoformat(joined), day=date.fromisoformat(day)
    )
    assert ", ".join(f"{start} {end}" for start, end in found) == stretches


def _judged(
    standing: Standing, measured: int, *, way: str = "one_down", days: int = 60
) -> Standing:
    return rules.judged(
        standing, measured, LEVELS, at=AT, downgrade=way, grace=timedelta(days=days)
    )


def test_up_goes_at_once_and_as_far_as_one_reaches() -> None:
    assert _judged(Standing(), 99) == Standing()
    assert _judged(Standing(), 100) == Standing(BRONZE)
    assert _judged(Standing(), 1000) == Standing(GOLD)


def test_down_comes_after_the_grace_one_step_or_straight() -> None:
    assert _judged(Standing(GOLD), 120) == Standing(GOLD, AT + 60 * DAY, SILVER)
    assert _judged(Standing(GOLD), 120, way="straight") == Standing(GOLD, AT + 60 * DAY, BRONZE)
    assert _judged(Standing(BRONZE), 0) == Standing(BRONZE, AT + 60 * DAY, None)
    assert _judged(Standing(GOLD), 120, days=0) == Standing(SILVER)


def test_the_grace_is_not_made_longer_by_looking_again_and_ends_when_one_qualifies() -> None:
    in_grace = Standing(GOLD, AT + DAY, SILVER)
    assert _judged(in_grace, 120) == in_grace
    assert _judged(in_grace, 1000) == Standing(GOLD)


def test_when_the_grace_is_over_the_tier_is_gone_before_anybody_writes_it() -> None:
    over = Standing(GOLD, AT, SILVER)
    assert rules.now_of(over, at=AT - timedelta(seconds=1)) == GOLD
    assert rules.now_of(over, at=AT) == SILVER
    assert _judged(over, 600) == Standing(SILVER)


def test_a_tier_that_was_removed_leaves_what_one_qualifies_for() -> None:
    assert _judged(Standing(Level(9, 700)), 600) == Standing(SILVER)


@pytest.mark.parametrize(
    ("measured", "ahead", "missing", "share"),
    [(0, BRONZE, 100, 0.0), (250, SILVER, 250, 0.5), (1000, None, 0, 1.0), (-50, BRONZE, 150, 0.0)],
)
def test_progress_says_what_is_missing(
    measured: int, ahead: Level | None, missing: int, share: float
) -> None:
    assert rules.progress(measured, LEVELS) == rules.Progress(measured, ahead, missing, share)


# --- with members ---------------------------------------------------------------------------------


@pytest.fixture
def two_tiers(at: datetime) -> list[Tier]:
    """Silver from a hundred euros in a year, gold from two hundred."""
    set_rule(measure="spend", window="rolling", months=12, grace_days=30, at=at)
    free = {"kind": "free_shipping", "text": "Free delivery", "value_minor": 2000}
    return [
        set_tier(name="Silver", threshold=10_000, benefits=[free], at=at),
        set_tier(name="Gold", threshold=20_000, at=at),
    ]


def _tier(member: Member, at: datetime) -> str:
    tier = queries.present_tier(member, at=at)
    return tier.code if tier else ""


@pytest.mark.django_db
def test_members_get_a_tier_for_what_they_spent_and_lose_it_a_year_later(
    member: Member, anna: Customer, two_tiers: list[Tier], at: datetime
) -> None:
    for n in range(11):  # eleven times ten euros without VAT
        buy(anna, f"R-{n}", on=at - n * DAY)
    assert judge_members(at=at) == 1
    assert judge_members(at=at) == 0
    assert _tier(member, at) == "silver"
    later = at + timedelta(days=370)
    assert judge_members(at=later) == 1  # the grace begins
    assert _tier(member, later) == "silver"
    over = later + timedelta(days=30)
    assert _tier(member, over) == ""  # though nobody looked yet
    late = over + timedelta(days=5)
    assert judge_members(at=late) == 1
    ended = MemberTier.objects.get(tier__code="silver")
    assert ended.until == over  # when the grace ended, not when it was written
    told = Event.objects.filter(kind__startswith="tier_", facts__member=member.pk).order_by("pk")
    assert [event.kind for event in told] == ["tier_reached", "tier_grace_began", "tier_lost"]


@pytest.mark.django_db
def test_what_came_back_and_what_was_cancelled_does_not_count(
    member: Member, anna: Customer, two_tiers: list[Tier], at: datetime
) -> None:
    orders = [buy(anna, f"R-{n}", on=at - n * DAY) for n in range(11)]
    for order in orders[:2]:
        order.is_cancelled = True
        order.save(update_fields=["is_cancelled"])
    judge_members(at=at)
    assert _tier(member, at) == ""
    shown = queries.shown(member, at=at)
    assert shown is not None
    assert shown.next is not None
    assert (shown.next.code, shown.progress.measured, shown.progress.missing) == (
        "silver",
        9000,
        1000,
    )


@pytest.mark.django_db
def test_points_that_qualify_count_and_points_to_spend_do_not(
    member: Member, buy_for: Callable[..., Checkout], two_tiers: list[Tier], at: datetime
) -> None:
    set_rule(measure="points", at=at)
    for tier, threshold in zip(two_tiers, (100, 200), strict=True):
        set_tier(tier=tier, name=tier.name, threshold=threshold, at=at)
    buy_for(member, "R-1", 150.0)
    judge_members(at=at + timedelta(minutes=1))
    assert _tier(member, at) == "silver"
    assert queries.tiers_at(member.customer, at=at) == ["silver"]


@pytest.mark.django_db
def test_who_has_gold_has_silver_too_and_who_left_has_none(
    member: Member, anna: Customer, two_tiers: list[Tier], at: datetime
) -> None:
    for n in range(21):
        buy(anna, f"R-{n}", on=at - n * DAY)
    judge_members(at=at)
    assert queries.tiers_at(anna, at=at) == ["silver", "gold"]
    Member.objects.update(left_at=at)
    assert queries.tiers_at(anna, at=at) == []


@pytest.mark.django_db
def test_a_removed_tier_is_no_tier_any_more(
    member: Member, anna: Customer, two_tiers: list[Tier], at: datetime
) -> None:
    for n in range(21):
        buy(anna, f"R-{n}", on=at - n * DAY)
    judge_members(at=at)
    remove_tier(two_tiers[1], at=at)
    judge_members(at=at + DAY)
    assert _tier(member, at + DAY) == "silver"


@pytest.mark.django_db
def test_refuses_tiers_and_rules_that_cannot_be(two_tiers: list[Tier], at: datetime) -> None:
    for facts, field in (
        ({"name": " ", "threshold": 5}, "name"),
        ({"name": "X", "threshold": 0}, "threshold"),
        ({"name": "X", "threshold": 10_000}, "threshold"),  # silver has that
        ({"name": "X", "threshold": 5, "benefits": [{"kind": "car", "text": "x"}]}, "benefits"),
        (
            {"name": "X", "threshold": 5, "benefits": [
                {"kind": "other", "text": "x", "value_minor": -1}]},
            "benefits",
        ),
    ):  # fmt: skip
        with pytest.raises(BadTier) as refused:
            set_tier(at=at, **facts)  # type: ignore[arg-type]
        assert refused.value.facts == {"field": field}
    for change in ({"measure": "luck"}, {"months": 0}, {"grace_days": -1}, {"window": "ever"}):
        with pytest.raises(BadTier):
            set_rule(at=at, **change)


def test_extra_points_of_a_tier_multiply_what_a_purchase_earns(
    member: Member, other: Member, at: datetime
) -> None:
    extra = {"kind": "extra_points", "text": "Half as many again", "factor": "1.5"}
    silver = set_tier(name="Silver", threshold=100, benefits=[extra], at=at)
    for one in (member, other):
        MemberTier.objects.create(member=one, tier=silver, since=at)
    assert quote(basket("Q", 100), member, at=at).earns == 150
    first = record_purchase(basket("A", 100), member, at=at)[0]
    assert first.earned == 150
    assert [effect["name"] for effect in first.effects] == ["Silver"]
    hold_checkout(basket("B", 100), member, at=at)
    assert commit_checkout("B", at=at).earned == 150
    return_order("A", return_ref="R", at=at)
    assert balance_of(member, as_of=at).pending == 150
    benefit = silver.benefits.get()
    open_benefit(benefit, name="Extra", control_share=0.5, at=at, key="extra")
    draw_benefit(benefit, at=at)
    earned = {quote(basket("Q", 100), one, at=at).earns for one in (member, other)}
    drawn = Lot.objects.values_list("arm__is_control", flat=True)
    assert earned == {100 if is_control else 150 for is_control in drawn}


def test_a_benefit_that_stays_is_the_same_one(at: datetime, db: None) -> None:
    free = {"kind": "free_shipping", "text": "Free delivery"}
    silver = set_tier(name="Silver", threshold=100, benefits=[free], at=at)
    kept = silver.benefits.get()
    thanks = {"kind": "other", "text": "Thanks"}
    set_tier(
        name="Silver",
        threshold=100,
        benefits=[thanks, {**free, "cost_minor": 5}],
        at=at,
        tier=silver,
    )
    assert silver.benefits.get(pk=kept.pk).cost_minor == 5
    set_tier(name="Silver", threshold=100, benefits=[thanks], at=at, tier=silver)
    assert [one.text for one in silver.benefits.all()] == ["Thanks"]
    for factor in ("0.5", "21", "NaN"):
        with pytest.raises(BadTier):
            set_tier(name="Gold", threshold=900, benefits=[{**free, "factor": factor}], at=at)
