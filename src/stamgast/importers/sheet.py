"""What is read from a file, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.importers.fields import OF_KIND, Field
from stamgast.importers.files.source import Source
from stamgast.importers.layouts import Layout


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is read from a file: its layout, which column holds which field, and what is answered."""

    source: Source
    layout: Layout
    mapping: Mapping[str, str]  # field to column
    answers: Mapping[str, Any]
    zone: ZoneInfo
    comma: bool  # the shop's own habits, where neither file nor answer tells
    day_first: bool

    @property
    def fields(self) -> list[Field]:
        """The fields that are mapped, in their fixed order."""
        return [f for f in OF_KIND[self.layout.kind] if f.name in self.mapping]

    def cell(self, field: Field) -> str:
        """Return the raw column of a field."""
        return f"c{self.source.columns.index(self.mapping[field.name])}"
