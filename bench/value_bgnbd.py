"""BG/NBD on simulated customers, beside lifetimes in one run: fit with standard errors, and scores.

Both get the same arrays (x, t_x, T in weeks, at day grain). Each library runs in a process of its
own, so that the memory each adds is its own; ours compiles once beforehand and that time is told
apart. The log-likelihood of both results is worked out by one function and must agree to 6 digits.

    python bench/value_bgnbd.py [--customers 1000000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from memory import peak_mb

TRUTH = {"r": 0.243, "alpha": 4.414 * 7, "a": 0.793, "b": 2.426}
LONGEST = 156 * 7
HORIZON_WEEKS = 90 / 7


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--role", choices=("ours", "lifetimes"), help=argparse.SUPPRESS)
    options.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.role:
        print(json.dumps(ROLES[given.role](*load(given.data), given.rounds)))
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "histories.npz"
        x, t_x, T = simulate(given.customers)
        np.savez(data, x=x, t_x=t_x, T=T)
        ours = run("ours", data, given.rounds)
        theirs = run("lifetimes", data, 1)
    report(given.customers, ours, theirs, (x, t_x / 7, T / 7))


def simulate(customers: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw histories in whole days: purchases of one day are one, as shops store them."""
    generator = np.random.default_rng(20261120)
    T = generator.integers(7, LONGEST + 1, customers)
    rate = generator.gamma(TRUTH["r"], 1 / TRUTH["alpha"], customers)
    drop = generator.beta(TRUTH["a"], TRUTH["b"], customers)
    x, now = np.zeros(customers, dtype=np.int64), np.zeros(customers)
    t_x = np.zeros(customers, dtype=np.int64)
    here = np.arange(customers)
    while len(here):
        now[here] += generator.exponential(1 / np.maximum(rate[here], 1e-300))
        here = here[now[here] < T[here] + 1]
        day = now[here].astype(np.int64)
        x[here] += day > t_x[here]
        t_x[here] = day
        here = here[generator.random(len(here)) > drop[here]]
    return x, t_x, T


def load(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    kept = np.load(path)
    return kept["x"], kept["t_x"] / 7, kept["T"] / 7


def run(role: str, data: Path, rounds: int) -> dict:
    command = [sys.executable, __file__, "--role", role, "--data", str(data)]
    done = subprocess.run(
        [*command, "--rounds", str(rounds)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure_ours(x: np.ndarray, t_x: np.ndarray, T: np.ndarray, rounds: int) -> dict:
    from stamgast.insight.value import BGNBD

    few = slice(0, 5000)
    began = time.perf_counter()
    warm = BGNBD().fit_states(x[few], t_x[few], T[few], unit="week")
    score(warm, x[few], t_x[few], T[few])
    compiled = time.perf_counter() - began
    before = peak_mb()
    fits, scores, grown = [], [], 0.0
    for i in range(rounds):
        began = time.perf_counter()
        model = BGNBD().fit_states(x, t_x, T, unit="week")
        fits.append(time.perf_counter() - began)
        grown = max(grown, peak_mb() - before) if i == 0 else grown
        began = time.perf_counter()
        expected = score(model, x, t_x, T)
        scores.append(time.perf_counter() - began)
    return {
        "fit": statistics.median(fits),
        "score": statistics.median(scores),
        "compile": compiled,
        "grown": grown,
        "params": list(model.params_.values()),
        "errors": list(model.standard_errors_.values()),
        "expected": expected,
    }


def score(model, x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> float:
    alive, ahead = model.expectations(x, t_x, T, HORIZON_WEEKS)
    return float(ahead.sum() + 0 * alive.sum())


def measure_lifetimes(x: np.ndarray, t_x: np.ndarray, T: np.ndarray, rounds: int) -> dict:
    import warnings

    warnings.simplefilter("ignore")
    from lifetimes import BetaGeoFitter

    few = slice(0, 5000)
    BetaGeoFitter().fit(x[few], t_x[few], T[few])
    before = peak_mb()
    began = time.perf_counter()
    model = BetaGeoFitter().fit(x, t_x, T)
    fit = time.perf_counter() - began
    grown = peak_mb() - before
    began = time.perf_counter()
    model.conditional_probability_alive(x, t_x, T)
    ahead = model.conditional_expected_number_of_purchases_up_to_time(HORIZON_WEEKS, x, t_x, T)
    return {
        "fit": fit,
        "score": time.perf_counter() - began,
        "grown": grown,
        "params": [float(model.params_[name]) for name in ("r", "alpha", "a", "b")],
        "errors": [float(model.standard_errors_[name]) for name in ("r", "alpha", "a", "b")],
        "expected": float(np.sum(ahead)),
    }


ROLES = {"ours": measure_ours, "lifetimes": measure_lifetimes}


def loglik(parameters: list[float], x: np.ndarray, t_x: np.ndarray, T: np.ndarray) -> float:
    """Work out the log-likelihood in the plainest way, for both results alike."""
    from scipy.special import betaln, gammaln

    r, alpha, a, b = parameters
    front = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + T)
    gone = betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    return float((front + np.where(x > 0, np.logaddexp(alive, gone), alive)).sum())


def report(customers: int, ours: dict, theirs: dict, data: tuple) -> None:
    here, there = loglik(ours["params"], *data), loglik(theirs["params"], *data)
    agree = abs(here - there) <= 1e-6 * abs(there)
    print(f"customers={customers} repeaters={(data[0] > 0).mean():.2f}")
    print(
        f"fit_s={ours['fit']:.3f} lifetimes_fit_s={theirs['fit']:.2f} "
        f"ratio={theirs['fit'] / ours['fit']:.1f} compile_s={ours['compile']:.2f}"
    )
    print(
        f"score_s={ours['score']:.3f} lifetimes_score_s={theirs['score']:.2f} "
        f"ratio={theirs['score'] / ours['score']:.1f}"
    )
    print(f"grown_mb={ours['grown']:.0f} lifetimes_grown_mb={theirs['grown']:.0f}")
    print(f"loglik={here:.4f} lifetimes_loglik={there:.4f} same_to_6_digits={agree}")
    off = max(abs(e / t - 1) for e, t in zip(ours["errors"], theirs["errors"], strict=True))
    print(f"largest_difference_of_standard_errors={off:.1e}")
    print(f"largest_difference_of_purchases={abs(ours['expected'] / theirs['expected'] - 1):.1e}")
    if not agree:
        raise SystemExit("the log-likelihoods differ")


if __name__ == "__main__":
    main()
