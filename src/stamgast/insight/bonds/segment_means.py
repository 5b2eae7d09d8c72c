"""The mean of each bond in the base and in its segments, from what was seen there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import ibis

from ..engine import as_table
from .contract import BONDS, checked_evidence
from .indicators import INDICATORS, Indicator, checked_indicators
from .posterior import observed_per_bond, weighted
from .priors import BASE, PRIORS, Priors

PULL = 40.0  # observations, as many as ten answers to `nps` are worth
LEAST_MEAN = 0.02  # so that a bond which nobody was seen to have can still be found


def fit_priors(
    evidence: Any,
    *,
    as_of: date,
    customers: Any = None,
    indicators: Iterable[Indicator] = INDICATORS,
    stated: Priors = PRIORS,
    pull: float = PULL,
) -> Priors:
    """Return priors whose means are those of the base, and of each segment, as far as was seen.

    `customers` may name the `segment` of each customer_id (the empty text is nobody's segment).
    The mean of the base is pulled towards the stated one with the weight of `pull` observations,
    and that of a segment towards the base's, so that a handful of customers moves neither far.
    Indicators that do not `counts_for_mean` are left out: a referral, seen only of those who gave
    one, would make every customer look fond. Those who answer are taken for those who do not.
    Executes one aggregate. Refuses a `pull` not above zero with ValueError.
    """
    if not pull > 0:
        raise ValueError("the pull of a prior is above zero observations")
    registry = checked_indicators(indicators)
    sums = _sums(evidence, as_of, customers, registry)
    means = {
        bond: _pulled(*_total(sums, bond), towards=stated.means[bond], pull=pull) for bond in BONDS
    }
    segments = {
        (segment, bond): _pulled(weight, value, towards=means[bond], pull=pull)
        for (segment, bond), (weight, value) in sums.items()
        if segment != BASE
    }
    return Priors(means, stated.worth, segments)


Sums = dict[tuple[str, str], tuple[float, float]]


def _sums(evidence: Any, as_of: date, customers: Any, registry: tuple[Indicator, ...]) -> Sums:
    """Return per segment and bond the weight observed, and the weight times value."""
    usual = tuple(one for one in registry if one.counts_for_mean)
    observed = observed_per_bond(weighted(checked_evidence(evidence), usual, as_of), usual)
    observed = observed.mutate(segment=ibis.literal(BASE))
    if customers is not None and "segment" in as_table(customers).columns:
        people = as_table(customers).select(
            "customer_id", own=lambda t: t.segment.cast("string").fill_null(BASE)
        )
        observed = observed.drop("segment").inner_join(people, "customer_id")
        observed = observed.rename(segment="own")
    found = observed.group_by("segment", "bond_number").agg(
        weight=observed.weight.sum(), towards=observed.towards.sum()
    )
    return {
        (row["segment"], BONDS[row["bond_number"]]): (row["weight"], row["towards"])
        for row in found.to_pyarrow().to_pylist()
    }


def _total(sums: Sums, bond: str) -> tuple[float, float]:
    parts = [both for (_, name), both in sorted(sums.items()) if name == bond]
    return sum(weight for weight, _ in parts), sum(value for _, value in parts)


def _pulled(weight: float, value: float, *, towards: float, pull: float) -> float:
    mean = (towards * pull + value) / (pull + weight)
    return min(max(mean, LEAST_MEAN), 1 - LEAST_MEAN)
