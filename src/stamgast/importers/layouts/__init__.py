"""Layouts: what kinds of files we know, each in a file of its own, found by entry point.

Another package adds a layout by an entry point in the group `stamgast.layouts` that names an object
with the attributes of `Layout`; our own use the same door.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

from stamgast.importers.errors import NoSuchLayout


@runtime_checkable
class Layout(Protocol):
    """How the files of one source are built."""

    @property
    def name(self) -> str:
        """How the layout is called: in answers, on the command line."""

    @property
    def kind(self) -> str:
        """What a row is about: "orders", "customers" or "products"."""

    @property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        """Which fields must be mapped: of each group one."""

    @property
    def known(self) -> dict[str, object]:
        """Answers that are known from the layout: currency, vat."""

    @property
    def charges(self) -> frozenset[str]:
        """Product codes, in capitals, that are billed but are no products."""

    @property
    def return_prefix(self) -> str:
        """What the numbers of returns begin with; empty when they are told by their quantities."""

    @property
    def charge_prefix(self) -> str:
        """What the numbers of orders begin with that hold nothing but charges."""

    @property
    def number_prefix(self) -> str:
        """What stands before every order number and is no part of it."""

    @property
    def sums(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Which number columns `conclude` wants added up: a name of our own to column names."""

    def recognise(self, columns: list[str]) -> dict[str, str] | None:
        """Return field to column when these are the columns of this layout, else None."""

    def conclude(self, totals: dict[str, float]) -> dict[str, object]:
        """Return answers that follow from the sums asked for in `sums`."""


@cache
def layouts() -> dict[str, Layout]:
    """Return every layout by its name, the most particular first."""
    found: list[Layout] = [point.load() for point in entry_points(group="stamgast.layouts")]
    by_place = {name: place for place, name in enumerate(_ORDER)}
    found.sort(key=lambda layout: (by_place.get(layout.name, -1), layout.name))
    return {layout.name: layout for layout in found}


_ORDER = ("shopify", "online_retail", "generic", "products", "customers")


def named(name: str) -> Layout:
    """Return the layout of this name; refuses one that does not exist."""
    try:
        return layouts()[name]
    except KeyError:
        raise NoSuchLayout(name=name, layouts=sorted(layouts())) from None


def recognise(columns: Iterable[str]) -> tuple[Layout, dict[str, str]] | None:
    """Return the first layout that knows these columns, with field to column."""
    names = list(columns)
    for layout in layouts().values():
        mapping = layout.recognise(names)
        if mapping is not None:
            return layout, mapping
    return None


def missing(layout: Layout, mapping: Iterable[str]) -> list[str]:
    """Return the fields the layout needs and the mapping lacks; of alternatives the first."""
    mapped = set(mapping)
    return [group[0] for group in layout.needs if not mapped & set(group)]
