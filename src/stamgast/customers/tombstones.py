"""Remembering whom we forgot: digests of erased identities, so that no import brings them back.

A digest is keyed with the shop's secret: without it nobody can test who was erased.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from stamgast.customers.models import Tombstone

_CHUNK = 500


def digest(kind: str, value: str) -> str:
    """Return what we keep of an erased identity."""
    text = f"{kind}:{value}".encode()
    return hmac.new(f"erased:{settings.SECRET_KEY}".encode(), text, hashlib.sha256).hexdigest()


def is_erased(identities: Iterable[tuple[str, str]]) -> bool:
    """Say whether one of these identities (kind, value) belonged to somebody who was erased."""
    return bool(erased_among(identities))


def erased_among(identities: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which of these identities (kind, value) belonged to somebody who was erased.

    Values are as `rules` writes them: lower-case e-mail, E.164, the shop's own number.
    """
    if not Tombstone.objects.exists():  # nearly always, and then a million rows cost nothing
        return set()
    by_digest = {digest(kind, value): (kind, value) for kind, value in identities if value}
    asked = list(by_digest)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(asked), _CHUNK):
        part = Tombstone.objects.filter(digest__in=asked[start : start + _CHUNK])
        found.update(by_digest[hit] for hit in part.values_list("digest", flat=True))
    return found


def bury(identities: Iterable[tuple[str, str]], *, at: datetime) -> list[str]:
    """Remember that these identities were erased; returns their digests. For `personal` only."""
    digests = sorted({digest(kind, value) for kind, value in identities if value})
    Tombstone.objects.bulk_create(
        (Tombstone(digest=one, at=at) for one in digests), ignore_conflicts=True
    )
    return digests
