"""The public e-mail test of Hillstrom (2008): 64,000 customers, two mails and nothing."""

from __future__ import annotations

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pytest

ARMS = {"Mens E-Mail": "mens", "Womens E-Mail": "womens", "No E-Mail": "none"}


def read(shared_data: Path) -> ir.Table:
    """Return the customers with arm, visit, conversion, spend and what was known before."""
    path = shared_data / "hillstrom.csv"
    if not path.is_file():
        pytest.skip("Hillstrom's e-mail test is not among the shared data")
    table = ibis.read_csv(path)
    return table.mutate(arm=table.segment.cases(*ARMS.items(), else_=None))
