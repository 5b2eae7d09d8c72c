"""What customers allow: asked when they join, given or not, sometimes withdrawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.clock import Flags, Floats, Ints
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams

SOURCES = ("checkout", "account", "shop", "unsubscribe_link", "phone")
_ASKED_AT = (0.7, 0.25, 0.05, 0.0, 0.0)


@dataclass(frozen=True)
class Consents:
    """Every time a consent was given, refused or withdrawn, in order of time."""

    owner: Ints
    asked: Ints  # index into the spec's consents
    is_granted: Flags
    source: Ints
    at: Floats


def ask(spec: ShopSpec, people: Population, now: float, streams: Streams) -> Consents:
    """Ask each customer around the first purchase; withdrawals follow at a constant rate a year."""
    rng = streams.named("consents")
    count = people.named
    begins = people.begins[:count]
    parts = []
    for i, consent in enumerate(spec.consents):
        owner = np.flatnonzero(rng.random(count) < consent.asked)
        at = begins[owner] + rng.uniform(0.0, 0.02, owner.size)
        given = rng.random(owner.size) < consent.given
        source = rng.choice(len(SOURCES), owner.size, p=_ASKED_AT)
        parts.append((owner, np.full(owner.size, i), given, source, at))
        waits = rng.standard_exponential(owner.size) / max(consent.withdrawn_per_year, 1e-12) * 365
        gone = given & (at + waits < now)
        way = SOURCES.index("unsubscribe_link" if consent.channel == "email" else "phone")
        nothing = np.zeros(gone.sum(), dtype=bool)
        ways = np.full(nothing.size, way)
        parts.append((owner[gone], np.full(nothing.size, i), nothing, ways, (at + waits)[gone]))
    owner, asked, given, source, at = _columns(parts, count)
    order = np.lexsort((asked, owner, at))
    order = order[at[order] < now]
    return Consents(owner[order], asked[order], given[order], source[order], at[order])


def _columns(
    parts: list[tuple[Ints, Ints, Flags, Ints, Floats]], count: int
) -> tuple[Ints, Ints, Flags, Ints, Floats]:
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none.astype(bool), none, none.astype(float)
    owner, asked, given, source, at = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return owner, asked, given, source, at
