"""Who responds: the difference an offer makes to the chance of an order, learned from lots.

A doubly robust learner (Kennedy 2020, arXiv 2004.14497) with linear parts and strong regularisation.
First the chance of an order in each arm, by logistic regression on customers left out in turn;
then a score per customer and arm that is right on average as long as the lot's probabilities are
known, however wrong those chances are; then a ridge regression of that score on what is known of the
customer. How much it is held back is chosen by the evidence of the data (MacKay 1992), so that where
nobody differs it says the same for everybody.

Learn on order or no order, never on spend: with 20,000 customers spend is nearly all noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stamgast.insight.effect.errors import EffectRefusal
from stamgast.insight.effect.logistic import Floats, Scaling, expit, fit_logistic

Ints = NDArray[np.int64]
FOLDS = 5
FEWEST_ORDERS = 20  # in each arm, before anything is learned


@dataclass(frozen=True)
class Lot:
    """Customers of one lot or of several: what was known before, what they drew, what they did.

    `features` (customers, features) are what was known before the lot; `arm` is an index, 0 for the
    control; `chances` (customers, arms) are the probabilities written down at the lot; `outcome` is
    1 for an order and 0 for none.
    """

    features: Floats
    arm: Ints
    chances: Floats
    outcome: Floats

    @property
    def arms(self) -> int:
        """How many arms there are, the control included."""
        return int(self.chances.shape[1])

    def only(self, rows: Any) -> Lot:
        """Return the customers at the rows."""
        return Lot(self.features[rows], self.arm[rows], self.chances[rows], self.outcome[rows])


def lot_of(features: Any, arm: Any, chances: Any, outcome: Any) -> Lot:
    """Bring what was logged into arrays; `chances` may be one row, the same for everybody.

    Refuses with `unequal_lengths` columns that do not fit, with `not_finite` what is no number,
    with `no_chance` an arm that somebody is in without having had a chance of it.
    """
    x = np.atleast_2d(np.asarray(features, dtype=np.float64))
    drew, did = np.asarray(arm, dtype=np.int64), np.asarray(outcome, dtype=np.float64)
    e = np.asarray(chances, dtype=np.float64)
    e = np.broadcast_to(e, (len(x), e.shape[-1]))
    if not len(x) == len(drew) == len(did):
        raise EffectRefusal("unequal_lengths", "features, arm and outcome are not equally long")
    if not (np.isfinite(x).all() and np.isfinite(did).all() and np.isfinite(e).all()):
        raise EffectRefusal("not_finite", "a feature, outcome or chance is no number")
    if len(drew) and not (drew.min() >= 0 and drew.max() < e.shape[1]):
        raise EffectRefusal("unknown_arm", "an arm without a chance", arms=e.shape[1])
    if not (e[np.arange(len(drew)), drew] > 0).all():
        raise EffectRefusal("no_chance", "somebody is in an arm that had no chance of being drawn")
    return Lot(x, drew, e, did)


@dataclass(frozen=True)
class Learned:
    """What was learned: for any customer the chance of an order and what each offer adds to it."""

    scaling: Scaling
    base: Floats  # coefficients of the chance of an order in the control
    gain: Floats  # (arms - 1, coefficients) of what each offer adds
    kept: Floats  # per offer: share of the differences between customers that was kept

    def uplift(self, features: Any) -> Floats:
        """Return what each offer adds to the chance of an order, shape (customers, arms - 1)."""
        design = self.scaling.design(np.asarray(features, dtype=np.float64))
        return np.asarray(design @ self.gain.T)

    def chances_of_order(self, features: Any) -> Floats:
        """Return the chance of an order without and with each offer, shape (customers, arms)."""
        design = self.scaling.design(np.asarray(features, dtype=np.float64))
        without = expit(design @ self.base)
        offered = np.clip(without[:, None] + design @ self.gain.T, 0.0, 1.0)
        return np.column_stack([without, offered])


def same_for_all(learned: Learned) -> Learned:
    """Return what was learned without the differences in response between customers.

    For plans where choosing by response is not supported: what an order is worth may still differ.
    """
    gain = np.zeros_like(learned.gain)
    gain[:, 0] = learned.gain[:, 0]
    return replace(learned, gain=gain, kept=np.zeros_like(learned.kept))


def learn(lot: Lot, *, seed: int = 1, folds: int = FOLDS) -> Learned:
    """Learn from a lot who responds to which offer.

    Refuses with `too_few_orders` an arm with fewer than FEWEST_ORDERS orders or refusals.
    """
    for arm in range(lot.arms):
        did = lot.outcome[lot.arm == arm]
        fewest = int(min(did.sum(), len(did) - did.sum()))
        if fewest < FEWEST_ORDERS:
            raise EffectRefusal("too_few_orders", f"arm {arm} has too few", arm=arm, orders=fewest)
    scaling = Scaling.of(lot.features)
    design = scaling.design(lot.features)
    scores = robust_scores(lot, chances_left_out(lot, design, seed=seed, folds=folds))
    found = [_ridge(design, scores[:, arm] - scores[:, 0]) for arm in range(1, lot.arms)]
    base = fit_logistic(design[lot.arm == 0], lot.outcome[lot.arm == 0])
    return Learned(
        scaling,
        base,
        np.array([gain for gain, _ in found]),
        np.array([kept for _, kept in found]),
    )


def chances_left_out(lot: Lot, design: Floats, *, seed: int = 1, folds: int = FOLDS) -> Floats:
    """Return the chance of an order in each arm, each customer's learned from the others."""
    fold = np.random.default_rng(seed).permutation(len(design)) % folds
    expected = np.empty((len(design), lot.arms))
    for out in range(folds):
        rest = fold != out
        for arm in range(lot.arms):
            of = rest & (lot.arm == arm)
            expected[~rest, arm] = expit(design[~rest] @ fit_logistic(design[of], lot.outcome[of]))
    return expected


def robust_scores(lot: Lot, expected: Floats) -> Floats:
    """Return the doubly robust score of each customer in each arm, shape (customers, arms).

    Its mean over customers is the mean outcome if all were given that arm (Robins, Rotnitzky & Zhao
    1994), whatever `expected` is, as long as the chances are those of the lot.
    """
    scores = expected.copy()
    rows = np.arange(len(scores))
    off = lot.outcome - expected[rows, lot.arm]
    scores[rows, lot.arm] += off / lot.chances[rows, lot.arm]
    return scores


def _ridge(design: Floats, target: Floats) -> tuple[Floats, float]:
    """Regress on the design, held back as the evidence says; returns coefficients, share kept."""
    x, y = design[:, 1:], target - target.mean()
    n = len(y)
    values, vectors = np.linalg.eigh(x.T @ x)
    values = np.maximum(values, 0.0)
    along = vectors.T @ (x.T @ y)
    noise = float(y @ y) / n
    ratio = _evidence_ratio(values, along, noise, n)
    shrunk = along / (values + ratio) if np.isfinite(ratio) else np.zeros_like(along)
    kept = float((values / (values + ratio)).mean()) if np.isfinite(ratio) else 0.0
    return np.concatenate([[target.mean()], vectors @ shrunk]), kept


def _evidence_ratio(values: Floats, along: Floats, noise: float, n: int) -> float:
    """Return noise variance over prior variance of a coefficient at the highest evidence.

    The noise of a score is many times what features explain of it, so it is taken as known.
    """
    if noise <= 0 or values.max(initial=0.0) <= 0:
        return np.inf
    ratios = np.concatenate([n * 10.0 ** np.linspace(-4, 4, 161), [np.inf]])
    with np.errstate(divide="ignore", invalid="ignore"):
        inflated = values[:, None] / ratios + 1  # variance of what is seen over that of noise alone
        seen = np.where(values > 1e-12, along**2 / np.maximum(values, 1e-300) / noise, 0.0)
        evidence = -0.5 * (np.log(inflated) + seen[:, None] / inflated).sum(axis=0)
    return float(ratios[np.argmax(evidence)])
