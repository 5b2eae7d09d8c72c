"""A web shop with known truth: for the demo, for tests, and for planning at any size.

    from datetime import date
    from stamgast.insight.simulation import coffee_shop, simulate

    shop = simulate(coffee_shop(end=date(2026, 1, 1)))
    shop.orders, shop.lines, shop.truth

The tables are those an import gives; the truth is what no shop ever knows.
"""

from __future__ import annotations

from stamgast.insight.simulation.files import write_files
from stamgast.insight.simulation.history import order_history, write_order_history
from stamgast.insight.simulation.responses import (
    KINDS,
    Offer,
    draw_kinds,
    margin_between,
    respond,
)
from stamgast.insight.simulation.schemas import SCHEMAS, VALUED_ORDERS
from stamgast.insight.simulation.shop import SimulatedShop, simulate, simulate_in_parts
from stamgast.insight.simulation.spec import ShopSpec
from stamgast.insight.simulation.worlds import WORLDS, coffee_shop

__all__ = [
    "KINDS",
    "SCHEMAS",
    "VALUED_ORDERS",
    "WORLDS",
    "Offer",
    "ShopSpec",
    "SimulatedShop",
    "coffee_shop",
    "draw_kinds",
    "margin_between",
    "order_history",
    "respond",
    "simulate",
    "simulate_in_parts",
    "write_files",
    "write_order_history",
]
