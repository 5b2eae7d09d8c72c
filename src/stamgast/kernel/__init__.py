"""Words everyone uses: money, refusals, identifiers. Standard library only."""

from stamgast.kernel.money import Money, minor_digits
from stamgast.kernel.refusal import Refusal

__all__ = ["Money", "Refusal", "minor_digits"]
