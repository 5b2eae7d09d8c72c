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
    from stamgast.insight.next_step import RULES, STEPS, Limits, Rule, next_steps, summarise_steps
    from stamgast.insight.rfm import rfm_scores
    from stamgast.insight.rhythm import Rhythm, fit_rhythm
    from stamgast.insight.summary import monthly_totals, stage_moves, stage_summary, stages_before
    from stamgast.insight.tables import (
        CUSTOMERS,
        ORDERS,
        Column,
        TableError,
        check,
        refuse_broken_values,
    )
    from stamgast.insight.value import BGNBD, MBGNBD, CustomerBase, GammaGamma

__all__ = [
    "BGNBD",
    "CUSTOMERS",
    "MBGNBD",
    "ORDERS",
    "RULES",
    "STAGES",
    "STEPS",
    "Column",
    "CustomerBase",
    "GammaGamma",
    "Limits",
    "Rhythm",
    "Rule",
    "TableError",
    "Thresholds",
    "as_table",
    "check",
    "connect",
    "customer_facts",
    "fit_rhythm",
    "monthly_totals",
    "next_steps",
    "refuse_broken_values",
    "retention",
    "rfm_scores",
    "second_purchase",
    "stage_history",
    "stage_moves",
    "stage_summary",
    "stages",
    "stages_before",
    "summarise_steps",
]

_HOME = {
    "BGNBD": "value",
    "CUSTOMERS": "tables",
    "Column": "tables",
    "CustomerBase": "value",
    "GammaGamma": "value",
    "Limits": "next_step",
    "MBGNBD": "value",
    "ORDERS": "tables",
    "RULES": "next_step",
    "Rhythm": "rhythm",
    "Rule": "next_step",
    "STAGES": "lifecycle",
    "STEPS": "next_step",
    "TableError": "tables",
    "Thresholds": "lifecycle",
    "as_table": "engine",
    "check": "tables",
    "connect": "engine",
    "customer_facts": "facts",
    "fit_rhythm": "rhythm",
    "monthly_totals": "summary",
    "next_steps": "next_step",
    "refuse_broken_values": "tables",
    "retention": "cohorts",
    "rfm_scores": "rfm",
    "second_purchase": "cohorts",
    "stage_history": "history",
    "stage_moves": "summary",
    "stage_summary": "summary",
    "stages": "lifecycle",
    "stages_before": "summary",
    "summarise_steps": "next_step",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the file that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
