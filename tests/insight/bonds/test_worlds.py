"""How right the bonds are where the truth is known: in their own world, and in worlds that are not.

In the world the model assumes, the 80 % intervals must cover 75 to 85 %, and kinds must be right as
often as they say. In the others the figures are printed and only checked for sense: nothing is
tuned to them. Run with `-s` to read the tables.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa
import pytest

from insight.bonds.model_world import AS_OF, INDICATORS, NEED, PRIORS, World, draw_world
from stamgast.insight.bonds import BONDS, loyalty, posteriors

EMOTIONAL = BONDS.index("emotional")


class Judgement(NamedTuple):
    """Coverage of the 80 % intervals per bond; kinds: share named, right, and as stated."""

    covered: np.ndarray
    named: float
    right: float
    stated: float


def judge(world: World, **settings: Any) -> Judgement:
    size = len(world.bonds)
    everyone = pa.table({"customer_id": np.arange(size)})
    held = posteriors(
        world.evidence,
        customers=everyone,
        as_of=AS_OF,
        **{"priors": PRIORS, "indicators": INDICATORS, **settings},
    ).to_pyarrow()
    kinds = loyalty(held, world.behaviour, as_of=AS_OF, need=NEED)
    found = kinds.order_by("customer_id").select("kind", "certainty").to_pyarrow()
    kind, certainty = found["kind"].to_numpy(), found["certainty"].to_numpy()
    is_named = kind != "unknown"
    return Judgement(
        np.array([covers(held, bond, world.bonds[:, i]).mean() for i, bond in enumerate(BONDS)]),
        is_named.mean(),
        (kind == world.kind)[is_named].mean(),
        certainty[is_named].mean(),
    )


def covers(held: pa.Table, bond: str, truth: np.ndarray) -> np.ndarray:
    rows = ibis.memtable(held)
    own = rows.filter(rows.bond == bond).order_by("customer_id")
    found = own.select("low", "high").to_pyarrow()
    return (found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy())


@pytest.mark.parametrize("missing", [0.0, 0.6, 0.9])
def test_in_its_own_world_four_in_five_intervals_hold_the_truth(missing):
    found = judge(draw_world(20_000, missing=missing))
    assert ((found.covered > 0.75) & (found.covered < 0.85)).all(), found.covered


@pytest.mark.parametrize("missing", [0.0, 0.6])
def test_in_its_own_world_kinds_are_right_as_often_as_they_say(missing):
    found = judge(draw_world(20_000, missing=missing, seed=2))
    assert found.named > 0.25
    assert found.right == pytest.approx(found.stated, abs=0.02)


def test_intervals_hold_the_truth_whether_much_was_seen_or_little():
    world = draw_world(30_000, missing=0.5, seed=4)
    everyone = pa.table({"customer_id": np.arange(30_000)})
    held = posteriors(
        world.evidence, customers=everyone, as_of=AS_OF, priors=PRIORS, indicators=INDICATORS
    ).to_pyarrow()
    inside = covers(held, "emotional", world.bonds[:, EMOTIONAL])
    rows = ibis.memtable(held)
    own = rows.filter(rows.bond == "emotional").order_by("customer_id").to_pyarrow()
    coverage = own["coverage"].to_numpy()
    for low, high in ((0.0, 0.01), (0.01, 0.4), (0.4, 0.7), (0.7, 1.01)):
        group = inside[(coverage >= low) & (coverage < high)]
        assert group.size > 1_000
        assert 0.75 < group.mean() < 0.85, (low, high, group.mean())


def test_seeing_more_names_more_and_takes_missing_for_nothing():
    much, little = (judge(draw_world(20_000, missing=m, seed=6)) for m in (0.0, 0.6))
    assert much.named > little.named + 0.1
    assert much.right > little.right


BROKEN = {
    "model": {},
    "correlated indicators": {"correlated": True},
    "detractors silent": {"silent_detractors": True},
    "weights 3 x too high": {"true_reliability": 1 / 3},
    "weights 3 x too low": {"true_reliability": 3.0},
}


@pytest.mark.long
def test_reports_how_wrong_it_is_in_worlds_that_break_its_assumptions(capsys):
    lines = []
    for name, broken in BROKEN.items():
        found = judge(draw_world(50_000, missing=0.6, seed=8, **broken))
        per_bond = " ".join(f"{covered:.3f}" for covered in found.covered)
        lines.append(
            f"{name:22s} covered {per_bond}  named {found.named:.3f} "
            f"right {found.right:.3f} stated {found.stated:.3f}"
        )
        assert (found.covered > 0.5).all()
        assert found.right > 0.5
    with capsys.disabled():
        sys.stdout.write("\n".join(["", *lines, ""]))
