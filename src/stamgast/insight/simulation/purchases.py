"""When customers buy and when they leave: the process underneath everything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stamgast.insight.simulation.clock import Flags, Floats, Ints, Pace
from stamgast.insight.simulation.mechanisms import Shoppers
from stamgast.insight.simulation.population import Population
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.streams import Streams

ALIVE, NATURAL, ONE_TIME, CONTRACT, COMPLAINT = range(5)
CAUSES = (None, "natural", "one_time", "contract", "complaint")


@dataclass(frozen=True)
class Purchases:
    """Every purchase: whose, and when; deliveries under a contract are marked."""

    owner: Ints
    at: Floats
    is_delivery: Flags

    def only(self, kept: Flags) -> Purchases:
        """Return those that are kept."""
        return Purchases(self.owner[kept], self.at[kept], self.is_delivery[kept])


@dataclass
class Lives:
    """When each customer left (inf: has not), why, and an absence in between (nan: none).

    Filled step by step: purchases first, then contracts, then complaints.
    """

    began: Floats  # of the present life
    left: Floats
    cause: Ints
    away_from: Floats
    away_until: Floats


def live(
    spec: ShopSpec, rhythm: list[Pace], people: Population, streams: Streams, until: float
) -> tuple[Purchases, Lives]:
    """Simulate purchases and leaving up to `until`, second lives included; not yet contracts."""
    rng = streams.named("purchases")
    count = people.size
    lives = Lives(
        began=people.begins.copy(),
        left=np.full(count, np.inf),
        cause=np.zeros(count, dtype=np.int64),
        away_from=np.full(count, np.nan),
        away_until=np.full(count, np.nan),
    )
    owners, moments = [], []
    for i, kind in enumerate(spec.shoppers):
        members = np.flatnonzero((people.kind == i) & people.is_named)
        if kind.subscription:  # the first purchase is an ordinary one, the contract does the rest
            owners.append(members)
            moments.append(people.begins[members])
            continue
        for who in (members, None):
            who = _return(spec, kind, lives, members, rng, until) if who is None else who
            owner, at = _one_life(kind, rhythm[i], people, lives, who, rng, until)
            owners.append(owner)
            moments.append(at)
    owner, at = np.concatenate(owners), np.concatenate(moments)
    return Purchases(owner, at, np.zeros(owner.size, dtype=bool)), lives


def _one_life(
    kind: Shoppers,
    pace: Pace,
    people: Population,
    lives: Lives,
    who: Ints,
    rng: np.random.Generator,
    until: float,
) -> tuple[Ints, Floats]:
    """Let `who` buy from their present life's start until they leave; fills in when and why."""
    own = people.drop_out[who]
    begins = lives.began[who]
    leaves = begins + kind.drop_out.lifetime(rng, own)
    chance = kind.drop_out.chance(own)
    cause = ONE_TIME if np.all(chance == 1) and kind.drop_out.after_first else NATURAL
    dies = rng.random(who.size) < chance * kind.drop_out.after_first
    leaves = np.where(dies, begins, leaves)
    scale = 1.0 / (kind.regularity * people.rate[who])
    owners, moments = [who], [begins]
    going = np.flatnonzero(~dies)
    passed = pace.elapsed(begins[going])
    while going.size:
        with np.errstate(over="ignore"):
            passed = passed + rng.standard_gamma(kind.regularity, going.size) * scale[going]
        at = pace.moment(passed)
        buys = at < np.minimum(leaves[going], until)
        going, passed, at = going[buys], passed[buys], at[buys]
        owners.append(who[going])
        moments.append(at)
        dies = rng.random(going.size) < chance[going]
        leaves[going[dies]] = at[dies]
        going, passed = going[~dies], passed[~dies]
    left = leaves < until
    lives.left[who] = np.where(left, leaves, np.inf)
    lives.cause[who] = np.where(left, cause, ALIVE)
    return np.concatenate(owners), np.concatenate(moments)


def _return(
    spec: ShopSpec,
    kind: Shoppers,
    lives: Lives,
    members: Ints,
    rng: np.random.Generator,
    until: float,
) -> Ints:
    """Pick those who come back and give them a new life; returns who they are."""
    again = spec.second_life
    gone = members[lives.cause[members] == NATURAL]
    pause = again.least + rng.standard_gamma(2.0, gone.size) * again.mean / 2
    back = lives.left[gone] + pause
    returns = (rng.random(gone.size) < again.chance) & (back < until)
    who = np.asarray(gone[returns])
    lives.away_from[who] = lives.left[who]
    lives.away_until[who] = lives.began[who] = back[returns]
    return who
