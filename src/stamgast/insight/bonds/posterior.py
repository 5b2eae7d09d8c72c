"""How strongly each bond holds each customer, and how sure that is: a Beta distribution per bond.

The prior is the mean of customers like them, worth about four observations. What was seen adds to
it by the weight of its indicator, less with age; what was not seen adds nothing. Indicators that
tell the same story share one weight.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from ..engine import as_table
from ..tables import TableError, business_day
from .beta_table import with_spread
from .contract import BONDS, checked_evidence, refuse_broken_evidence, refuse_other_ids
from .indicators import INDICATORS, Indicator, checked_indicators, possible_weight
from .priors import BASE, PRIORS, Priors

LEVEL = 0.8


def posteriors(
    evidence: Any,
    *,
    as_of: date,
    customers: Any = None,
    priors: Priors = PRIORS,
    indicators: Iterable[Indicator] = INDICATORS,
    level: float = LEVEL,
    is_trusted: bool = False,
) -> ir.Table:
    """Return the five bonds of each customer: five rows each, seen or not.

    `evidence` has the columns of EVIDENCE. `customers` is a table of customer_id and, if wanted,
    `segment` (text): all of them come out, and nobody else; without it those of the evidence do.
    Evidence from after `as_of`, and what ended by then, counts for nothing. Refuses evidence that
    breaks its contract with TableError; its values are looked at in one pass, which `is_trusted`
    skips. The result itself is lazy.

    Columns:

    - customer_id, bond (one of BONDS)
    - mean, low, high: of the Beta distribution, 0..1; low to high is its middle `level`
    - coverage: weight observed over weight possible in this registry, 0..1; 0 is nothing seen
    - alpha, beta: its parameters, in observations, prior included
    - leading: the indicator that speaks most for the bond (NULL when none speaks for it, that is
      has a value of 0.5 or more)
    - ends_on: the first day on which some of that evidence holds no longer (NULL: no such day)
    """
    registry = checked_indicators(indicators)
    seen = checked_evidence(evidence)
    if not is_trusted:
        refuse_broken_evidence(seen, tuple(indicator.code for indicator in registry))
    observed = observed_per_bond(weighted(seen, registry, as_of), registry)
    everyone = _everyone(customers, seen, priors)
    return _add_up(everyone, observed, registry, priors, level)


def weighted(evidence: ir.Table, registry: tuple[Indicator, ...], as_of: date) -> ir.Table:
    """Return the evidence that counts on that day, with place and weight of its indicator.

    Adds `place` (of the indicator in the registry), `part` (the number of its shared weight), bond
    and weight (reliability x strength x decay).
    """
    day = ibis.literal(business_day(as_of))
    counted = evidence.filter(
        evidence.customer_id.notnull(),
        evidence.day <= day,
        evidence.ends_on.isnull() | (evidence.ends_on > day),
    )
    joined = counted.inner_join(ibis.memtable(_registry_table(registry)), "indicator")
    age = day.delta(joined.day, unit="day").cast("float64")
    weight = joined.reliability * joined.strength.fill_null(1.0) * (-joined.decay * age).exp()
    return joined.select(*evidence.columns, "place", "part", "bond", weight=weight)


def _registry_table(registry: tuple[Indicator, ...]) -> pa.Table:
    parts = parts_of(registry)
    return pa.table(
        {
            "indicator": [indicator.code for indicator in registry],
            "place": pa.array(range(len(registry)), pa.int32()),
            "part": pa.array([parts[indicator.shared] for indicator in registry], pa.int32()),
            "bond": [indicator.bond for indicator in registry],
            "reliability": [float(indicator.reliability) for indicator in registry],
            "decay": [
                math.log(2) / indicator.half_life_days if indicator.half_life_days else 0.0
                for indicator in registry
            ],
        }
    )


def parts_of(registry: tuple[Indicator, ...]) -> dict[str, int]:
    """Number the shared weights, in the order of the registry."""
    return {name: i for i, name in enumerate(dict.fromkeys(one.shared for one in registry))}


def observed_per_bond(rows: ir.Table, registry: tuple[Indicator, ...]) -> ir.Table:
    """Let evidence that shares a weight agree on one value, then add up per customer and bond.

    Columns: customer_id, bond_number (place in BONDS), weight, towards (weight x value), leading
    (place of the indicator that speaks most for the bond), ends_on.
    """
    speaks = rows.value >= 0.5
    # Of what speaks equally the first of the registry counts, so that every engine says the same.
    voice = rows.weight * rows.value - rows.place / 1e9
    parts = rows.group_by("customer_id", "part").agg(
        heaviest=rows.weight.max(),
        total=rows.weight.sum(),
        summed=(rows.weight * rows.value).sum(),
        voice=voice.max(where=speaks),
        voice_of=rows.place.argmax(voice, where=speaks),
        ends_on=rows.ends_on.min(),
    )
    number = {bond: place for place, bond in enumerate(BONDS)}
    bonds = {one.shared: number[one.bond] for one in registry}
    place = {part: bonds[name] for name, part in parts_of(registry).items()}
    parts = parts.mutate(
        bond_number=parts.part.cases(*place.items()),
        towards=parts.heaviest * parts.summed / parts.total.nullif(0.0),
    )
    return parts.group_by("customer_id", "bond_number").agg(
        weight=parts.heaviest.sum(),
        towards=parts.towards.sum(),
        leading=parts.voice_of.argmax(parts.voice),
        ends_on=parts.ends_on.min(),
    )


def _everyone(customers: Any, evidence: ir.Table, priors: Priors) -> ir.Table:
    """Return a row per customer and bond with its prior mean."""
    if customers is None:
        people = evidence.filter(evidence.customer_id.notnull()).select("customer_id").distinct()
    else:
        people = _once_each(as_table(customers))
        refuse_other_ids(evidence, people, "among the customers")
    numbered = priors.table().mutate(
        bond_number=lambda t: t.bond.cases(*((bond, i) for i, bond in enumerate(BONDS)))
    )
    if "segment" not in people.columns or not priors.segments:
        return people.select("customer_id").cross_join(
            numbered.filter(numbered.segment == BASE).drop("segment")
        )
    known = sorted({segment for segment, _ in priors.segments})
    own = people.segment
    people = people.select("customer_id", segment=ibis.ifelse(own.isin(known), own, BASE))
    return people.inner_join(numbered, "segment").drop("segment")


def _once_each(people: ir.Table) -> ir.Table:
    """Return every customer once; of one who is in two segments the last by name counts."""
    if "customer_id" not in people.columns:
        raise TableError("the table of customers has no column 'customer_id'")
    people = people.filter(people.customer_id.notnull())
    if "segment" not in people.columns:
        return people.select("customer_id").distinct()
    return people.group_by("customer_id").agg(segment=people.segment.cast("string").max())


def _add_up(
    everyone: ir.Table,
    observed: ir.Table,
    registry: tuple[Indicator, ...],
    priors: Priors,
    level: float,
) -> ir.Table:
    """Add what was observed to the prior, and read mean, interval and coverage from the sum."""
    rows = everyone.left_join(observed, ["customer_id", "bond_number"])
    seen, towards = rows.weight.fill_null(0.0), rows.towards.fill_null(0.0)
    possible = possible_weight(registry)
    whole = rows.bond.cases(*((bond, possible[bond]) for bond in BONDS)).cast("float64")
    rows = rows.select(
        "customer_id",
        "bond",
        "leading",
        "ends_on",
        coverage=(seen / whole.nullif(0.0)).fill_null(0.0),
        alpha=rows.prior * priors.worth + towards,
        beta=(1 - rows.prior) * priors.worth + seen - towards,
    )
    weight = rows.alpha + rows.beta
    rows, spread = with_spread(rows, rows.alpha / weight, weight, level=level)
    codes = [(place, indicator.code) for place, indicator in enumerate(registry)]
    return rows.select(
        "customer_id",
        "bond",
        mean=rows.alpha / (rows.alpha + rows.beta),
        low=spread.low,
        high=spread.high,
        coverage=rows.coverage,
        alpha=rows.alpha,
        beta=rows.beta,
        leading=rows.leading.cases(*codes),
        ends_on=rows.ends_on,
    )
