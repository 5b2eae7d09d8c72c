"""Whom an outside event touches, handed over to the engine: values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Touches:
    """When an event began, and which products, categories and countries; empty means all."""

    starts_on: date
    skus: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
