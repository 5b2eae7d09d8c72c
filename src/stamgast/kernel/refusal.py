"""How the core says no: a code and facts, that the doors put into words."""

from __future__ import annotations

from typing import Any, ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """No, because: each subclass has a code of its own; the facts go with the instance."""

    code: ClassVar[str] = "refused"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(f"{self.code}: {facts}" if facts else self.code)
