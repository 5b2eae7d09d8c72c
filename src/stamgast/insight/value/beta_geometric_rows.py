"""The BG/NBD and MBG/NBD likelihood row by row, for parameters that differ between rows.

With covariates or a season nothing can be looked up by count or by day; each row costs three
logarithms more than in `beta_geometric`, and gives its slopes by its own parameters and times.
"""

from __future__ import annotations

from math import exp, log, log1p

import numpy as np

from .compiled import compiled
from .extras import Rows
from .states import Floats, Ints, States


@compiled
def fill_rows(
    x: Ints,
    t_x: Floats,
    T: Floats,
    weight: Floats,
    r: Floats,
    alpha: Floats,
    a: Floats,
    b: Floats,
    shift: int,
    out: Floats,
) -> float:
    """Return the log-likelihood; write slopes by r, alpha, a, b, t_x and T, times the weight."""
    total = 0.0
    for i in range(len(x)):
        n, end, last = x[i], alpha[i] + T[i], alpha[i] + t_x[i]
        waited, whole = log1p(T[i] / alpha[i]), r[i] + n
        value = -r[i] * waited - n * log(end)
        by_r, by_a, by_b = -waited, 0.0, 0.0
        by_alpha = (r[i] * T[i] / alpha[i] - n) / end
        by_t_x, by_T = 0.0, -whole / end
        for k in range(n):
            value += log(r[i] + k)
            by_r += 1.0 / (r[i] + k)
        for k in range(n + shift):
            both = a[i] + b[i] + k
            value += log((b[i] + k) / both)
            by_a -= 1.0 / both
            by_b += 1.0 / (b[i] + k) - 1.0 / both
        before = n + shift - 1
        if before >= 0:
            gap = log1p((T[i] - t_x[i]) / last)
            odd = log(a[i] / (b[i] + before)) + whole * gap
            small = exp(-abs(odd))
            value += log1p(small) + max(odd, 0.0)
            gone = 1.0 / (1.0 + small)
            if odd < 0.0:
                gone *= small
            by_r += gone * gap
            by_alpha += gone * whole * (1.0 / end - 1.0 / last)
            by_a += gone / a[i]
            by_b -= gone / (b[i] + before)
            by_t_x -= gone * whole / last
            by_T += gone * whole / end
        w = weight[i]
        total += w * value
        out[i, 0], out[i, 1], out[i, 2] = w * by_r, w * by_alpha, w * by_a
        out[i, 3], out[i, 4], out[i, 5] = w * by_b, w * by_t_x, w * by_T
    return total


def row_slopes(states: States, rows: Rows, shift: int) -> tuple[float, Floats]:
    """Return the log-likelihood and the weighted slopes of every row."""
    out = np.empty((len(states.x), 6))
    total = fill_rows(states.x, states.t_x, states.T, states.weight, *rows, shift, out)
    return total, out


def p_alive_rows(states: States, rows: Rows, shift: int) -> Floats:
    """Return the probability that each customer is still there, parameters differing by row."""
    from scipy.special import expit

    r, alpha, a, b = rows
    before = states.x + (shift - 1)
    gap = np.log1p((states.T - states.t_x) / (alpha + states.t_x))
    odds = np.log(a / np.maximum(b + before, 1e-300)) + (r + states.x) * gap
    return np.asarray(expit(np.where(before < 0, np.inf, -odds)))
