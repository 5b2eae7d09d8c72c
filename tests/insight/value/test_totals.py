"""Totals of groups by sums agree with totals by simulation, and say when they cannot know."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from stamgast.insight.value import MBGNBD, CustomerBase
from stamgast.insight.value.totals import contributions, interval_of_total

UNTIL = date(2026, 11, 20)


@pytest.fixture(scope="module")
def fitted() -> tuple[MBGNBD, CustomerBase]:
    rng = np.random.default_rng(11)
    rows: list[tuple[int, date, float]] = []
    for customer in range(1500):
        rate, leaves = rng.gamma(0.8, 1 / 60), rng.beta(1.0, 4.0)
        mean = rng.gamma(4.0, 6.0)
        day = float(rng.integers(0, 700))
        while day < 730:
            when = UNTIL - timedelta(days=730 - int(day))
            rows.append((customer, when, float(mean * rng.gamma(5.0, 0.2))))
            if rng.random() < leaves:
                break
            day += max(rng.exponential(1 / rate), 1.0)
    customer_ids, days, margins = zip(*rows, strict=True)
    orders = pa.table({"customer_id": customer_ids, "day": days, "margin": margins})
    base = CustomerBase.from_orders(orders, until=UNTIL)
    return MBGNBD().fit(base), base


def test_sums_agree_with_simulation(fitted: tuple[MBGNBD, CustomerBase]) -> None:
    model, base = fitted
    table = contributions(model, base, 365).to_pandas()
    shifts = [float(table[name].sum()) for name in table if name.startswith("shift_")]
    ends = interval_of_total(table.value.sum(), table.variance.sum(), shifts, level=0.8)
    simulated = model.total(base, 365, level=0.8, draws=600, seed=3)
    assert ends is not None
    assert simulated.value is not None
    assert simulated.value_lower is not None
    assert simulated.value_upper is not None
    width = simulated.value_upper - simulated.value_lower
    assert table.value.sum() == pytest.approx(simulated.value)
    assert ends[0] == pytest.approx(simulated.value_lower, abs=0.15 * width)
    assert ends[1] == pytest.approx(simulated.value_upper, abs=0.15 * width)


def test_a_group_is_the_sum_of_its_customers(fitted: tuple[MBGNBD, CustomerBase]) -> None:
    model, base = fitted
    table = contributions(model, base, 365, level=0.8)
    predicted = model.predict(base, 365, level=0.8)
    assert table["customer_id"].equals(predicted["customer_id"])
    for name in ("p_alive", "expected_purchases", "value", "lower", "upper"):
        assert np.allclose(table[name].to_numpy(), predicted[name].to_numpy()), name


def test_a_small_group_never_falls_below_nothing() -> None:
    low, high = interval_of_total(2.0, 40.0, [0.3], level=0.9) or (None, None)
    assert low is not None
    assert high is not None
    assert 0 <= low < 2.0 < high


def test_a_loss_is_the_mirror_of_a_gain() -> None:
    gain = interval_of_total(10.0, 9.0, [1.0], level=0.8)
    loss = interval_of_total(-10.0, 9.0, [1.0], level=0.8)
    assert gain is not None
    assert loss == (-gain[1], -gain[0])


def test_says_not_yet_known_when_the_doubt_is_endless() -> None:
    assert interval_of_total(10.0, 9.0, [float("inf")], level=0.8) is None
