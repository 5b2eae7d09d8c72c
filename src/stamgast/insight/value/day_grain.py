"""Whole days taken for what they are, so that a base of days gives what one of moments would.

Shops store the day of an order, and what one customer buys on one day counts as one purchase. For
models in continuous time two things are then off. The day of a purchase is known, not its moment;
and after the first purchase of a day the rest of that day cannot bring another. Taking days for
moments makes the pace of frequent customers too low, by many standard errors once there are
thousands of customers, and forecasts a percent or so too high.

Counting time only while a purchase could be seen mends both. Purchases come at random, so after the
day of a purchase the wait for the next begins anew: every purchase day uses up the rest of its day,
half a day on average. A customer with x repeat purchases, the last on day t_x of the T days watched,
was open to purchases for T - x/2 days, and for t_x - x/2 days until the last. Drop-out after a
purchase is untouched by this; leaving at any moment (Pareto/NBD) is shifted by as little.

Ahead it is the same the other way round: of a horizon of H days someone who buys at a pace of p a day
is open to purchases for H / (1 + p/2).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .states import Floats, States

SHARE = 0.5  # of a day, that is used up by a purchase


def while_open(states: States) -> States:
    """Return the states in time that was open to purchases; those of moments as they are."""
    if not states.grain:
        return states
    # Never more than was there: arrays of moments may hold several purchases on a day.
    used = np.minimum(SHARE * states.grain * states.x, states.t_x)
    return replace(states, t_x=states.t_x - used, T=states.T - used, grain=0.0)


def open_ahead(horizon: Floats, pace: Floats, grain: float) -> Floats:
    """Return how much of a horizon is open to purchases of customers who buy at this pace."""
    if not grain:
        return np.broadcast_to(horizon, pace.shape)
    return np.asarray(horizon / (1 + SHARE * grain * pace), dtype=np.float64)
