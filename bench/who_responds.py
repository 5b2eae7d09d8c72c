"""Who responds: our learner beside causalml's doubly robust learner, on the public e-mail test.

Both learn from the same half of the customers (about 21,000) and are judged on the other half by the
same figures: Qini, robust Qini and net gain at break-even per 1,000. The peer has boosted trees with
restrained settings, with which it does best. Each runs in a process of its own, so that the memory
each adds is its own.

    python bench/who_responds.py --data .../hillstrom.csv [--arm womens] [--seeds 4]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.csv

from memory import peak_mb

ARMS = {"mens": "Mens E-Mail", "womens": "Womens E-Mail"}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--data", type=Path, required=True)
    options.add_argument("--arm", choices=ARMS, default="womens")
    options.add_argument("--seeds", type=int, default=4)
    options.add_argument("--role", choices=("ours", "causalml"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.role:
        print(json.dumps(measure(given.role, given.data, given.arm, given.seeds)))
        return
    ours = run("ours", given)
    theirs = run("causalml", given)
    report(given.arm, ours, theirs)


def run(role: str, given: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, __file__, "--role", role, "--data", str(given.data)]
    command += ["--arm", given.arm, "--seeds", str(given.seeds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def load(path: Path, arm: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return eleven features, who got the mail, and who visited."""
    rows = pyarrow.csv.read_csv(path)
    names = np.array(rows["segment"].to_pylist())
    of = np.isin(names, [ARMS[arm], "No E-Mail"])
    known = [rows[n].to_numpy() for n in ("recency", "history", "mens", "womens", "newbie")]
    for name in ("zip_code", "channel"):
        values = np.array(rows[name].to_pylist())
        known += [values == value for value in np.unique(values)]
    features = np.column_stack(known).astype(float)
    treated = (names == ARMS[arm]).astype(int)
    return features[of], treated[of], rows["visit"].to_numpy()[of].astype(float)


def halves(treated: np.ndarray, visit: np.ndarray, seed: int) -> np.ndarray:
    """Return who is learned from: half of each arm with each outcome."""
    dice, learns = np.random.default_rng(seed), np.zeros(len(visit), dtype=bool)
    for cell in np.unique(2 * treated + visit):
        rows = np.flatnonzero(2 * treated + visit == cell)
        dice.shuffle(rows)
        learns[rows[: len(rows) // 2]] = True
    return learns


def fit_ours(x: np.ndarray, treated: np.ndarray, visit: np.ndarray, seed: int) -> Any:
    from stamgast.insight.effect import learn, lot_of

    share = treated.mean()
    learned = learn(lot_of(x, treated, [1 - share, share], visit), seed=seed)
    return lambda features: learned.uplift(features)[:, 0]


def fit_causalml(x: np.ndarray, treated: np.ndarray, visit: np.ndarray, seed: int) -> Any:
    from causalml.inference.meta import BaseDRLearner
    from sklearn.ensemble import HistGradientBoostingRegressor

    def trees() -> Any:
        return HistGradientBoostingRegressor(
            max_iter=60, learning_rate=0.06, max_leaf_nodes=8, min_samples_leaf=200,
            random_state=seed,
        )  # fmt: skip

    learner = BaseDRLearner(
        control_outcome_learner=trees(),
        treatment_outcome_learner=trees(),
        treatment_effect_learner=trees(),
        control_name=0,
    )
    chance = np.full(len(x), treated.mean())
    learner.fit(X=x, treatment=treated, y=visit, p=chance, seed=seed)
    return lambda features: learner.predict(features).ravel()


def measure(role: str, path: Path, arm: str, seeds: int) -> dict[str, Any]:
    fit = {"ours": fit_ours, "causalml": fit_causalml}[role]
    x, treated, visit = load(path, arm)
    learns = halves(treated, visit, 0)
    few = np.flatnonzero(learns)[:8000]
    fit(x[few], treated[few], visit[few], 0)  # imports and warms up
    seconds, figures = [], []
    for seed in range(seeds):
        learns = halves(treated, visit, seed)
        began = time.perf_counter()
        predict = fit(x[learns], treated[learns], visit[learns], seed)
        seconds.append(time.perf_counter() - began)
        figures.append(judged(predict, x, treated, visit, learns))
    return {
        "seconds": statistics.median(seconds),
        "peak_mb": peak_mb(),
        "figures": np.mean(figures, axis=0).tolist(),
        "spread": np.std(figures, axis=0).tolist(),
    }


def judged(
    predict: Any, x: np.ndarray, treated: np.ndarray, visit: np.ndarray, learns: np.ndarray
) -> tuple[float, float, float]:
    """Return Qini, robust Qini and net gain at break-even, of the half not learned from."""
    from stamgast.insight.effect import learn, lot_of, qini, robust_qini, robust_scores

    lot = lot_of(x, treated, [1 - treated.mean(), treated.mean()], visit)
    ours, theirs = lot.only(learns), lot.only(~learns)
    expected = learn(ours).chances_of_order(theirs.features)  # the same yardstick for both
    scores = robust_scores(theirs, expected)
    gain, uplift = scores[:, 1] - scores[:, 0], predict(theirs.features)
    cost = ours.outcome[ours.arm == 1].mean() - ours.outcome[ours.arm == 0].mean()
    return (
        qini(uplift, theirs.arm == 1, theirs.outcome),
        1000 * robust_qini(uplift, gain).value,
        1000 * float(((uplift > cost) * (gain - cost)).mean()),
    )


def report(arm: str, ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    print(f"arm={arm}")
    ratio = theirs["seconds"] / ours["seconds"]
    print(
        f"fit_s={ours['seconds']:.2f} causalml_fit_s={theirs['seconds']:.2f} ratio={ratio:.1f} "
        f"peak_mb={ours['peak_mb']:.0f} causalml_peak_mb={theirs['peak_mb']:.0f}"
    )
    for place, name in enumerate(("qini", "robust_qini", "net_at_break_even")):
        one, other = ours["figures"][place], theirs["figures"][place]
        spread = max(ours["spread"][place], theirs["spread"][place])
        print(f"{name}={one:.4f} causalml_{name}={other:.4f} spread_over_seeds={spread:.4f}")
    if ratio < 1:
        raise SystemExit("slower than causalml")


if __name__ == "__main__":
    main()
