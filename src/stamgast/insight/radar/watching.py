"""Expected purchases per week against actual, and an alarm when they drop.

Each week is foretold from the weeks before it, never from itself, so that replaying the history
gives the same alarms as having looked every week. A week counts once it is over: who looks daily
sees the same as who looks weekly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stamgast.insight.radar.counts import SHORTEST, TWO_YEARS, Unknown, Weeks, choose
from stamgast.insight.radar.detector import LIMIT, Detector, shares
from stamgast.insight.radar.expectation import Array, Bank, Forecast, band, first_level
from stamgast.insight.radar.loss import Loss, loss_since
from stamgast.insight.radar.year import Holidays, regressors, uncertainty

SHUT = 20.0  # expected purchases above which a week without any is a gap in what we know
CHANGED = 0.3  # how far a level may move after an alarm at least, as a logarithm
AFTER = 12  # weeks over which a drop is measured at most


@dataclass(frozen=True)
class Alarm:
    """A drop in one series: when it was raised, since when, and how much it cost so far."""

    facet: str
    value: str
    raised: date  # the Monday of the week that raised it
    since: date  # the Monday of the week in which the drop most likely began
    loss: Loss


@dataclass(frozen=True)
class Watched:
    """What watching found.

    `table` has a row per series and week: facet, value, week, expected, low, high (a band that
    holds 90 % of the weeks), actual, evidence (an alarm at `limit`), is_alarm. After an alarm,
    expected is what it would have been without the drop. `unknown` says of which series nothing
    can be said, and `gaps` which weeks were taken as not known. Without `has_season` two years are
    not known yet: the band is as wide as a season could make it.
    """

    table: pa.Table
    alarms: list[Alarm]
    unknown: list[Unknown]
    gaps: list[date]
    has_season: bool
    limit: float
    weeks: Weeks
    bank: Bank | None = field(repr=False, default=None)


@dataclass
class _Trail:
    """What is written down week by week: weeks x series."""

    expected: Array
    low: Array
    high: Array
    evidence: Array
    is_alarm: NDArray[np.bool_]
    since: NDArray[np.intp]  # place of the week in which a drop with an alarm began

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> _Trail:
        expected, low, high, evidence = np.full((4, *shape), np.nan)
        return cls(expected, low, high, evidence, np.zeros(shape, bool), np.zeros(shape, np.intp))


def watch(weeks: Weeks, *, holidays: Holidays | None = None, limit: float = LIMIT) -> Watched:
    """Follow all series that can be followed; refuses none, but says of which nothing is known.

    `weeks` is what `gather` returned. A series needs a year of history and four purchases a week.
    """
    chosen, unknown = choose(weeks)
    days = holidays or {}
    if not chosen.series:
        return Watched(_no_rows(), [], unknown, [], False, limit, chosen)
    counts = chosen.purchases.copy()
    gaps: list[int] = []
    inputs = regressors(chosen.weeks, days)
    trail, bank = follow(counts, inputs, days, limit=limit, gaps=gaps)
    alarms = _alarms(chosen, counts, inputs, days, trail)
    return Watched(
        table=_table(chosen, trail),
        alarms=alarms,
        unknown=unknown,
        gaps=[chosen.weeks[n] for n in gaps],
        has_season=len(chosen.weeks) >= TWO_YEARS,
        limit=limit,
        weeks=Weeks(chosen.weeks, chosen.series, counts),
        bank=bank,
    )


def follow(
    counts: Array,
    inputs: Array,
    holidays: Holidays,
    *,
    limit: float = LIMIT,
    gaps: list[int] | None = None,
    with_bands: bool = True,
    groups: int = 1,
) -> tuple[_Trail, Bank]:
    """Go through the weeks; counts: weeks x series, the whole shop first.

    Weeks without a single purchase where many were expected become NaN in `counts`, and their
    places are added to `gaps`. With `groups` the columns are that many shops, each with its whole
    first and the same parts.
    """
    long, series = counts.shape
    bank = Bank(first_level(counts), *uncertainty(holidays))
    detector = Detector(series, inputs.shape[1])
    share = np.tile(shares(series // groups), groups)
    trail = _Trail.empty(counts.shape)
    known = np.zeros(series, np.intp)
    for week in range(long):
        bank.advance()
        forecast = bank.foretell(inputs[week])
        if groups == 1 and _is_gap(counts[week], bank, forecast):
            counts[week] = np.nan
            if gaps is not None:
                gaps.append(week)
        is_ready = known >= SHORTEST
        evidence = detector.weigh(bank, forecast, counts[week]) * share
        trail.evidence[week] = np.where(is_ready, evidence, np.nan)
        raised = is_ready & np.isfinite(counts[week]) & (evidence >= limit)
        trail.is_alarm[week] = raised
        opened = np.zeros(series)
        for one in np.flatnonzero(raised):
            lasted, size = detector.likeliest(int(one))
            trail.since[week, one] = week + 1 - lasted
            opened[one] = max(CHANGED, -size)
        if with_bands:
            trail.expected[week], trail.low[week], trail.high[week] = band(bank, forecast)
        detector.absorb(bank.learn(forecast, counts[week]), forecast)
        detector.forget(raised | ~is_ready)
        bank.open_up(opened)
        known += np.isfinite(counts[week])
    return trail, bank


def _is_gap(counts: Array, bank: Bank, forecast: Forecast) -> bool:
    """Say whether nothing at all was sold where much was expected: rather not imported, or shut."""
    if counts[0] != 0:
        return False
    return bool((bank.weight[0] * forecast.mean[0]).sum() >= SHUT)


def _alarms(
    weeks: Weeks, counts: Array, inputs: Array, holidays: Holidays, trail: _Trail
) -> list[Alarm]:
    """Measure each alarm's drop, and put what was expected without it into the trail."""
    found = []
    for place, series in np.argwhere(trail.is_alarm):
        start = int(trail.since[place, series])
        end = min(max(place + 1, start + AFTER), _next_alarm(trail, place, series))
        column = counts[:end, series]
        loss, expected = loss_since(column, inputs[:end], holidays, start=start)
        for into, value in zip((trail.expected, trail.low, trail.high), expected, strict=True):
            into[start:end, series] = value
        facet, value = weeks.series[series]
        found.append(Alarm(facet, value, weeks.weeks[place], weeks.weeks[start], loss))
    return sorted(found, key=lambda alarm: (alarm.raised, alarm.facet, alarm.value))


def _next_alarm(trail: _Trail, place: int, series: int) -> int:
    """Return where the drop of the series' next alarm began, or the end of the weeks."""
    later = np.flatnonzero(trail.is_alarm[place + 1 :, series])
    if not len(later):
        return len(trail.is_alarm)
    return max(int(trail.since[place + 1 + later[0], series]), place + 1)


def _table(weeks: Weeks, trail: _Trail) -> pa.Table:
    long, many = weeks.purchases.shape
    columns = {
        "facet": np.repeat([name[0] for name in weeks.series], long),
        "value": np.repeat([name[1] for name in weeks.series], long),
        "week": pa.array(weeks.weeks * many, pa.date32()),
        "expected": trail.expected.T.ravel(),
        "low": trail.low.T.ravel(),
        "high": trail.high.T.ravel(),
        "actual": weeks.purchases.T.ravel(),
        "evidence": trail.evidence.T.ravel(),
        "is_alarm": trail.is_alarm.T.ravel(),
    }
    return pa.table(columns, schema=_SCHEMA)


_SCHEMA = pa.schema(
    [("facet", pa.string()), ("value", pa.string()), ("week", pa.date32())]
    + [(name, pa.float64()) for name in ("expected", "low", "high", "actual", "evidence")]
    + [("is_alarm", pa.bool_())]
)


def _no_rows() -> pa.Table:
    return pa.table({name: [] for name in _SCHEMA.names}, schema=_SCHEMA)
