"""Whether intervals hold what they promise, per model, in the world that the model assumes.

Each trial simulates a shop with known truth, fits, and asks for the 90 % intervals of the parameters
and of what a whole cohort will come to. Dates are whole days, as shops store them. The small versions
can only notice intervals that are far off; the long ones hold them to 85 to 95 %.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from insight.value.histories import simulate_futures, simulate_leaving_futures
from stamgast.insight.value import (
    BGBB,
    BGNBD,
    MBGNBD,
    BetaDiscreteWeibull,
    CustomerBase,
    DiscreteHazard,
    GammaGamma,
    ParetoNBD,
    ShiftedBetaGeometric,
)

START, WATCHED, AHEAD = date(2024, 1, 1), 365, 180
UNTIL = START + timedelta(days=WATCHED - 1)
SPEND = {"p": 4.0, "q": 4.0, "gamma": 30.0}
NORMAL_90 = 1.6449
Held = dict[str, list[bool]]


def note(held: Held, model: Any, truth: dict[str, float], *, is_log: bool = True) -> None:
    """Note whether each parameter lies within its 90 % interval, on the scale it is searched on."""
    for name, true in truth.items():
        found, error = model.params_[name], model.standard_errors_[name]
        off = np.log(found / true) * found if is_log else found - true
        held.setdefault(name, []).append(bool(abs(off) <= NORMAL_90 * error))


def buying(model: type, customers: int, seed: int, held: Held) -> None:
    """One shop whose customers buy, drop out and spend as the model says."""
    if model is ParetoNBD:
        truth = {"r": 0.8, "alpha": 40.0, "s": 0.7, "beta": 120.0}
        simulate: Callable[..., pd.DataFrame] = simulate_leaving_futures
        more: dict[str, Any] = {}
    else:
        truth = {"r": 0.8, "alpha": 40.0, "a": 0.8, "b": 3.0}
        simulate, more = simulate_futures, {"shift": model._shift}
    orders = simulate(seed, customers, **truth, **SPEND, **more, watched=WATCHED, ahead=AHEAD)
    base = CustomerBase.from_orders(orders, until=UNTIL)
    fitted = model().fit(base)
    note(held, fitted, truth)
    after = orders[orders.day > pd.Timestamp(UNTIL)]
    bought = len(after.drop_duplicates(["customer_id", "day"]))
    told = fitted.total(base, AHEAD, level=0.9, draws=200, discount_per_year=0.0, seed=seed)
    held.setdefault("purchases", []).append(told.purchases_lower <= bought <= told.purchases_upper)
    brought = after.margin.sum()
    held.setdefault("margin", []).append(told.value_lower <= brought <= told.value_upper)


def spending(customers: int, seed: int, held: Held) -> None:
    """One shop whose customers spend as gamma-gamma says."""
    generator = np.random.default_rng([seed, 2])
    rate = generator.gamma(SPEND["q"], 1 / SPEND["gamma"], customers)
    days = generator.integers(1, 9, customers)
    mean = generator.gamma(SPEND["p"] * days, 1 / rate) / days
    fitted = GammaGamma().fit_amounts(days, mean)
    note(held, fitted, SPEND)


def giving(customers: int, seed: int, held: Held) -> None:
    """One charity whose donors give at most once a year (BG/BB)."""
    generator = np.random.default_rng([seed, 3])
    truth = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
    chance = generator.beta(truth["alpha"], truth["beta"], customers)
    leaving = generator.beta(truth["gamma"], truth["delta"], customers)
    stays = generator.geometric(np.clip(leaving, 1e-12, 1)) - 1
    gives = (generator.random((customers, 11)) < chance[:, None]) & (
        np.arange(11)[None, :] < stays[:, None]
    )
    x = gives[:, :6].sum(axis=1)
    t_x = np.where(gives[:, :6], np.arange(1, 7), 0).max(axis=1)
    fitted = BGBB().fit_states(x, t_x, np.full(customers, 6), unit="year")
    note(held, fitted, truth)
    told = fitted.total(x, t_x, np.full(customers, 6), 5, draws=200, seed=seed)
    held.setdefault("purchases", []).append(told.lower <= gives[:, 6:].sum() <= told.upper)


def renewing(model: type, customers: int, seed: int, held: Held) -> None:
    """One cohort of yearly contracts (sBG, BdW): seven years seen, five ahead."""
    generator = np.random.default_rng([seed, 4])
    truth, power = {"alpha": 0.7, "beta": 1.8}, 1.0
    if model is BetaDiscreteWeibull:
        truth, power = {"gamma": 0.7, "delta": 1.8, "c": 1.3}, 1.3
    first, second = list(truth.values())[:2]
    leaving = np.clip(generator.beta(first, second, customers), 1e-12, 1 - 1e-12)
    # Stays longer than t with chance (1 - leaving) ^ t^c.
    periods = np.ceil((np.log(generator.random(customers)) / np.log1p(-leaving)) ** (1 / power))
    seen = np.minimum(np.maximum(periods, 1), 8)
    has_ended = seen <= 7
    fitted = model().fit_durations(np.minimum(seen, 7), has_ended, unit="year")
    note(held, fitted, truth)
    running = int((~has_ended).sum())
    told = fitted.still_there(7, 5, [running], seed=seed)
    held.setdefault("contracts", []).append(told.lower <= (periods > 12).sum() <= told.upper)


def leaving(customers: int, seed: int, held: Held) -> None:
    """One base of monthly contracts whose hazard follows age and a covariate."""
    generator = np.random.default_rng([seed, 5])
    truth = {"baseline": -1.8, "log_period": -0.4, "paid_yearly": -0.9}
    yearly = (generator.random(customers) < 0.4).astype(float)
    stayed, left = np.zeros(customers), np.zeros(customers, dtype=bool)
    for month in range(1, 19):
        level = truth["baseline"] + truth["log_period"] * np.log(month)
        chance = 1 / (1 + np.exp(-(level + truth["paid_yearly"] * yearly)))
        goes = ~left & (generator.random(customers) < chance)
        stayed[~left] = month
        left |= goes
    seen, ended = np.minimum(stayed, 12), left & (stayed <= 12)
    fitted = DiscreteHazard().fit_durations(
        seen, ended, unit="month", covariates={"paid_yearly": yearly}
    )
    note(held, fitted, truth, is_log=False)
    told = fitted.still_there(
        [12, 12], 6, {"paid_yearly": [0.0, 1.0]},
        [float((~ended & (yearly == kind)).sum()) for kind in (0, 1)], seed=seed,
    )  # fmt: skip
    held.setdefault("contracts", []).append(told.lower <= (~left).sum() <= told.upper)


WORLDS: dict[str, Callable[[int, int, Held], None]] = {
    "BG/NBD": lambda *given: buying(BGNBD, *given),
    "MBG/NBD": lambda *given: buying(MBGNBD, *given),
    "Pareto/NBD": lambda *given: buying(ParetoNBD, *given),
    "gamma-gamma": spending,
    "BG/BB": giving,
    "sBG": lambda *given: renewing(ShiftedBetaGeometric, *given),
    "BdW": lambda *given: renewing(BetaDiscreteWeibull, *given),
    "hazard": leaving,
}


def covered(world: str, trials: int, customers: int) -> dict[str, float]:
    """Return the share of 90 % intervals that held, per parameter and total."""
    held: Held = {}
    for seed in range(trials):
        WORLDS[world](customers, seed, held)
    return {name: float(np.mean(flags)) for name, flags in held.items()}


@pytest.mark.parametrize("world", WORLDS)
def test_most_intervals_hold(world: str) -> None:
    found = covered(world, 16, 800)
    # Of 16 intervals that hold in 90 %, fewer than 10 hold once in 4,000 times.
    assert min(found.values()) >= 10 / 16, found


@pytest.mark.long
@pytest.mark.parametrize("world", WORLDS)
def test_nine_in_ten_intervals_hold(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = covered(world, 400, 3000)
    with capsys.disabled():
        told = " ".join(f"{name} {share:.3f}" for name, share in found.items())
        sys.stdout.write(f"\n{world:12s} {told}\n")
    for name, share in found.items():
        assert 0.85 <= share <= 0.95, (name, share)
