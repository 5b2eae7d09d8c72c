"""A person as all rooms know them: the numbers of their records and the texts that betray them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

# What a room holds on a person: plain values, per kind of thing.
Held = Mapping[str, Sequence[Mapping[str, Any]]]
ERASED = "[…]"  # no longer than any trace, so that it fits where that stood
SHORTEST_TRACE = 5  # shorter texts occur everywhere and would blank what is not theirs


@dataclass(frozen=True)
class Person:
    """Whom an export or erasure is about.

    ids: their customer records, merged ones included. keys: the shop's own numbers for them.
    traces: addresses, numbers and full names, in the usual notations, by which a text betrays them.
    """

    ids: tuple[int, ...]
    keys: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()

    def is_in(self, text: str) -> bool:
        """Say whether the text betrays this person."""
        return bool(self._pattern and self._pattern.search(text))

    def redact(self, text: str) -> str:
        """Return the text with every trace of the person blanked."""
        return self._pattern.sub(ERASED, text) if self._pattern else text

    def redact_in(self, value: Any) -> Any:
        """Return a JSON value with every trace of the person blanked, names of fields included."""
        if isinstance(value, str):
            return self.redact(value)
        if isinstance(value, list):
            return [self.redact_in(part) for part in value]
        if isinstance(value, dict):
            return {self.redact(str(name)): self.redact_in(part) for name, part in value.items()}
        return value

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        traces = sorted({t for t in self.traces if len(t) >= SHORTEST_TRACE}, key=len, reverse=True)
        if not traces:
            return None
        # Never in the middle of a word or number: 0612345678 is not in 10612345678.
        loose = (r"\s+".join(map(re.escape, trace.split())) for trace in traces)
        return re.compile(rf"(?<![\w@])(?:{'|'.join(loose)})(?!\w)", re.IGNORECASE)
