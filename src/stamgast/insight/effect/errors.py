"""What the calculations of effect answer when a sound figure cannot be given."""

from __future__ import annotations

from typing import Any


class EffectRefusal(ValueError):  # noqa: N818 - a refusal is an answer, not a defect
    """The arms or settings cannot give a sound figure: a code for machines, and the facts."""

    def __init__(self, code: str, explanation: str, **facts: Any) -> None:
        super().__init__(f"{code}: {explanation}")
        self.code = code
        self.facts = facts
