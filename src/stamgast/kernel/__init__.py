"""Words everyone uses: money, refusals, persons. Standard library only."""

from stamgast.kernel.money import Money, minor_digits
from stamgast.kernel.person import Person
from stamgast.kernel.refusal import Refusal

__all__ = ["Money", "Person", "Refusal", "minor_digits"]
