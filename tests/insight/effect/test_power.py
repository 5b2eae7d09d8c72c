"""What a lot can show before anything is sent, in the figures of the public music shop and others."""

from __future__ import annotations

import numpy as np
import pytest

from stamgast.insight.effect import (
    EffectRefusal,
    Sums,
    as_they_come,
    chance_to_find,
    compare,
    detectable,
    less_noise,
    outlook,
    propose_control,
    units_needed,
)

SD = 12.0  # margin of drifting customers of the music shop (CDNOW) in 90 days; their mean is 4.91


def test_500_customers_of_the_music_shop():
    assert detectable(500, 0.1, SD, reads="once") == pytest.approx(5.0, abs=0.05)
    assert detectable(500, 0.5, SD, reads="once") == pytest.approx(3.0, abs=0.05)


def test_reading_every_day_costs_a_tenth_of_what_shows():
    ratio = detectable(500, 0.5, SD) / detectable(500, 0.5, SD, reads="once")
    assert 1.09 < ratio < 1.11


def test_units_that_keep_coming_need_an_interval_a_quarter_wider_or_more():
    planned, coming = (
        [detectable(n, 0.5, SD, reads=reads) for n in (500, 5_000, 50_000)]
        for reads in ("daily", "as_they_come")
    )
    ratios = np.divide(coming, planned)
    assert ratios == pytest.approx([1.52, 1.26, 1.32], abs=0.01)


def test_a_standing_control_of_one_in_a_hundred_sees_half_of_a_years_margin():
    assert detectable(8000, 0.01, 21.0, reads="once") == pytest.approx(6.6, abs=0.1)


def test_the_detectable_effect_is_found_in_80_of_100_and_twice_it_nearly_always():
    effect = detectable(2000, 0.3, SD)
    assert chance_to_find(effect, 2000, 0.3, SD) == pytest.approx(0.8)
    assert chance_to_find(2 * effect, 2000, 0.3, SD) > 0.99
    assert units_needed(effect, 0.3, SD) == pytest.approx(2000, abs=2)
    assert units_needed(0.0, 0.3, SD) is None
    coming = detectable(2000, 0.3, SD, reads="as_they_come")
    assert chance_to_find(coming, 2000, 0.3, SD, reads="as_they_come") == pytest.approx(0.8)
    assert units_needed(-coming, 0.3, SD, reads="as_they_come") == pytest.approx(2000, abs=2)


def test_the_time_before_lowers_the_noise():
    assert less_noise(SD, 0.6) == pytest.approx(0.8 * SD)
    assert less_noise(SD, 1.0) == 0


def test_proposes_the_smallest_share_that_shows_what_is_hoped_for():
    found = propose_control(5000, SD, hoped=1.8)
    assert (found.reason, found.can_be_known) == ("enough", True)
    assert found.chosen
    assert found.chosen.control == 0.1
    assert found.chosen.detectable <= 1.8
    assert (found.chosen.held_out, found.chosen.price) == (500, 900)
    assert [c.control for c in found.choices] == sorted(c.control for c in found.choices)


def test_proposes_half_for_a_small_audience_and_says_it_is_not_enough():
    found = propose_control(300, SD, hoped=1.0)
    assert (found.reason, found.can_be_known) == ("largest", False)
    assert found.chosen
    assert found.chosen.control == 0.5


def test_says_it_cannot_be_known_where_too_few_buy():
    found = propose_control(800, SD, hoped=1.0, buying=0.02)
    assert (found.chosen, found.reason) == (None, "too_few_buyers")
    assert max(c.buyers or 0 for c in found.choices) == pytest.approx(8)
    assert propose_control(3, SD, hoped=1.0).reason == "too_few_units"


def test_half_is_the_share_that_shows_most():
    shares = np.linspace(0.02, 0.98, 49)
    assert shares[np.argmin([detectable(1000, s, SD) for s in shares])] == pytest.approx(0.5)


def arm(n: int, mean: float) -> Sums:
    return Sums(n, n * mean, (n - 1) * SD**2 + n * mean**2, buyers=100)


def test_a_clear_effect_is_known_at_the_planned_end():
    half_way = compare(arm(500, 3.0), arm(500, 0.0))
    found = outlook(half_way, net=6.0, passed=0.5, days_left=45)
    assert found.days == 45
    assert 0 < found.shows_above < 6


def test_a_faint_effect_is_known_when_enough_units_have_come():
    at_end = compare(arm(500, 1.5), arm(500, 0.0))
    found = outlook(at_end, net=1.5, passed=1, days_left=0, units_per_day=10)
    assert found.days
    needed = 1000 + found.days * 10
    assert 2.2414 * SD * (4 / needed) ** 0.5 == pytest.approx(1.5, abs=0.01)


def test_what_takes_more_than_a_year_cannot_be_known_and_it_says_what_would_show():
    at_end = compare(arm(500, 0.2), arm(500, 0.0))
    slow = outlook(at_end, net=0.2, passed=1, days_left=0, units_per_day=2)
    assert slow.days is None
    assert slow.shows_above == pytest.approx(2.2414 * SD * (4 / 1730) ** 0.5, abs=0.01)
    once = outlook(at_end, net=0.2, passed=1, days_left=0)
    assert once.days is None
    assert once.shows_above == pytest.approx(2.2414 * SD * (4 / 1000) ** 0.5, abs=0.01)


def test_of_units_that_keep_coming_it_is_known_once_their_own_interval_leaves_zero_out():
    so_far = compare(arm(1500, 1.5), arm(1500, 0.0))
    assert outlook(so_far, net=1.5, passed=1, days_left=0).days == 0
    coming = {"net": 1.2, "passed": 1, "days_left": 0, "reads": "as_they_come"}
    found = outlook(so_far, units_per_day=10, **coming)
    assert found.days
    for days, is_known in ((found.days - 1, False), (found.days, True)):
        n = (3000 + 10 * days) // 2
        assert as_they_come(compare(arm(n, 1.2), arm(n, 0.0))).is_above_zero == is_known


@pytest.mark.parametrize("control", [0, 1, -0.1, 1.5])
def test_refuses_a_share_of_control_that_leaves_nothing_to_compare(control: float):
    with pytest.raises(EffectRefusal, match="no_control"):
        detectable(100, control, SD)


def test_refuses_too_few_units_and_hopeless_hopes():
    with pytest.raises(EffectRefusal, match="too_few_units"):
        detectable(10, 0.1, SD)
    with pytest.raises(EffectRefusal, match="no_hope"):
        propose_control(100, SD, hoped=0)
