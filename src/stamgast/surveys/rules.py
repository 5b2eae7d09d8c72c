"""Whom a question suits, how many to ask, and how a round is told apart: values in, values out."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

# What is asked here, and of which stages; an empty tuple is everybody.
SUITS: Mapping[str, tuple[str, ...]] = {
    "nps": ("new", "active", "won_back", "drifting"),
    "csat": ("new", "active", "won_back", "drifting"),
    "why_stay": ("active", "won_back"),
    "why_leave": ("drifting", "lost"),
    "knows_others": ("new", "active", "won_back", "drifting"),
}
MOST = 5_000  # in one round
USUAL_RESPONSE = 0.15  # of who is asked by mail, before we know our own share
_KNOWN_FROM = 50  # asked, before our own share is used


def response(asked: int, answered: int) -> float:
    """Return which share answers: our own once enough were asked, before that a usual one."""
    if asked < _KNOWN_FROM:
        return USUAL_RESPONSE
    return max(answered, 1) / asked


def suggested(needed: int, reachable: int, share: float) -> int:
    """Return how many to ask so that about as many answer as are needed."""
    return min(math.ceil(needed / share) if needed else reachable, reachable, MOST)


def draw(customers: Sequence[int], count: int, *, seed: str) -> list[int]:
    """Draw so many by lot; the same seed draws the same."""
    ordered = sorted(customers)
    drawn = random.Random(seed).sample(ordered, min(count, len(ordered)))  # noqa: S311 - no secret
    return sorted(drawn)


def whole_second(at: datetime) -> datetime:
    """Return the moment without its fraction: as it stands in the name of a round."""
    return at.astimezone(UTC).replace(microsecond=0)


def name_of(at: datetime) -> str:
    """Return the name of the round of a moment, for addresses and keys."""
    return f"{whole_second(at):%Y%m%dT%H%M%S}"


def moment_of(name: str) -> datetime | None:
    """Return the moment that a name stands for; None when it is none."""
    try:
        return datetime.strptime(name, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
