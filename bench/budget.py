"""Who gets which offer within a budget: seconds, memory and the gap to the bound; beside HiGHS.

First a size that a linear programme can do as well: the bound must equal its optimum, and our plan
of whole offers is set beside it. Then a million customers and six offers, without and with caps.
Each size runs in a process of its own, so that the memory is its own.

    python bench/budget.py [--customers 1000000] [--beside 3000]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

import numpy as np

from memory import peak_mb

OFFERS = 6


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=1_000_000)
    options.add_argument("--beside", type=int, default=3000)
    options.add_argument("--role", choices=("ours", "capped", "highs"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.role:
        print(json.dumps(measure(given.role, given.customers)))
        return
    beside(given.beside)
    alone(given.customers)


def run(role: str, customers: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--role", role, "--customers", str(customers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def audience(customers: int) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(20261120)
    values = dice.gamma(1, 1, (customers, OFFERS)) * dice.gamma(2, 1, (customers, 1)) - 0.5
    return values, dice.uniform(0.2, 2, (customers, OFFERS))


def measure(role: str, customers: int) -> dict[str, Any]:
    values, costs = audience(customers)
    if role == "highs":
        return by_highs(values, costs)
    import scipy.optimize  # noqa: F401 - loading it is not what is measured

    from stamgast.insight.effect import allocate

    caps = np.full(OFFERS, int(0.08 * customers)) if role == "capped" else None
    began = time.perf_counter()
    plan = allocate(values, costs, 0.3 * customers, caps=caps)
    return {
        "seconds": time.perf_counter() - began,
        "peak_mb": peak_mb(),
        "gap": plan.gap,
        "bound": plan.bound,
        "value": plan.value,
        "greedy": greedy(values, costs, 0.3 * customers),
    }


def greedy(values: np.ndarray, costs: np.ndarray, budget: float) -> float:
    """Return what the customers' best offers bring, taken in order of value per euro."""
    rows, offer = np.arange(len(values)), values.argmax(axis=1)
    value, cost = values[rows, offer], costs[rows, offer]
    falling = np.argsort(-value / cost)
    within = (np.cumsum(cost[falling]) <= budget) & (value[falling] > 0)
    return float(value[falling][within].sum())


def by_highs(values: np.ndarray, costs: np.ndarray) -> dict[str, Any]:
    from scipy import sparse
    from scipy.optimize import linprog

    customers = len(values)
    one_each = sparse.kron(sparse.eye(customers), np.ones((1, OFFERS)), format="csr")
    limits = sparse.vstack([one_each, sparse.csr_matrix(costs.reshape(1, -1))], format="csr")
    ends = np.append(np.ones(customers), 0.3 * customers)
    began = time.perf_counter()
    found = linprog(-values.ravel(), A_ub=limits, b_ub=ends, bounds=(0, 1), method="highs")
    return {"seconds": time.perf_counter() - began, "peak_mb": peak_mb(), "bound": -found.fun}


def beside(customers: int) -> None:
    ours, theirs = run("ours", customers), run("highs", customers)
    off = abs(ours["bound"] / theirs["bound"] - 1)
    print(f"customers={customers} offers={OFFERS}")
    print(
        f"seconds={ours['seconds']:.3f} highs_seconds={theirs['seconds']:.2f} "
        f"ratio={theirs['seconds'] / ours['seconds']:.0f}"
    )
    print(
        f"bound={ours['bound']:.4f} highs_optimum={theirs['bound']:.4f} differs_by={off:.1e} "
        f"our_plan_of_whole_offers={ours['value']:.4f}"
    )
    if off > 1e-5:
        raise SystemExit("the bound is not the optimum of the linear programme")


def alone(customers: int) -> None:
    for role, most in (("ours", 1e-6), ("capped", 1e-3)):
        found = run(role, customers)
        print(f"customers={customers} offers={OFFERS} caps={role == 'capped'}")
        print(
            f"seconds={found['seconds']:.2f} peak_mb={found['peak_mb']:.0f} gap={found['gap']:.1e} "
            f"greedy_share={found['greedy'] / found['bound']:.3f}"
        )
        if found["gap"] > most:
            raise SystemExit(f"the gap is above {most}")


if __name__ == "__main__":
    main()
