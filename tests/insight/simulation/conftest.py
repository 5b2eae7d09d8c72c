"""One coffee shop, simulated once."""

from __future__ import annotations

from datetime import date

import pytest

from stamgast.insight.simulation import SimulatedShop, coffee_shop, simulate

END = date(2026, 1, 1)


@pytest.fixture(scope="session")
def coffee() -> SimulatedShop:
    """The demo with 5,000 customers in the three years to the end of 2025."""
    return simulate(coffee_shop(end=END, seed=1))
