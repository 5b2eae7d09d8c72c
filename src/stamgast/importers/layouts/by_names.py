"""A layout that is told by the names of its columns: the common case."""

from __future__ import annotations

from dataclasses import dataclass, field

from stamgast.importers.fields import OF_KIND, compact, find
from stamgast.importers.layouts import missing

ORDER_NEEDS = (
    ("number", "customer_key", "email"),
    ("ordered_at",),
    ("unit_price", "amount"),
)


@dataclass(frozen=True, kw_only=True)
class ByNames:
    """A layout recognised by columns; `signs` are names (compact) that must all be there."""

    name: str
    kind: str = "orders"
    needs: tuple[tuple[str, ...], ...] = ORDER_NEEDS
    known: dict[str, object] = field(default_factory=dict)
    charges: frozenset[str] = frozenset()
    return_prefix: str = ""
    charge_prefix: str = ""
    number_prefix: str = ""
    signs: tuple[frozenset[str], ...] = ()  # of each set one column must be there
    bars: frozenset[str] = frozenset()  # names that are none of this layout's
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()  # field to its names, only these

    def recognise(self, columns: list[str]) -> dict[str, str] | None:
        """Return field to column when all signs and all needed fields are there."""
        names = {compact(column): column for column in reversed(columns)}
        if self.bars & names.keys() or not all(sign & names.keys() for sign in self.signs):
            return None
        if self.columns:
            found = {
                name: names[known]
                for name, choices in self.columns
                if (known := next((c for c in choices if c in names), None)) is not None
            }
        else:
            found = find(OF_KIND[self.kind], columns)
        return None if missing(self, found) else found

    def conclude(self, totals: dict[str, float]) -> dict[str, object]:
        """Return nothing: the sums of this layout's columns tell no answers."""
        return {}
