"""Maximum likelihood for positive parameters: optimum, standard errors, and whether they mean much.

Every model here has positive parameters, so the search runs over their logarithms, where the
likelihoods are close to quadratic and no step can leave the domain. The search is BFGS with an
analytic gradient, finished by Newton steps on a Hessian that is differenced from the gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .errors import NotIdentified
from .states import Floats

Objective = Callable[[Floats], tuple[float, Floats]]
"""Parameters to (log-likelihood, its gradient)."""

SMALLEST, LARGEST = 1e-5, 1e4  # beyond, customers are practically all alike
WIDEST_LOG_ERROR = 2.0  # a 95% interval that spans a factor of 3,000 tells nothing
CONVERGED = 1e-6  # gradient per customer
CLOSE_ENOUGH, MOST_STEPS = 1e-7, 200
NEAR_ENOUGH_FOR_HESSIAN = 1e-4  # relative; the Hessian is then right to as many digits
AT_EDGE = 1e-6
MOST_NEWTON_STEPS, MOST_HALVINGS, LONGEST_STEP = 40, 12, 2.0


@dataclass(frozen=True)
class Optimum:
    """Where the likelihood is highest: natural parameters, and the covariance of those searched.

    `covariance` is that of the searched coordinates (logarithms of the positive parameters, the
    covariate effects as they are), with zeros for those at the edge of what is searched, and None
    where the likelihood is flat; `gradient_norm` is the largest slope left, per customer, in the
    same coordinates.
    """

    names: tuple[str, ...]
    values: Floats
    is_log: tuple[bool, ...]
    covariance: Floats | None
    loglik: float
    gradient_norm: float
    has_converged: bool
    not_identified: NotIdentified | None

    def natural_covariance(self) -> Floats | None:
        """Return the covariance of the natural parameters (delta method; exact at an optimum)."""
        if self.covariance is None:
            return None
        scale = np.where(self.is_log, self.values, 1.0)
        return np.asarray(self.covariance * np.outer(scale, scale))


@dataclass(frozen=True)
class Start:
    """Where to begin, and what is known of the curvature there (the inverse, per customer)."""

    point: Floats
    inverse: Floats | None = None


def maximise(
    objective: Objective,
    names: Sequence[str],
    starts: Sequence[Sequence[float]],
    customers: float,
    *,
    free: Sequence[str] = (),
    ranges: Mapping[str, tuple[float, float]] | None = None,
    rough: tuple[Objective, float] | None = None,
) -> Optimum:
    """Return the optimum over positive parameters (those in `free` may take any sign).

    Starts are tried in turn until one converges, and the best is kept. `ranges` says
    where to search a parameter that has a unit; others are pure numbers, searched between 1e-5 and
    1e4. `rough` is the
    likelihood of a sample and its number of customers: its optimum is found first, cheaply, and the
    search in the whole begins there.
    """
    is_log = np.array([name not in free for name in names])
    edges = _edges(names, is_log, ranges or {})
    search = _Search(objective, is_log, customers)
    points = [Start(search.inward(np.asarray(start, dtype=np.float64))) for start in starts]
    if rough is not None:
        sample = _Search(rough[0], is_log, rough[1])
        points = [sample.best_of(points, edges).as_start(), *points]
    return search.finish(tuple(names), search.best_of(points, edges), edges)


def _edges(
    names: Sequence[str], is_log: NDArray[np.bool_], ranges: Mapping[str, tuple[float, float]]
) -> Floats:
    edges = []
    for name, has_log in zip(names, is_log, strict=True):
        low, high = ranges.get(name, (SMALLEST, LARGEST))
        edges.append((np.log(low), np.log(high)) if has_log else (-30.0, 30.0))
    return np.array(edges)


@dataclass(frozen=True)
class _Search:
    objective: Objective
    is_log: NDArray[np.bool_]
    customers: float

    def inward(self, natural: Floats) -> Floats:
        safe = np.where(self.is_log, natural, 1.0)
        return np.where(self.is_log, np.log(safe), natural)

    def outward(self, point: Floats) -> Floats:
        return np.where(self.is_log, np.exp(np.where(self.is_log, point, 0.0)), point)

    def slope(self, point: Floats) -> tuple[float, Floats]:
        """Return minus log-likelihood per customer and its gradient, in searched coordinates."""
        natural = self.outward(point)
        loglik, gradient = self.objective(natural)
        scaled = np.where(self.is_log, gradient * natural, gradient)
        return -loglik / self.customers, -scaled / self.customers

    def best_of(self, starts: Sequence[Start], edges: Floats) -> _Found:
        """Return the first end point that has converged, or else the highest."""
        best: _Found | None = None
        for start in starts:
            found = self.climb(start, edges)
            if best is None or found.height < best.height:
                best = found
            if best.left < CONVERGED:
                break
        assert best is not None
        return best

    def climb(self, start: Start, edges: Floats) -> _Found:
        """Return where the way up from a start ends.

        BFGS with steps cut at the edges. SciPy's L-BFGS-B takes as many evaluations, but its tiny
        matrix products wake the threads of the BLAS, which then slow our loops threefold.
        """
        point = np.clip(start.point, edges[:, 0], edges[:, 1])
        height, gradient = self.slope(point)
        inverse = start.inverse
        if inverse is None:
            inverse = np.eye(len(point)) / max(1.0, float(np.abs(gradient).max()))
        for _ in range(MOST_STEPS):
            if _slope_left(point, gradient, edges) < CLOSE_ENOUGH:
                break
            step = -(inverse * _inside(point, gradient, edges)).sum(axis=1)
            step /= max(1.0, np.abs(step).max() / LONGEST_STEP)
            promised = float((step * gradient).sum())
            if promised >= 0:
                step, inverse = -gradient, np.eye(len(point))
                promised = float((step * gradient).sum())
            for _ in range(MOST_HALVINGS):
                trial = np.clip(point + step, edges[:, 0], edges[:, 1])
                trial_height, trial_gradient = self.slope(trial)
                if trial_height <= height + 1e-4 * promised:
                    break
                step, promised = step / 3, promised / 3
            else:
                break
            inverse = _learnt(inverse, trial - point, trial_gradient - gradient)
            point, height, gradient = trial, trial_height, trial_gradient
        return self.polish(_Found(point, height, gradient, edges), edges)

    def polish(self, found: _Found, edges: Floats) -> _Found:
        """Take Newton steps to where the slope vanishes: the last digits that BFGS leaves.

        Along a flat ridge, where BFGS stalls, they lead on to the edge of what is searched.
        """
        for _ in range(MOST_NEWTON_STEPS):
            if found.left < 1e-10:
                break
            hessian = self.curvature(found.point)
            step = self.newton_step(found, hessian, edges)
            for _ in range(MOST_HALVINGS):
                trial = np.clip(found.point + step, edges[:, 0], edges[:, 1])
                there = _Found(trial, *self.slope(trial), edges)
                if there.is_better_than(found):
                    break
                step = step / 4
            else:
                break
            is_near = np.abs(step).max(initial=0.0) < NEAR_ENOUGH_FOR_HESSIAN
            found = replace(there, hessian=hessian if is_near else None)
        return found

    def newton_step(self, found: _Found, hessian: Floats, edges: Floats) -> Floats:
        """Return a step downhill in every direction of curvature, at most up to the first edge.

        It is shortened rather than cut at the edge: along a ridge the parameters move together, and
        cutting one of them would lead off the ridge.
        """
        point, gradient = found.point, found.gradient
        held = _is_held(point, gradient, edges)
        while True:
            step = np.zeros(len(point))
            curves, directions = np.linalg.eigh(hessian[np.ix_(~held, ~held)])
            along = (directions.T @ gradient[~held]) / np.maximum(np.abs(curves), 1e-12)
            step[~held] = -directions @ along
            leaves = ~held & _leads_out(point, step, edges)
            if not leaves.any():
                break
            held |= leaves
        moves = step != 0
        room = np.where(step > 0, edges[:, 1] - point, point - edges[:, 0])[moves]
        share = float(np.min(room / np.abs(step[moves]), initial=1.0))
        return np.asarray(step * min(share, LONGEST_STEP / max(np.abs(step).max(), 1e-300)))

    def curvature(self, point: Floats) -> Floats:
        """Return the Hessian of minus log-likelihood per customer, differenced from slopes."""
        k, step = len(point), 1e-4
        hessian = np.empty((k, k))
        for i in range(k):
            nudge = np.zeros(k)
            nudge[i] = step
            up, down = self.slope(point + nudge)[1], self.slope(point - nudge)[1]
            hessian[i] = (up - down) / (2 * step)
        return np.asarray((hessian + hessian.T) / 2)

    def finish(self, names: tuple[str, ...], found: _Found, edges: Floats) -> Optimum:
        """Return what was found, with the covariance and whether it means anything."""
        hessian = self.curvature(found.point) if found.hessian is None else found.hessian
        covariance: Floats | None = None
        inside = ~_at_edge(found.point, edges)
        if _is_positive(hessian[np.ix_(inside, inside)]):
            inverse = np.linalg.inv(hessian[np.ix_(inside, inside)]) / self.customers
            covariance = np.zeros_like(hessian)
            covariance[np.ix_(inside, inside)] = (inverse + inverse.T) / 2
        converged = bool(found.left < CONVERGED and np.isfinite(found.height))
        natural = self.outward(found.point)
        return Optimum(
            names,
            natural,
            tuple(bool(flag) for flag in self.is_log),
            covariance,
            -found.height * self.customers,
            found.left,
            converged,
            _doubt(names, natural, found.point, edges, covariance, converged, found.left),
        )


@dataclass(frozen=True)
class _Found:
    """A point on the way: its height (minus log-likelihood per customer) and the slope there."""

    point: Floats
    height: float
    gradient: Floats
    edges: Floats
    hessian: Floats | None = None

    @property
    def left(self) -> float:
        """The largest slope, not counting what points out of the searched range."""
        return _slope_left(self.point, self.gradient, self.edges)

    def is_better_than(self, other: _Found) -> bool:
        """Say whether this is lower, or as low within rounding and flatter."""
        rounding = 1e-11 * (1.0 + abs(other.height))
        if self.height < other.height - rounding:
            return True
        return self.height <= other.height + rounding and self.left < other.left

    def as_start(self) -> Start:
        if self.hessian is None or not _is_positive(self.hessian):
            return Start(self.point)
        return Start(self.point, np.asarray(np.linalg.inv(self.hessian), dtype=np.float64))


def _is_held(point: Floats, gradient: Floats, edges: Floats) -> NDArray[np.bool_]:
    """Say which coordinates lie at an edge with the way down leading over it."""
    return _leads_out(point, -gradient, edges)


def _leads_out(point: Floats, step: Floats, edges: Floats) -> NDArray[np.bool_]:
    low, high = edges[:, 0] + AT_EDGE, edges[:, 1] - AT_EDGE
    return np.asarray((point <= low) & (step < 0) | (point >= high) & (step > 0))


def _inside(point: Floats, gradient: Floats, edges: Floats) -> Floats:
    return np.where(_is_held(point, gradient, edges), 0.0, gradient)


def _learnt(inverse: Floats, moved: Floats, bent: Floats) -> Floats:
    """Return the BFGS update of the inverse Hessian, unless the step saw no upward curve."""
    curve = float((moved * bent).sum())
    if curve <= 1e-14 * float(np.abs(moved).max() * np.abs(bent).max()):
        return inverse
    turned = (inverse * bent).sum(axis=1)
    stretch = (1 + float((bent * turned).sum()) / curve) / curve
    crossed = np.multiply.outer(turned, moved)
    return np.asarray(
        inverse + stretch * np.multiply.outer(moved, moved) - (crossed + crossed.T) / curve
    )


def _at_edge(point: Floats, edges: Floats) -> NDArray[np.bool_]:
    return np.asarray((point <= edges[:, 0] + AT_EDGE) | (point >= edges[:, 1] - AT_EDGE))


def _slope_left(point: Floats, gradient: Floats, edges: Floats) -> float:
    """Return the largest slope, not counting what points out of the searched range."""
    moved = np.clip(point - gradient, edges[:, 0], edges[:, 1])
    return float(np.abs(moved - point).max())


def _is_positive(hessian: Floats) -> bool:
    if not np.isfinite(hessian).all():
        return False
    if not len(hessian):
        return True
    values = np.linalg.eigvalsh(hessian)
    return bool(values[0] > 1e-12 * max(values[-1], 1e-12))


def _doubt(
    names: tuple[str, ...],
    natural: Floats,
    point: Floats,
    edges: Floats,
    covariance: Floats | None,
    converged: bool,
    left: float,
) -> NotIdentified | None:
    if not converged:
        return NotIdentified("not_converged", {"slope_per_customer": left})
    for edge, is_there in (
        ("lower", point <= edges[:, 0] + AT_EDGE),
        ("upper", point >= edges[:, 1] - AT_EDGE),
    ):
        if is_there.any():
            i = int(np.flatnonzero(is_there)[0])
            facts = {"parameter": names[i], "value": float(natural[i]), "edge": edge}
            return NotIdentified("at_boundary", facts)
    if covariance is None:
        return NotIdentified("flat_likelihood", {"parameter": "several together"})
    errors = np.sqrt(np.diag(covariance))
    worst = int(np.argmax(errors))
    if errors[worst] > WIDEST_LOG_ERROR:
        facts = {"parameter": names[worst], "relative_error": round(float(errors[worst]), 2)}
        return NotIdentified("flat_likelihood", facts)
    return None
