"""How fast the customers of a shop come back."""

from __future__ import annotations

import json
import math
from datetime import date

import ibis
import mpmath
import numpy as np
import pyarrow as pa
import pytest

from insight.simulated_shop import Shop, simulate
from insight.text_tables import every, orders_of, table
from stamgast.insight.rhythm import Rhythm, fit_rhythm, silence_share, usual_interval

AS_OF = date(2024, 12, 31)


def rhythm(**changed: float) -> Rhythm:
    values = {"regularity": 1, "usual_interval_days": 60.0, "prior_gaps": 0.8}
    return Rhythm(
        as_of=AS_OF, stay_share=0.7, customers=1000, intervals=3000, **{**values, **changed}
    )


def share(silence: float, gaps: int, elapsed: int, known: Rhythm) -> float:
    one = ibis.memtable(pa.table({"silence": [silence], "gaps": [gaps], "elapsed": [elapsed]}))
    found = silence_share(one.silence, one.gaps, one.elapsed, known)
    return one.select(found=found).to_pyarrow()["found"][0].as_py()


def integrated_share(silence: float, gaps: int, elapsed: int, known: Rhythm) -> float:
    """The same share by integrating over the customer's unknown pace, in 30 digits."""
    mpmath.mp.dps = 30
    k = known.regularity
    a = mpmath.mpf(known.shape) + k * gaps
    b = mpmath.mpf(known.scale_days) + elapsed

    def beyond(days: float) -> mpmath.mpf:
        def at_pace(rate: mpmath.mpf) -> mpmath.mpf:
            density = b**a * rate ** (a - 1) * mpmath.exp(-b * rate) / mpmath.gamma(a)
            return density * mpmath.gammainc(k, rate * days, regularized=True)

        centre = a / b
        return mpmath.quad(at_pace, [0, centre / 10, centre, 3 * centre, 10 * centre, mpmath.inf])

    usual = (known.scale_days + elapsed) / (known.prior_gaps + gaps)
    never = beyond(max(known.horizon_days, known.horizon_intervals * usual))
    return float((beyond(silence) - never) / (1 - never))


@pytest.mark.parametrize("regularity", [1, 2, 5])
@pytest.mark.parametrize(
    ("silence", "gaps", "elapsed"), [(30, 3, 90), (200, 3, 300), (45, 12, 400), (90, 1, 10)]
)
def test_shares_follow_from_integrating_over_the_unknown_pace(regularity, silence, gaps, elapsed):
    known = rhythm(regularity=regularity, prior_gaps=2.0)
    expected = integrated_share(silence, gaps, elapsed, known)
    assert share(silence, gaps, elapsed, known) == pytest.approx(expected, abs=1e-9)


def test_share_falls_from_one_at_purchase_to_zero_at_the_horizon():
    found = [share(days, 4, 120, rhythm()) for days in (0, 10, 30, 60, 120, 240, 364, 365, 5000)]
    assert found[0] == 1.0
    assert found == sorted(found, reverse=True)
    assert found[-3] > 0
    assert found[-2:] == [0.0, 0.0]


def test_horizon_stretches_for_customers_who_buy_once_a_year():
    yearly = rhythm(regularity=2)
    assert share(380, 5, 5 * 365, yearly) > 0.3
    assert share(2000, 5, 5 * 365, yearly) == 0.0


def test_share_stays_a_number_for_extreme_histories():
    for gaps, elapsed, silence in [(3000, 3000, 1), (3000, 3000, 4000), (1, 1, 3), (0, 0, 0)]:
        for regularity in (1, 8):
            found = share(silence, gaps, elapsed, rhythm(regularity=regularity))
            assert 0.0 <= found <= 1.0, (gaps, elapsed, silence, regularity)


def test_usual_interval_moves_from_the_shop_to_the_customer():
    one = ibis.memtable(pa.table({"gaps": [0, 1, 20], "elapsed": [0, 20, 400]}))
    usual = usual_interval(one.gaps, one.elapsed, rhythm())
    found = one.select("gaps", usual=usual).order_by("gaps").to_pyarrow()["usual"].to_pylist()
    assert found[0] == pytest.approx(60.0)
    assert found[1] == pytest.approx((0.8 * 60 + 20) / 1.8)
    assert found[2] == pytest.approx(20.0, abs=2.0)


@pytest.mark.parametrize("regularity", [1, 2, 4])
def test_finds_back_the_pace_and_regularity_of_a_simulated_shop(regularity):
    shop = simulate(20_000, regularity=regularity, seed=regularity)
    found = fit_rhythm(shop.orders, shop.as_of)
    assert found.regularity == regularity
    assert found.usual_interval_days == pytest.approx(75, rel=0.06)
    assert found.shape == pytest.approx(0.8, rel=0.08)
    assert found.stay_share == pytest.approx(0.75, abs=0.02)
    assert not found.is_assumed


def test_departed_customers_do_not_make_the_others_look_slow():
    """With half the customers gone after each purchase the pace of the rest is still found."""
    shop = simulate(20_000, leave=1.0, stay=1.0, seed=9)
    assert fit_rhythm(shop.orders, shop.as_of).usual_interval_days == pytest.approx(75, rel=0.1)


def test_gives_the_same_figures_every_time(simulated: Shop):
    shuffled = simulated.orders.take(
        np.random.default_rng(3).permutation(simulated.orders.num_rows)
    )
    first = fit_rhythm(simulated.orders, simulated.as_of)
    assert fit_rhythm(shuffled, simulated.as_of) == first


def test_reads_only_orders_up_to_the_day(simulated: Shop):
    day = date(2023, 6, 30)
    cut = simulated.orders.filter(pa.compute.less_equal(simulated.orders["day"], day))
    assert fit_rhythm(simulated.orders, day) == fit_rhythm(cut, day)


def test_assumes_what_shops_look_like_without_any_order():
    nothing = table("customer | day\nanna | 2024-01-01").filter(ibis.literal(False))
    found = fit_rhythm(nothing, AS_OF)
    assert (found.regularity, found.usual_interval_days) == (1, 90.0)
    assert found.prior_gaps == pytest.approx(0.8)
    assert (found.customers, found.intervals) == (0, 0)
    assert found.is_assumed


@pytest.mark.parametrize(
    "bought",
    [
        {"anna": every(1, times=1)},
        {"anna": every(1, times=1), "bram": every(1, times=1), "carla": every(1, times=1)},
        {"anna": every(1, times=400)},
        {"anna": every(30, times=2), "bram": every(700, times=2)},
        {"anna": every(7, times=50), "bram": every(14, times=25)},
    ],
)
def test_fits_a_handful_of_customers_without_a_wild_figure(bought):
    found = fit_rhythm(orders_of(bought), AS_OF)
    figures = (found.usual_interval_days, found.prior_gaps, found.stay_share)
    assert all(math.isfinite(figure) and figure > 0 for figure in figures)
    assert 1 <= found.usual_interval_days <= 400
    assert found.stay_share < 1


def test_weighs_own_data_more_as_they_grow():
    few = fit_rhythm(orders_of({"anna": every(20, times=4)}), date(2024, 3, 5))
    many = fit_rhythm(
        orders_of({f"c{number}": every(20, times=15) for number in range(200)}),
        date(2024, 10, 15),
    )
    assert abs(many.usual_interval_days - 20) < abs(few.usual_interval_days - 20)
    assert many.usual_interval_days == pytest.approx(20, rel=0.05)
    assert many.regularity == 8


def test_survives_a_journey_through_json():
    known = rhythm(regularity=3)
    assert Rhythm.from_dict(json.loads(json.dumps(known.as_dict()))) == known


def test_refuses_to_read_what_is_no_rhythm():
    with pytest.raises(TypeError, match="a rhythm has no pace"):
        Rhythm.from_dict({**rhythm().as_dict(), "pace": 3})
