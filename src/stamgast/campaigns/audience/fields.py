"""What can be filled in at a condition, and how each of them is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from stamgast.customers.rules import tidy

MOST_NAMES, LONGEST_NAME = 100, 120


@dataclass(frozen=True)
class Field:
    """One thing to fill in; `read` returns the value as it is kept, or raises ValueError."""

    name: str
    sort: str  # one_of, some_of, whole, percent, amount, names, reference
    is_optional: bool = False
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    suggests: str = ""  # of names and references: what they name, for a list to choose from

    def read(self, value: Any) -> Any:
        """Return the value as it is kept; ValueError when it is not possible."""
        return _READERS[self.sort](self, value)


def one_of(name: str, choices: Iterable[str], *, optional: bool = False) -> Field:
    """One code out of several."""
    return Field(name, "one_of", optional, tuple(choices))


def some_of(name: str, choices: Iterable[str]) -> Field:
    """One or more codes out of several."""
    return Field(name, "some_of", choices=tuple(choices))


def whole(name: str, least: int, most: int, *, optional: bool = False) -> Field:
    """A whole number within limits."""
    return Field(name, "whole", optional, least=least, most=most)


def days(name: str = "days", *, least: int = 1, optional: bool = False) -> Field:
    """A number of days, ten years at most."""
    return whole(name, least, 3653, optional=optional)


def percent(name: str, *, least: int = 0, optional: bool = False) -> Field:
    """A share in whole percents."""
    return Field(name, "percent", optional, least=least, most=100)


def amount(name: str, *, optional: bool = False) -> Field:
    """An amount in minor units of the shop's currency."""
    return Field(name, "amount", optional, most=10**12)


def names(name: str, suggests: str) -> Field:
    """Names as the shop writes them: products, countries, codes."""
    return Field(name, "names", suggests=suggests)


def reference(name: str, suggests: str) -> Field:
    """The number of something we keep: an outside event, a campaign."""
    return Field(name, "reference", least=1, most=2**62, suggests=suggests)


def _whole(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(value)
    if not field.least <= value <= field.most:
        raise ValueError(value)
    return value


def _one_of(field: Field, value: Any) -> str:
    if not isinstance(value, str) or value not in field.choices:
        raise ValueError(value)
    return value


def _some_of(field: Field, value: Any) -> list[str]:
    if not isinstance(value, list) or not value:
        raise ValueError(value)
    return sorted({_one_of(field, one) for one in value}, key=field.choices.index)


def _names(field: Field, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(value)
    found = list(dict.fromkeys(name for name in map(tidy, value) if name))
    if not 0 < len(found) <= MOST_NAMES or any(len(name) > LONGEST_NAME for name in found):
        raise ValueError(value)
    return found


_READERS: dict[str, Callable[[Field, Any], Any]] = {
    "one_of": _one_of,
    "some_of": _some_of,
    "whole": _whole,
    "percent": _whole,
    "amount": _whole,
    "names": _names,
    "reference": _whole,
}
