"""The published figures of the standard, to the cent; and how many points are expected to be used."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from stamgast.loyalty.figures.rules import (
    Cohort,
    Month,
    by_month,
    deferred,
    expected_redemption,
    liability,
    net_uses,
    recognised,
)

# KPMG, Revenue for IFRS 15, example 10: sales of 100,000 and 10,000 points of 1, of which 97 % is
# expected to be redeemed; amounts in cents. KPMG rounds the deferral to 9,000 before it goes on.
SALES, POINTS = 10_000_000, 10_000


def test_puts_aside_the_share_of_the_points_in_the_sales() -> None:
    assert deferred(SALES, 9_700 * 100) == 884_230  # 8,842.30, that KPMG rounds to 9,000
    assert round(deferred(SALES, 9_700 * 100) / 100) == 8_842


def test_recognises_the_figures_of_the_example_to_the_cent() -> None:
    aside = 900_000
    second = recognised(aside, redeemed=4_500, expected=9_700)
    assert second == 417_526
    assert round(second / 100) == 4_175
    up = recognised(aside, redeemed=8_500, expected=9_900, before_minor=second)
    assert up == 355_201
    assert round(up / 100) == 3_552
    down = recognised(aside, redeemed=8_500, expected=9_200, before_minor=second)
    assert down == 413_996
    assert round(down / 100) == 4_140


def test_the_whole_is_recognised_in_the_end_and_never_more() -> None:
    aside, before = 900_000, 0
    for redeemed, expected in ((4_500, 9_700), (8_500, 9_200), (9_400, 9_200), (9_500, 9_500)):
        before += recognised(aside, redeemed=redeemed, expected=expected, before_minor=before)
    assert before == aside


@pytest.mark.parametrize(("sales", "worth"), [(0, 500), (500, 0), (-100, 500), (500, -1)])
def test_without_sales_or_points_nothing_is_put_aside(sales: int, worth: int) -> None:
    assert deferred(sales, worth) == 0


@pytest.mark.parametrize(
    ("points", "value", "share", "minor"),
    [(1000, "1", 1.0, 1000), (1000, "0.5", 0.97, 485), (3, "0.5", 1.0, 2), (0, "1", 0.5, 0)],
)
def test_the_liability_is_points_times_worth(
    points: int, value: str, share: float, minor: int
) -> None:
    assert liability(points, point_value=Decimal(value), redeemed_share=share) == minor


def _cohort(rng: random.Random, months: int, ages: int, *, spread: float = 0.15) -> Cohort:
    """Draw a cohort of which a twelfth to a fifth of what is left is used each month."""
    granted = rng.randint(40_000, 80_000)
    left, used = granted, []
    for age in range(min(months, ages)):
        rate = (0.09 if age else 0.03) * rng.lognormvariate(0, spread)
        now = round(left * rate)
        used.append(now)
        left -= now
    return Cohort(granted, used, 500)


def test_the_expected_share_is_that_of_cohorts_that_lived_it_through() -> None:
    cohorts = [Cohort(1000, [100, 90], 10), Cohort(2000, [200, 180], 20)]
    share = expected_redemption(cohorts, months=2)
    assert share is not None
    assert share.value == pytest.approx(0.19)
    assert share.low == pytest.approx(share.high) == pytest.approx(0.19)


def test_points_given_back_undo_the_latest_use() -> None:
    assert net_uses([10, 20, -25, 5, -40]) == [0, 0, 0, 0, 0]
    assert net_uses([10, 20, -25, 5]) == [5, 0, 0, 5]


def test_nothing_is_expected_of_a_programme_that_is_too_young() -> None:
    assert expected_redemption([], months=12) is None
    assert expected_redemption([Cohort(1000, [10], 10)], months=12) is None


def test_the_interval_holds_what_cohorts_held_back_did_four_times_in_five() -> None:
    """Twelve months are known of each cohort before; of the one held back nothing."""
    inside, times = 0, 400
    for seed in range(times):
        rng = random.Random(seed)
        known = [_cohort(rng, 12, ages) for ages in range(24, 2, -1)]
        share = expected_redemption(known, months=12)
        assert share is not None
        later = _cohort(rng, 12, 12)
        inside += share.low <= sum(later.redeemed) / later.granted <= share.high
    assert 0.74 <= inside / times <= 0.90


def test_months_add_up_in_order() -> None:
    days = [(date(2026, 11, 1), 3), (date(2026, 10, 31), 5), (date(2026, 11, 30), 4)]
    october, november = date(2026, 10, 1), date(2026, 11, 1)
    assert by_month(days) == [Month(october, 1, 5), Month(november, 2, 7)]
