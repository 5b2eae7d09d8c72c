"""The quick way to P(alive) and expected purchases gives what the general way gives, or steps aside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from insight.value.histories import simulate_buyers
from stamgast.insight.value import BGNBD, MBGNBD, ValueRefusal

TRUTH = {"r": 0.8, "alpha": 12.0, "a": 0.8, "b": 3.0}
HORIZON = 90 / 7


def of_days(customers: int, seed: int = 1, shift: int = 0, part: float = 7.0) -> Any:
    """Return histories whose times, in weeks, are whole parts of a week."""
    x, t_x, T = simulate_buyers(seed, customers, **TRUTH, shift=shift)
    return x, np.floor(t_x * part) / part, np.floor(T * part) / part


def the_general_way(model: Any, x: Any, t_x: Any, T: Any) -> Any:
    states = model._as_fitted(x, t_x, T, None)
    alive = model.alive(states, model._values())
    return alive, alive * model.ahead(states, np.array(HORIZON), model._values()).mean


@pytest.mark.parametrize("model", [BGNBD, MBGNBD])
@pytest.mark.parametrize("part", [7.0, 14.0])
@pytest.mark.parametrize("grain", [0.0, 1 / 7])
def test_both_ways_give_the_same(model: Any, part: float, grain: float) -> None:
    histories = of_days(3_000, shift=model._shift, part=part)
    fitted = model().fit_states(*histories, unit="week")
    fitted.grain_ = grain
    assert fitted._scores_at_once(*histories, HORIZON) is not None
    found = fitted.expectations(*histories, HORIZON)
    for one, other in zip(found, the_general_way(fitted, *histories), strict=True):
        assert one == pytest.approx(other, rel=1e-13, abs=0)


def test_many_rows_on_several_threads_give_the_same() -> None:
    histories = of_days(120_000)
    fitted = BGNBD().fit_states(*(a[:5_000] for a in histories), unit="week")
    assert fitted._scores_at_once(*histories, HORIZON) is not None
    found = fitted.expectations(*histories, HORIZON)
    for one, other in zip(found, the_general_way(fitted, *histories), strict=True):
        assert one == pytest.approx(other, rel=1e-13, abs=0)


def test_moments_are_left_to_the_general_way() -> None:
    histories = simulate_buyers(2, 2_000, **TRUTH)
    fitted = BGNBD().fit_states(*histories, unit="week")
    assert fitted._scores_at_once(*histories, HORIZON) is None
    found = fitted.expectations(*histories, HORIZON)
    for one, other in zip(found, the_general_way(fitted, *histories), strict=True):
        assert one == pytest.approx(other, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    ("history", "code"),
    [
        ((1, np.nan, 5.0), "not_finite"),
        ((1, 2.0, np.inf), "not_finite"),
        ((-1, 0.0, 5.0), "impossible_history"),
        ((1.5, 2.0, 5.0), "impossible_history"),
        ((1, 6.0, 5.0), "impossible_history"),
        ((0, 2.0, 5.0), "impossible_history"),
    ],
)
def test_what_cannot_be_is_refused_as_before(history: Any, code: str) -> None:
    fitted = BGNBD().fit_states(*of_days(2_000), unit="week")
    with pytest.raises(ValueRefusal) as refused:
        fitted.expectations(*history, HORIZON)
    assert refused.value.code == code


def test_one_customer_huge_counts_and_nobody_are_answered_too() -> None:
    fitted = BGNBD().fit_states(*of_days(2_000), unit="week")
    alive, ahead = fitted.expectations(3, 20.0, 30.0, HORIZON)
    assert alive.shape == ahead.shape == (1,)
    alive, _ = fitted.expectations([5_000_000, 0], [20.0, 0.0], [30.0, 30.0], HORIZON)
    assert np.isfinite(alive).all()
    assert alive[1] == 1
    alive, ahead = fitted.expectations([2], 20.0, [30.0], 0)
    assert ahead[0] == 0
