"""What the customer-base models answer when a sound figure cannot be given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


class ValueRefusal(ValueError):  # noqa: N818 - a refusal is an answer, not a defect
    """The data or settings cannot give a sound figure: a code for machines, and the facts."""

    def __init__(self, code: str, explanation: str, **facts: Any) -> None:
        super().__init__(f"{code}: {explanation}")
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class NotIdentified:
    """Why the data do not pin the parameters down: a code for machines, and the facts.

    Codes: `at_boundary` (a parameter ran to the edge of what is searched), `flat_likelihood`
    (values far apart fit equally well), `not_converged` (no optimum was found), and
    `infinite_mean` (the fitted spend distribution has no finite mean).
    """

    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.code} ({told})" if told else self.code
