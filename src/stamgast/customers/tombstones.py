"""Remembering whom we forgot: digests of erased identities, so that nothing brings them back.

A digest is keyed with the shop's secret: without it nobody can test who was erased. A list of them
also lies beside the database, so that an older backup, once restored, is erased from again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

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


def bury(identities: Iterable[tuple[str, str]], *, at: datetime) -> None:
    """Remember that these identities were erased; only `personal` calls it."""
    digests = sorted({digest(kind, value) for kind, value in identities if value})
    _note("+", digests)
    Tombstone.objects.bulk_create(
        (Tombstone(digest=one, at=at) for one in digests), ignore_conflicts=True
    )


def unearth(kind: str, value: str) -> bool:
    """Forget that this identity was erased; False when it was not. Only `actions` calls it."""
    one = digest(kind, value)
    _note("-", [one])
    return bool(Tombstone.objects.filter(digest=one).delete()[0])


def missed() -> set[str]:
    """Return digests that the list beside the database has and the database has not.

    That happens when a backup from before an erasure was put back.
    """
    listed: dict[str, bool] = {}
    if _list().exists():
        for line in _list().read_text("ascii").split():
            listed[line[1:]] = line.startswith("+")
    buried = {one for one, is_buried in listed.items() if is_buried}
    return buried - set(Tombstone.objects.values_list("digest", flat=True)) if buried else set()


def _list() -> Path:
    return Path(settings.HOME) / "erased.txt"


def _note(sign: str, digests: Iterable[str]) -> None:
    with _list().open("a", encoding="ascii") as lines:
        lines.writelines(f"{sign}{one}\n" for one in digests)
