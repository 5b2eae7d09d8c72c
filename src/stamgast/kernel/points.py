"""Points: a whole number of them, that refuses to mix with money, fractions or anything else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Points:
    """A number of loyalty points; may be negative where something is taken back.

    Refuses fractions, texts, truth values and money, and to mix with anything but points.
    """

    count: int

    def __post_init__(self) -> None:
        if type(self.count) is not int:
            raise TypeError(f"points are whole numbers, not {self.count!r}")

    def __add__(self, other: Points) -> Points:
        return Points(self.count + self._same(other).count)

    def __sub__(self, other: Points) -> Points:
        return Points(self.count - self._same(other).count)

    def __neg__(self) -> Points:
        return Points(-self.count)

    def __lt__(self, other: Points) -> bool:
        return self.count < self._same(other).count

    def __le__(self, other: Points) -> bool:
        return self.count <= self._same(other).count

    def __bool__(self) -> bool:
        return self.count != 0

    @staticmethod
    def _same(other: Points) -> Points:
        if not isinstance(other, Points):
            raise TypeError(f"points and {other!r} do not mix")
        return other
