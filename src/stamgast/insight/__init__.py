"""Stamgast's calculations as a library: tables in, tables out; knows no Django.

The names below are the public ones. Each is loaded when first used, so that importing the package
costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stamgast.insight.cohorts import retention, second_purchase
    from stamgast.insight.engine import as_table, connect
    from stamgast.insight.facts import customer_facts
    from stamgast.insight.history import stage_history
    from stamgast.insight.lifecycle import STAGES, Thresholds, stages
    from stamgast.insight.rhythm import Rhythm, fit_rhythm
    from stamgast.insight.tables import CUSTOMERS, ORDERS, Column, TableError, check

_HOME = {
    "BGNBD": "value",
    "CUSTOMERS": "tables",
    "Column": "tables",
    "CustomerBase": "value",
    "GammaGamma": "value",
    "MBGNBD": "value",
    "ORDERS": "tables",
    "Rhythm": "rhythm",
    "STAGES": "lifecycle",
    "TableError": "tables",
    "Thresholds": "lifecycle",
    "as_table": "engine",
    "check": "tables",
    "connect": "engine",
    "customer_facts": "facts",
    "fit_rhythm": "rhythm",
    "retention": "cohorts",
    "second_purchase": "cohorts",
    "stage_history": "history",
    "stages": "lifecycle",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Load a public name from the file that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
