"""Words everyone uses: money, points, refusals, persons. Standard library only."""

from stamgast.kernel.money import Money, minor_digits
from stamgast.kernel.person import Person
from stamgast.kernel.points import Points
from stamgast.kernel.refusal import Refusal

__all__ = ["Money", "Person", "Points", "Refusal", "minor_digits"]
