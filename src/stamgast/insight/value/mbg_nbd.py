"""MBG/NBD: Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models".

As the BG/NBD, but a customer can drop out after the first purchase too, so that one-time buyers
fade away with time. This is what the screens use.
"""

from __future__ import annotations

from typing import ClassVar

from .bg_nbd import BGNBD


class MBGNBD(BGNBD):
    """Fit and apply the MBG/NBD: parameters r, alpha (in the unit of the base), a and b."""

    _shift: ClassVar[int] = 1
