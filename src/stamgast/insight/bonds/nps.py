"""The Net Promoter Score with its standard error, and how many answers are needed to know it.

An answer counts as +1 (9 or 10), 0 (7 or 8) or -1 (0 to 6). With shares p and d of the first and
last, the score is p - d, with standard error sqrt((p + d - (p - d)^2) / n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

from ..engine import as_table
from ..tables import TableError, business_day, check
from .sources.answers import ANSWERS

TYPICAL = (0.5, 1 / 6)  # promoters and detractors assumed before anybody has answered
_TYPICAL_WORTH = 3.0  # answers


@dataclass(frozen=True)
class NetPromoterScore:
    """The score of so many answers: all figures are shares, -1..1 for score, low and high."""

    answers: int
    promoters: float
    detractors: float
    score: float
    standard_error: float
    low: float
    high: float
    level: float


def net_promoter_score(
    promoters: int, passives: int, detractors: int, *, level: float = 0.95
) -> NetPromoterScore:
    """Return the score from counts, or refuse no answers and negative counts with ValueError."""
    counts = (promoters, passives, detractors)
    n = sum(counts)
    if min(counts) < 0 or n == 0:
        raise ValueError("a score needs at least one answer, and no count below zero")
    p, d = promoters / n, detractors / n
    error = math.sqrt(_variance(p, d) / n)
    reach = _reach(level) * error
    return NetPromoterScore(
        n, p, d, p - d, error, max(p - d - reach, -1.0), min(p - d + reach, 1.0), level
    )


def measured_score(
    answers: Any, *, as_of: date, within_days: int = 365, level: float = 0.95
) -> NetPromoterScore | None:
    """Return the score of answers to `nps` in the days up to as_of; None when nobody answered.

    `answers` has the columns of ANSWERS; of one customer the newest answer counts. Those who did
    not answer may think otherwise, which no standard error tells. Refuses a score outside 0..10
    with TableError.
    """
    table = check(as_table(answers), ANSWERS, need=["score"])
    day = business_day(as_of)
    asked = table.filter(
        table.question == "nps",
        table.score.notnull(),
        table.day <= day,
        table.day > date.fromordinal(day.toordinal() - within_days),
    )
    per_day = asked.group_by("customer_id", "day").agg(score=asked.score.mean())
    newest = per_day.group_by("customer_id").agg(score=per_day.score.argmax(per_day.day))
    score = newest.score
    counts = (
        newest.aggregate(
            promoters=(score >= 8.5).sum(),
            passives=((score >= 6.5) & (score < 8.5)).sum(),
            detractors=(score < 6.5).sum(),
            outside=((score < 0) | (score > 10)).sum(),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    counts = {name: int(count or 0) for name, count in counts.items()}
    if counts.pop("outside"):
        raise TableError("answers to nps lie between 0 and 10")
    return net_promoter_score(**counts, level=level) if sum(counts.values()) else None


def answers_for_score(
    half_width: float,
    *,
    promoters: float = TYPICAL[0],
    detractors: float = TYPICAL[1],
    customers: int | None = None,
    level: float = 0.95,
) -> int:
    """Return how many answers make the score known to within half_width (0.1 is ten points).

    `promoters` and `detractors` are the shares so far or expected; `customers` is the size of the
    base, of which fewer need to answer when it is small. Refuses shares that cannot be with
    ValueError.
    """
    if min(promoters, detractors) < 0 or promoters + detractors > 1:
        raise ValueError("promoters and detractors are shares, together at most one")
    return _needed(_variance(promoters, detractors), half_width, customers, level)


def answers_for_share(
    half_width: float,
    *,
    share: float = 0.5,
    customers: int | None = None,
    level: float = 0.95,
) -> int:
    """Return how many customers must answer before a share, as of the truly loyal, is known.

    Known means to within half_width (0.05 is five per cent of the base). The share is the mean of
    one chance per customer, whose variance is at most share x (1 - share): so this is enough, and
    one half asks the most. Refuses a share outside 0..1 with ValueError.
    """
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    return _needed(share * (1 - share), half_width, customers, level)


@dataclass(frozen=True)
class Needed:
    """How far a figure about the base is known: what is known now, and what is still needed."""

    figure: str  # "nps" or "true_share"
    value: float | None
    half_width: float | None
    wanted_half_width: float
    answers: int
    needed: int
    still_needed: int


def answers_needed(
    score: NetPromoterScore | None,
    *,
    customers: int,
    true_share: float | None = None,
    nps_half_width: float = 0.1,
    share_half_width: float = 0.05,
    level: float = 0.95,
) -> tuple[Needed, Needed]:
    """Return how many more answers the base's score and its share of true loyalty ask for.

    `score` is what `measured_score` found (None: nobody answered), `true_share` the mean chance of
    true loyalty among those who answered, `customers` the size of the base. Refuses a base of no
    customers, or a true_share that nobody's answers gave, with ValueError.
    """
    if customers < 1:
        raise ValueError("a base has at least one customer")
    n = score.answers if score else 0
    if true_share is not None and not n:
        raise ValueError("without answers there is no share of those who answered")
    p, d = _likely_shares(score)
    share = ((true_share or 0.0) * n + 0.5 * _TYPICAL_WORTH) / (n + _TYPICAL_WORTH)
    wanted: dict[str, Any] = {"customers": customers, "level": level}
    nps = answers_for_score(nps_half_width, promoters=p, detractors=d, **wanted)
    base = answers_for_share(share_half_width, share=share, **wanted)

    def needed(figure: str, value: float | None, variance: float, width: float, of: int) -> Needed:
        known = _half_width(math.sqrt(variance / n), n, customers, level) if n else None
        return Needed(figure, value, known, width, n, of, max(of - n, 0))

    found = score.score if score else None
    return (
        needed("nps", found, _variance(p, d), nps_half_width, nps),
        needed("true_share", true_share, share * (1 - share), share_half_width, base),
    )


def _likely_shares(score: NetPromoterScore | None) -> tuple[float, float]:
    """Return promoters and detractors, with three typical answers added.

    Four promoters out of four answers are no proof that everybody is one.
    """
    n = score.answers if score else 0
    seen = (score.promoters, score.detractors) if score else (0.0, 0.0)
    p, d = (
        (share * n + usual * _TYPICAL_WORTH) / (n + _TYPICAL_WORTH)
        for share, usual in zip(seen, TYPICAL, strict=True)
    )
    return p, d


def _variance(p: float, d: float) -> float:
    return p + d - (p - d) ** 2


def _reach(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    return NormalDist().inv_cdf(0.5 + level / 2)


def _needed(variance: float, half_width: float, customers: int | None, level: float) -> int:
    if not half_width > 0:
        raise ValueError("a width is above zero")
    n = _reach(level) ** 2 * variance / half_width**2
    if customers is not None:  # of a small base each answer leaves less unknown
        n = n / (1 + (n - 1) / customers) if n > 1 else n
        n = min(n, customers)
    return max(math.ceil(n - 1e-9), 1)


def _half_width(error: float, n: int, customers: int, level: float) -> float:
    unseen = math.sqrt(max(customers - n, 0) / max(customers - 1, 1))
    return _reach(level) * error * unseen
