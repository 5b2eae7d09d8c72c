"""Pareto/NBD on simulated customers, beside lifetimes in one run: fit, and the numbers at extremes.

lifetimes searches with Nelder-Mead and gives no standard errors; ours are in the time. It needs
minutes for a million customers, so by default it gets `--peer-customers` of them and both are timed
on those; ours is timed on all as well. The grid of 54 extreme states counts log-likelihoods that
are not finite, or off by more than one part in a million of a 60-digit calculation.

    python bench/value_pareto.py [--customers 1000000] [--peer-customers 20000]
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from itertools import product

import numpy as np

TRUTH = {"r": 0.553, "alpha": 10.578 * 7, "s": 0.606, "beta": 11.669 * 7}
LONGEST = 156 * 7
PARAMETERS = [
    (0.553, 10.578, 0.606, 11.669),
    (1.0, 5.0, 1.0, 5.0),
    (0.3, 5000.0, 0.4, 1.0),
    (2.5, 1.0, 0.2, 5000.0),
    (10.0, 100.0, 10.0, 2000.0),
    (0.05, 0.1, 0.05, 90.0),
]
STATES = [
    (0, 0.0, 0.5), (0, 0.0, 1095.0), (1, 0.5, 39.0), (2, 30.43, 38.86), (11, 1000.0, 1095.0),
    (100, 99.0, 100.0), (500, 400.0, 1095.0), (1000, 1094.9, 1095.0), (5000, 900.0, 1095.0),
]  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--peer-customers", type=int, default=20_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    warnings.simplefilter("ignore")
    from stamgast.insight.value import ParetoNBD

    histories = simulate(max(given.customers, given.peer_customers))
    began = time.perf_counter()
    ParetoNBD().fit_states(*(part[:2000] for part in histories), unit="week")
    print(f"compile_s={time.perf_counter() - began:.2f}")
    beside_lifetimes(ParetoNBD, [part[: given.peer_customers] for part in histories], given.rounds)
    seconds, model = timed(ParetoNBD, [part[: given.customers] for part in histories], given.rounds)
    print(
        f"customers={given.customers} fit_with_standard_errors_s={seconds:.2f} "
        f"loglik={model.loglik_:.4f} slope_left={model.gradient_norm_:.1e}"
    )
    extremes()


def simulate(customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw histories in whole days, in weeks: purchases of one day are one, as shops store them."""
    generator = np.random.default_rng(20261120)
    T = generator.integers(7, LONGEST + 1, customers)
    rate = generator.gamma(TRUTH["r"], 1 / TRUTH["alpha"], customers)
    leaving = np.maximum(generator.gamma(TRUTH["s"], 1 / TRUTH["beta"], customers), 1e-300)
    until = np.minimum(T + 1.0, generator.exponential(1.0, customers) / leaving)
    x, now = np.zeros(customers, dtype=np.int64), np.zeros(customers)
    t_x = np.zeros(customers, dtype=np.int64)
    here = np.arange(customers)
    while len(here):
        now[here] += generator.exponential(1 / np.maximum(rate[here], 1e-300))
        here = here[now[here] < until[here]]
        day = now[here].astype(np.int64)
        x[here] += day > t_x[here]
        t_x[here] = day
    return x, t_x / 7, T / 7


def timed(kind, histories: list[np.ndarray], rounds: int):
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        model = kind().fit_states(*histories, unit="week")
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), model


def beside_lifetimes(kind, histories: list[np.ndarray], rounds: int) -> None:
    from lifetimes import ParetoNBDFitter

    seconds, model = timed(kind, histories, rounds)
    began = time.perf_counter()
    peer = ParetoNBDFitter().fit(*histories)
    peer_seconds = time.perf_counter() - began
    found = np.array([float(peer.params_[name]) for name in ("r", "alpha", "s", "beta")])
    peer_loglik = loglik(found, histories)
    print(
        f"peer_customers={len(histories[0])} fit_s={seconds:.3f} "
        f"lifetimes_fit_s={peer_seconds:.1f} ratio={peer_seconds / seconds:.1f}"
    )
    higher = model.loglik_ >= peer_loglik - 1e-6 * abs(peer_loglik)
    print(f"loglik={model.loglik_:.4f} lifetimes_loglik={peer_loglik:.4f} as_high={higher}")
    if not higher:
        raise SystemExit("lifetimes found a higher likelihood")


def loglik(parameters: np.ndarray, histories: list[np.ndarray]) -> float:
    """Give the likelihood of any parameters; its own rightness is what the grid below checks."""
    from stamgast.insight.value.pareto_nbd import Likelihood
    from stamgast.insight.value.states import states_from_arrays

    return Likelihood.of(states_from_arrays(*histories, unit="week"))(parameters)[0]


def extremes() -> None:
    from lifetimes import ParetoNBDFitter

    from stamgast.insight.value.pareto_nbd import Likelihood
    from stamgast.insight.value.states import states_from_arrays

    peer = ParetoNBDFitter()
    off: dict[str, list[float]] = {"ours": [], "lifetimes": []}
    for parameters, state in product(PARAMETERS, STATES):
        exact = exact_loglik(parameters, state)
        ours = Likelihood.of(states_from_arrays(*state, unit="day"))(np.array(parameters))[0]
        x, t_x, T = (np.array([float(v)]) for v in state)
        theirs = float(peer._conditional_log_likelihood(parameters, x, t_x, T)[0])
        for name, found in (("ours", ours), ("lifetimes", theirs)):
            off[name].append(abs(found / exact - 1) if np.isfinite(found) else np.inf)
    for name, errors in off.items():
        finite = [e for e in errors if np.isfinite(e)]
        print(
            f"grid={name} states={len(errors)} not_finite={len(errors) - len(finite)} "
            f"off_by_1e-6={sum(e > 1e-6 for e in finite)} largest_error={max(finite):.1e}"
        )


def exact_loglik(parameters: tuple, state: tuple) -> float:
    import mpmath
    from mpmath import mpf

    with mpmath.workdps(400 if state[0] > 100 else 60):
        r, alpha, s, beta = (mpf(p) for p in parameters)
        x, t_x, T = (mpf(v) for v in state)
        whole = r + x

        def tail(t):
            if alpha >= beta:
                kind, z, base = s + 1, (alpha - beta) / (alpha + t), alpha + t
            else:
                kind, z, base = whole, (beta - alpha) / (beta + t), beta + t
            return mpmath.hyp2f1(whole + s, kind, whole + s + 1, z) / base ** (whole + s)

        front = mpmath.gamma(whole) / mpmath.gamma(r) * alpha**r * beta**s
        alive = (alpha + T) ** -whole * (beta + T) ** -s
        return float(mpmath.log(front * (alive + s / (whole + s) * (tail(t_x) - tail(T)))))


if __name__ == "__main__":
    main()
