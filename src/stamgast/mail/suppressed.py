"""Addresses we send nothing to, known by a keyed digest that outlives the person's erasure."""

from __future__ import annotations

from stamgast.customers.tombstones import digest
from stamgast.mail.models import Suppression


def digest_of(address: str) -> str:
    """Return what we keep of a suppressed address, also after its owner was erased."""
    return digest("suppressed", address.strip().lower())


def suppression_of(address: str) -> Suppression | None:
    """Return why nothing goes to this address; None when it may."""
    if not address:
        return None
    return Suppression.objects.filter(digest=digest_of(address), lifted_at=None).first()
