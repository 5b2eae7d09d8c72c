"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class NobodyToAsk(Refusal):
    """There is nobody whom this may be asked now, or the number to ask is none."""

    code: ClassVar[str] = "nobody_to_ask"
