"""The hypergeometric function that the Pareto/NBD needs, with its slopes, to ten digits or more."""

from __future__ import annotations

from .compiled import compiled


@compiled
def log_slopes_2f1(b: float, c: float, z: float) -> tuple[float, float, float, float]:
    """Return 2F1(1, b; c; z) and the slopes of its logarithm by b, c and z, for 0 <= z < 1 < c.

    Gauss's continued fraction, evaluated forward (Lentz) together with its derivatives. SciPy's
    `hyp2f1` is not used: it gives NaN for some ordinary arguments (integer c - b - 1, z above 0.9).
    """
    c -= 1.0
    value, by_b, by_c, by_z = 1.0, 0.0, 0.0, 0.0
    over, over_b, over_c, over_z = 1.0, 0.0, 0.0, 0.0  # the ratio of numerators
    under, under_b, under_c, under_z = 0.0, 0.0, 0.0, 0.0  # the ratio of denominators
    for n in range(1, 200_000):
        k = n // 2
        if n % 2:
            top = (b + k) * (c + k)
            top_b, top_c = c + k, b + k
            low, high = c + 2 * k, c + 2 * k + 1.0
        else:
            top = k * (c - b + k)
            top_b, top_c = -float(k), float(k)
            low, high = c + 2 * k - 1.0, c + 2 * k
        below = low * high
        # The n-th partial numerator, and its slopes; `below` moves with c by low + high.
        e = -top / below * z
        e_b = -top_b / below * z
        e_c = -(top_c - top * (low + high) / below) / below * z
        e_z = -top / below
        new = 1.0 / (1.0 + e * under)
        under_b = -new * new * (e_b * under + e * under_b)
        under_c = -new * new * (e_c * under + e * under_c)
        under_z = -new * new * (e_z * under + e * under_z)
        under = new
        over_b = (e_b - e * over_b / over) / over
        over_c = (e_c - e * over_c / over) / over
        over_z = (e_z - e * over_z / over) / over
        over = 1.0 + e / over
        step = over * under
        value *= step
        change_b = over_b / over + under_b / under
        change_c = over_c / over + under_c / under
        change_z = over_z / over + under_z / under
        by_b, by_c, by_z = by_b + change_b, by_c + change_c, by_z + change_z
        moved = abs(change_b) * b + abs(change_c) * c + abs(change_z) * z
        if abs(step - 1.0) < 1e-15 and moved < 1e-12:
            break
    return 1.0 / value, -by_b, -by_c, -by_z
