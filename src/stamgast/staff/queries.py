"""Reads of the shop's own settings."""

from __future__ import annotations

from stamgast.staff.models import Shop


def shop() -> Shop:
    """Return the shop's settings; the defaults until someone changes them."""
    return Shop.objects.filter(pk=1).first() or Shop(pk=1)
