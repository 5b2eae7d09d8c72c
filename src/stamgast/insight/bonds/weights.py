"""How much each indicator says, fitted to what came after it; stated weights where data are thin.

The posterior mean is a forecast: of a later answer, of a referral, of leaving once a bond has
ended. Reliabilities are chosen so that it forecasts best. An answer is on the scale of the bond
itself; the chance of a referral or of leaving is a logistic function of the logit of the mean, with
an intercept and a slope of its own. Leaving when a bond ends is nearly what its strength means, so
that slope is held near one; without that it could not be told from the weights. Log reliabilities
have a normal prior around the stated ones, so that an indicator the outcomes say nothing about
keeps its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt

from ..engine import as_table
from ..tables import TableError, check
from .contract import BONDS, OUTCOMES, checked_evidence
from .indicators import INDICATORS, Indicator, checked_indicators
from .posterior import weighted
from .priors import PRIORS, Priors

Floats = npt.NDArray[np.float64]

FEWEST_OUTCOMES = 200  # of customers with that indicator, and 20 of either kind among them
FEWEST_EITHER = 20.0
MOST_CUSTOMERS = 40_000  # per bond; more change no digit that is used
DOUBT = 1.0  # standard deviation of the log of a stated reliability
LEARNED = 0.5  # of that doubt must be gone before the fitted one counts
KINDS = ("answer", "referral", "left")
_EDGE = 1e-4


@dataclass(frozen=True)
class Weight:
    """The reliability of one indicator, in observations, and whether it is fitted or stated.

    `low` and `high` are its 80 % interval, where fitted. `reason` says why it is stated:
    `no_outcomes` for its bond, `few_outcomes` of customers with this indicator, or `says_little`.
    """

    indicator: str
    bond: str
    stated: float
    used: float
    basis: str
    outcomes: int
    low: float | None = None
    high: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class FittedWeights:
    """A registry with reliabilities as far as they could be fitted, and what each rests on."""

    indicators: tuple[Indicator, ...]
    weights: tuple[Weight, ...]


@dataclass(frozen=True)
class _Cases:
    """Customers with an outcome: per indicator of the bond the strengths seen, and what came."""

    codes: tuple[str, ...]
    parts: npt.NDArray[np.int64]
    most: Floats
    total: Floats
    summed: Floats
    kind: npt.NDArray[np.int64]
    value: Floats


def fit_weights(
    evidence: Any,
    outcomes: Any,
    *,
    as_of: date,
    indicators: Iterable[Indicator] = INDICATORS,
    priors: Priors = PRIORS,
) -> FittedWeights:
    """Return the registry with reliabilities fitted to outcomes that came after as_of.

    `evidence` counts up to as_of; `outcomes` (the contract OUTCOMES) are what happened later, one
    row per customer, bond and kind: the caller includes those to whom it did not happen. For bonds
    other than the emotional, `left` means the customer left after their bond had ended: the
    stronger it held, the more do. An indicator that fewer than 200 outcomes bear on, or of which
    the outcomes say too little, keeps its stated reliability, and the answer says so. Executes;
    reads at most 40,000 customers per bond. Refuses an unknown kind or bond, and values outside
    0..1, with TableError.
    """
    registry = checked_indicators(indicators)
    told = _checked_outcomes(outcomes)
    seen = checked_evidence(evidence)
    found: dict[str, Weight] = {}
    for bond in BONDS:
        own = tuple(one for one in registry if one.bond == bond)
        if own:
            cases = _read(seen, told.filter(told.bond == bond), own, as_of)
            prior = (priors.means[bond] * priors.worth, priors.worth)
            found.update((weight.indicator, weight) for weight in _fit(cases, own, prior))
    used = tuple(replace(one, reliability=found[one.code].used) for one in registry)
    return FittedWeights(used, tuple(found[one.code] for one in registry))


def _checked_outcomes(outcomes: Any) -> ir.Table:
    table = check(as_table(outcomes), OUTCOMES)
    value = table.value.cast("float64")
    faults = {
        "an unknown bond": table.bond.notin(BONDS) | table.bond.isnull(),
        "an unknown kind": table.kind.notin(KINDS) | table.kind.isnull(),
        "a value outside 0..1": value.isnull() | ~value.between(0.0, 1.0),
    }
    counts = {str(place): fault.sum() for place, fault in enumerate(faults.values())}
    found = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
    for place, what in enumerate(faults):
        if found[str(place)]:
            raise TableError(f"{found[str(place)]} outcomes have {what}")
    return table.select("customer_id", "bond", "kind", value=value)


def _read(
    evidence: ir.Table, outcomes: ir.Table, own: tuple[Indicator, ...], as_of: date
) -> _Cases:
    """Read the evidence of customers with an outcome, strengths decayed but not yet weighted."""
    unweighted = tuple(replace(one, reliability=1.0) for one in own)
    rows = weighted(evidence, unweighted, as_of)
    rows = rows.semi_join(outcomes, "customer_id")
    rows = rows.group_by("customer_id", "place").agg(
        most=rows.weight.max(), total=rows.weight.sum(), summed=(rows.weight * rows.value).sum()
    )
    people = outcomes.select("customer_id").distinct()
    people = people.semi_join(rows, "customer_id")  # of whom nothing was seen tell nothing
    turn = ibis.row_number().over(ibis.window(order_by="customer_id"))
    numbered = people.mutate(turn=turn)
    step = max(1, math.ceil(int(people.count().execute()) / MOST_CUSTOMERS))
    chosen = numbered.filter(numbered.turn % step == 0)
    cells = rows.inner_join(chosen, "customer_id").select(
        "turn", "place", "most", "total", "summed"
    )
    ends = outcomes.inner_join(chosen, "customer_id").select("turn", "kind", "value")
    return _arrange(cells.order_by("turn").to_pyarrow(), ends.to_pyarrow(), own)


def _arrange(cells: Any, ends: Any, own: tuple[Indicator, ...]) -> _Cases:
    """Lay what was read out as arrays, a row per outcome and a column per indicator."""
    turns = cells["turn"].to_numpy().astype(np.int64)
    people, row = np.unique(turns, return_inverse=True)
    place = cells["place"].to_numpy().astype(np.int64)
    wide = {name: np.zeros((people.size, len(own))) for name in ("most", "total", "summed")}
    for name, array in wide.items():
        array[row, place] = cells[name].to_numpy()
    of = np.searchsorted(people, ends["turn"].to_numpy().astype(np.int64))
    kinds = np.array([KINDS.index(kind) for kind in ends["kind"].to_pylist()], dtype=np.int64)
    shared = list(dict.fromkeys(one.shared for one in own))
    return _Cases(
        codes=tuple(one.code for one in own),
        parts=np.array([shared.index(one.shared) for one in own]),
        most=wide["most"][of],
        total=wide["total"][of],
        summed=wide["summed"][of],
        kind=kinds,
        value=ends["value"].to_numpy().astype(np.float64),
    )


def _fit(
    cases: _Cases, own: tuple[Indicator, ...], prior: tuple[float, float]
) -> tuple[Weight, ...]:
    """Fit the indicators of one bond that enough outcomes bear on; the others keep their weight."""
    stated = np.array([one.reliability for one in own], dtype=np.float64)
    counts = (cases.most > 0).sum(axis=0)
    happened = (cases.most > 0).T @ cases.value
    either = np.minimum(happened, counts - happened)
    is_free = (counts >= FEWEST_OUTCOMES) & (either >= FEWEST_EITHER)
    used, low, high, is_learned = stated.copy(), stated.copy(), stated.copy(), is_free.copy()
    if is_free.any():
        logs, errors = _optimum(cases, stated, is_free, prior)
        is_learned[is_free] = errors < (1 - LEARNED) * DOUBT
        fitted = stated.copy()
        fitted[is_free] = np.exp(logs)
        used = np.where(is_learned, fitted, stated)
        reach = 1.2816 * errors
        low[is_free], high[is_free] = np.exp(logs - reach), np.exp(logs + reach)
    return tuple(
        Weight(
            indicator=one.code,
            bond=one.bond,
            stated=one.reliability,
            used=float(used[i]),
            basis="fitted" if is_learned[i] else "stated",
            outcomes=int(counts[i]),
            low=float(low[i]) if is_learned[i] else None,
            high=float(high[i]) if is_learned[i] else None,
            reason=None if is_learned[i] else _why_stated(cases, bool(is_free[i])),
        )
        for i, one in enumerate(own)
    )


def _why_stated(cases: _Cases, is_free: bool) -> str:
    if not cases.value.size:
        return "no_outcomes"
    return "says_little" if is_free else "few_outcomes"


def _optimum(
    cases: _Cases, stated: Floats, is_free: npt.NDArray[np.bool_], prior: tuple[float, float]
) -> tuple[Floats, Floats]:
    """Return the logs of the free reliabilities that forecast best, and their standard errors."""
    from scipy.optimize import minimize

    free = np.flatnonzero(is_free)
    centre = np.concatenate([np.log(stated[free]), _link_centre()])
    spread = np.concatenate([np.full(free.size, DOUBT), _LINK_DOUBT])

    def misfit(at: Floats) -> float:
        weights = stated.copy()
        weights[free] = np.exp(at[: free.size])
        mean = np.clip(_means(cases, weights, prior), _EDGE, 1 - _EDGE)
        chance = _chance(mean, cases.kind, at[free.size :])
        fit = cases.value * np.log(chance) + (1 - cases.value) * np.log1p(-chance)
        return float((((at - centre) / spread) ** 2).sum() / 2 - fit.sum())

    reach = np.concatenate([np.full(free.size, 4.0), np.full(4, 6.0)])
    bounds = list(zip(centre - reach, centre + reach, strict=True))
    found = minimize(misfit, centre, method="L-BFGS-B", bounds=bounds)
    covariance = np.linalg.pinv(_curvature(misfit, found.x))
    errors = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    return found.x[: free.size], errors[: free.size]


# Intercept and slope for referrals, and for leaving; an answer needs neither.
_LINK_DOUBT = np.array([3.0, 1.0, 3.0, 0.1])


def _link_centre() -> Floats:
    return np.array([-2.0, 1.0, 0.0, 1.0])


def _chance(mean: Floats, kind: npt.NDArray[np.int64], link: Floats) -> Floats:
    """Return the chance of each outcome, given the mean of the bond."""
    logit = np.log(mean / (1 - mean))
    intercept = np.array([0.0, link[0], link[2]])[kind]
    slope = np.array([1.0, link[1], link[3]])[kind]
    chance = 1 / (1 + np.exp(-(intercept + slope * logit)))
    return np.asarray(np.clip(chance, _EDGE, 1 - _EDGE))


def _means(cases: _Cases, weights: Floats, prior: tuple[float, float]) -> Floats:
    """Return posterior means: the same sums as `observed_per_bond`, for one bond, in arrays."""
    towards, worth = prior
    top = np.full(cases.value.size, towards)
    bottom = np.full(cases.value.size, worth)
    for part in np.unique(cases.parts):
        of = cases.parts == part
        heaviest = (weights[of] * cases.most[:, of]).max(axis=1)
        total = cases.total[:, of] @ weights[of]
        share = (cases.summed[:, of] @ weights[of]) / np.where(total > 0, total, 1.0)
        top += heaviest * share
        bottom += heaviest
    return np.asarray(top / bottom)


def _curvature(misfit: Callable[[Floats], float], at: Floats, step: float = 1e-3) -> Floats:
    """Return the second derivatives by central differences."""
    size = at.size
    steps = np.eye(size) * step
    matrix = np.empty((size, size))
    for i in range(size):
        for j in range(i, size):
            corners = [
                sign_i * sign_j * misfit(at + sign_i * steps[i] + sign_j * steps[j])
                for sign_i in (1, -1)
                for sign_j in (1, -1)
            ]
            matrix[i, j] = matrix[j, i] = sum(corners) / (4 * step * step)
    return matrix
