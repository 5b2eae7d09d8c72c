"""The public e-mail test of Hillstrom (2008): 64,000 customers, two mails and nothing."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pytest

from stamgast.insight.effect.uplift import Lot, lot_of

ARMS = {"Mens E-Mail": "mens", "Womens E-Mail": "womens", "No E-Mail": "none"}


def read(shared_data: Path) -> ir.Table:
    """Return the customers with arm, visit, conversion, spend and what was known before."""
    path = shared_data / "hillstrom.csv"
    if not path.is_file():
        pytest.skip("Hillstrom's e-mail test is not among the shared data")
    table = ibis.read_csv(path)
    return table.mutate(arm=table.segment.cases(*ARMS.items(), else_=None))


def split(arm: np.ndarray, outcome: np.ndarray, seed: int) -> np.ndarray:
    """Return which half of the customers to learn on: half of each arm with each outcome."""
    dice = np.random.default_rng(seed)
    learns = np.zeros(len(arm), dtype=bool)
    for each in np.unique(np.stack([arm, outcome], axis=1), axis=0):
        rows = np.flatnonzero((arm == each[0]) & (outcome == each[1]))
        dice.shuffle(rows)
        learns[rows[: len(rows) // 2]] = True
    return learns


def lot(shared_data: Path, *arms: str) -> Lot:
    """Return the lot between nothing and the named mails: eleven features, visit as outcome."""
    names = ["none", *arms]
    rows = read(shared_data)
    rows = rows.filter(rows.arm.isin(names)).to_pyarrow()
    known = [rows[name].to_numpy() for name in ("recency", "history", "mens", "womens", "newbie")]
    for name in ("zip_code", "channel"):
        values = np.array(rows[name].to_pylist())
        known += [values == value for value in np.unique(values)]
    arm = np.array([names.index(name) for name in rows["arm"].to_pylist()])
    chances = np.bincount(arm) / len(arm)
    return lot_of(np.column_stack(known), arm, chances, rows["visit"].to_numpy())
