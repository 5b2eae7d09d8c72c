"""Stages held against what customers of two real shops did next, and against simulated truth."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from insight.simulated_shop import Shop, simulate
from insight.text_tables import rows
from stamgast.insight.cohorts import second_purchase
from stamgast.insight.engine import as_table
from stamgast.insight.facts import customer_facts
from stamgast.insight.lifecycle import stages
from stamgast.insight.purchases import intervals, known_orders, purchase_days
from stamgast.insight.rhythm import fit_rhythm, silence_share


def share_that_returned(orders: pa.Table, as_of: date, within: int) -> dict[str, tuple[int, float]]:
    """Per stage as of a day in the past: customers, and how many bought in the days after."""
    rhythm = fit_rhythm(orders, as_of)
    found = stages(customer_facts(orders, as_of=as_of), rhythm, as_of)
    later = purchase_days(known_orders(orders, as_of=as_of + timedelta(days=within)))
    later = later.filter(later.day > as_of).select("customer_id").distinct().mutate(back=True)
    both = found.left_join(later, "customer_id")
    counts = both.group_by("stage").agg(
        customers=both.count(), share=both.back.fill_null(False).cast("float64").mean()
    )
    return {stage: (customers, share) for stage, customers, share in rows(counts)}


def shares_of_ended_intervals(orders: pa.Table) -> np.ndarray:
    """What the rule would have said on the last day of each interval that ended.

    Only of intervals that began in the first half of the data: of later ones the long ones are
    still running, and the others would seem short.
    """
    last = max(orders["day"].to_pylist())
    first = min(orders["day"].to_pylist())
    rhythm = fit_rhythm(orders, last)
    ended = intervals(purchase_days(known_orders(orders, as_of=last)))
    ended = ended.filter(
        ended.interval_days.notnull(), ended.previous_day < first + (last - first) / 2
    )
    before = ended.previous_day.delta(ended.first_day, unit="day")
    share = silence_share(ended.interval_days, ended.gaps - 1, before, rhythm)
    return ended.select(share=share).to_pyarrow()["share"].to_numpy()


def test_knows_every_customer_of_the_music_shop(music_shop: pa.Table):
    facts = customer_facts(music_shop, as_of=date(1998, 6, 30))
    totals = facts.aggregate(
        customers=facts.count(), orders=facts.orders.sum(), revenue=facts.revenue.sum()
    ).to_pyarrow()
    assert totals["customers"][0].as_py() == len(set(music_shop["customer_id"].to_pylist()))
    assert totals["orders"][0].as_py() == 69_659
    assert totals["revenue"][0].as_py() == pytest.approx(2_500_315.63)


def test_music_buyers_have_no_regularity_and_gift_shops_some(music_shop, gift_shop):
    music = fit_rhythm(music_shop, date(1998, 6, 30))
    gifts = fit_rhythm(gift_shop, date(2011, 12, 9))
    assert (music.regularity, gifts.regularity) == (1, 2)
    assert music.usual_interval_days == pytest.approx(100, rel=0.03)
    assert gifts.usual_interval_days == pytest.approx(75, rel=0.03)
    assert music.stay_share < gifts.stay_share


@pytest.mark.parametrize("shop", ["music_shop", "gift_shop"])
def test_one_in_five_intervals_outlasts_the_drifting_share(shop, request):
    """The shares mean what they say, in shops nobody simulated."""
    shares = shares_of_ended_intervals(request.getfixturevalue(shop))
    assert len(shares) > 10_000
    assert (shares < 0.5).mean() == pytest.approx(0.5, abs=0.06)
    assert (shares < 0.2).mean() == pytest.approx(0.2, abs=0.05)
    assert 0.01 < (shares < 0.02).mean() < 0.06


@pytest.mark.parametrize(
    ("shop", "as_of"),
    [
        ("music_shop", date(1997, 12, 31)),
        ("gift_shop", date(2010, 12, 9)),
        ("gift_shop", date(2011, 6, 9)),
    ],
)
def test_active_customers_return_most_then_drifting_then_lost(shop, as_of, request):
    found = share_that_returned(request.getfixturevalue(shop), as_of, within=180)
    active, drifting, lost = (found[stage][1] for stage in ("active", "drifting", "lost"))
    assert active > 1.6 * drifting > 0
    assert drifting > 1.2 * lost
    assert min(found[stage][0] for stage in ("active", "drifting", "lost")) > 100


def test_second_purchases_of_the_music_shop_are_counted_right(music_shop: pa.Table):
    """Against a plain count in Python."""
    days: dict[int, list[date]] = {}
    for customer, day in zip(
        music_shop["customer_id"].to_pylist(), music_shop["day"].to_pylist(), strict=True
    ):
        days.setdefault(customer, []).append(day)
    expected: dict[date, list[int]] = {}
    for bought in days.values():
        first, *others = sorted(set(bought))
        month = expected.setdefault(first.replace(day=1), [0, 0])
        month[0] += 1
        month[1] += bool(others) and others[0] <= first + timedelta(days=90)
    found = second_purchase(music_shop, as_of=date(1998, 6, 30))
    assert rows(found, "intake_month", "intake", "returned") == [
        (month, *counts) for month, counts in sorted(expected.items())
    ]


@pytest.fixture(scope="module")
def known_shop() -> Shop:
    return simulate(30_000, seed=11)


def left_by_stage(shop: Shop) -> dict[str, float]:
    rhythm = fit_rhythm(shop.orders, shop.as_of)
    found = stages(customer_facts(shop.orders, as_of=shop.as_of), rhythm, shop.as_of)
    table = found.select("customer_id", "stage").to_pyarrow()
    left = pa.array(shop.has_left[table["customer_id"].to_numpy()])
    grouped = table.append_column("left", pc.cast(left, pa.float64())).group_by("stage")
    result = grouped.aggregate([("left", "mean")])
    return dict(zip(result["stage"].to_pylist(), result["left_mean"].to_pylist(), strict=True))


def test_half_of_the_drifting_and_most_of_the_lost_have_really_left(known_shop: Shop):
    left = left_by_stage(known_shop)
    assert left["won_back"] < left["active"] < 0.25
    assert 0.4 < left["drifting"] < 0.6
    assert left["lost"] > 0.72


def test_few_customers_who_stay_are_called_drifting_or_lost_at_a_time(known_shop: Shop):
    """At most 1 in 5 of those still there and not silent for a year looks like drifting."""
    rhythm = fit_rhythm(known_shop.orders, known_shop.as_of)
    facts = customer_facts(known_shop.orders, as_of=known_shop.as_of)
    found = stages(facts, rhythm, known_shop.as_of).to_pyarrow()
    stays = ~known_shop.has_left[found["customer_id"].to_numpy()]
    recent = found["days_silent"].to_numpy() < 365
    stage = np.array(found["stage"].to_pylist())[stays & recent]
    assert (stage == "drifting").mean() < 0.25
    assert (stage == "lost").mean() < 0.05


def test_a_year_without_anyone_buying_leaves_nobody_active(known_shop: Shop):
    later = known_shop.as_of + timedelta(days=400)
    rhythm = fit_rhythm(known_shop.orders, known_shop.as_of)
    facts = as_table(customer_facts(known_shop.orders, as_of=later).to_pyarrow())
    usual = facts.filter(facts.mean_interval_days.fill_null(0) < 100)
    found = stages(usual, rhythm, later)
    assert {stage for _, stage in rows(found, "customer_id", "stage")} == {"lost"}
