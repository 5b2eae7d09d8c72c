"""How soon a drop would be noticed in this series, by simulating its coming half year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from stamgast.insight.radar.detector import LIMIT, Detector
from stamgast.insight.radar.expectation import (
    FADE,
    LEVEL,
    LINGERING,
    SLOPE,
    WILD,
    WILD_SWING,
    Array,
    Bank,
)
from stamgast.insight.radar.year import WEEK, Holidays, regressors

SIZES = (0.1, 0.2, 0.3)
AHEAD = 26  # weeks
PATHS = 200
MOSTLY = 0.8


@dataclass(frozen=True)
class Delay:
    """When a drop of this size is noticed, in weeks from the first week it touches.

    `usual` is noticed in half of the cases, `mostly` in 8 of 10; None when not within half a year.
    `share` is how many are noticed within half a year.
    """

    drop: float
    usual: int | None
    mostly: int | None
    share: float


def delays(
    bank: Bank,
    series: int,
    *,
    share: float,
    last_week: date,
    holidays: Holidays,
    limit: float = LIMIT,
    sizes: Sequence[float] = SIZES,
    paths: int = PATHS,
    seed: int = 1,
) -> list[Delay]:
    """Say how soon drops would be noticed in one series of a bank that has learned its history.

    `share` is what this series has of the limit. Only its own alarm counts: that of a part may
    come sooner. The same seed gives the same answer. Sizes are
    shares (0.2: a fifth fewer purchases), delays are whole weeks, None where half a year is not
    enough. Refuses nothing.
    """
    weeks = [last_week + WEEK * (n + 1) for n in range(AHEAD)]
    inputs = regressors(weeks, holidays)
    rates = _futures(bank, series, inputs, paths, np.random.default_rng(seed))
    found = []
    for drop in sizes:
        dice = np.random.default_rng(seed + 1)
        counts = dice.poisson(rates * (1 - drop)).astype(float)
        raised = _first_alarms(bank.copy(series, paths), inputs, counts, limit / share)
        noticed = np.sort(raised)
        found.append(
            Delay(drop, _at(noticed, 0.5), _at(noticed, MOSTLY), float((raised <= AHEAD).mean()))
        )
    return found


def _futures(
    bank: Bank, series: int, inputs: Array, paths: int, dice: np.random.Generator
) -> Array:
    """Draw what the coming weeks may hold, rates of purchases: weeks x paths."""
    setting = dice.choice(bank.mean.shape[1], size=paths, p=bank.weight[series])
    state = np.empty((paths, bank.mean.shape[2]))
    for one in np.unique(setting):
        which = setting == one
        state[which] = dice.multivariate_normal(
            bank.mean[series, one], bank.covariance[series, one], which.sum(), method="eigh"
        )
    noise, passing = np.sqrt(bank.noise[setting]), np.sqrt(bank.passing[setting])
    rates = np.empty((len(inputs), paths))
    for week, known in enumerate(inputs):
        state[:, LEVEL] += state[:, SLOPE]
        state[:, LINGERING] *= FADE
        state += noise * dice.standard_normal(state.shape)
        wild = (dice.random(paths) < WILD) * WILD_SWING
        swing = np.hypot(passing, wild) * dice.standard_normal(paths)
        rates[week] = np.exp(np.minimum(state @ known + swing, 20.0))
    return rates


def _first_alarms(bank: Bank, inputs: Array, counts: Array, limit: float) -> Array:
    """Return the week of the first alarm of each path, counted from one; AHEAD + 1 when none."""
    detector = Detector(counts.shape[1], inputs.shape[1])
    first = np.full(counts.shape[1], AHEAD + 1)
    for week, known in enumerate(inputs):
        bank.advance()
        forecast = bank.foretell(known)
        evidence = detector.weigh(bank, forecast, counts[week])
        first = np.where((evidence >= limit) & (first > AHEAD), week + 1, first)
        detector.absorb(bank.learn(forecast, counts[week]), forecast)
    return first


def _at(noticed: Array, share: float) -> int | None:
    """Return by which week this share was noticed."""
    week = int(noticed[int(np.ceil(share * len(noticed))) - 1])
    return week if week <= AHEAD else None
