"""Who carries the margin of the coming year: customers in tenths, from most expected to least."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from stamgast.scoring.queries import scores
from stamgast.web.design.tags import percent
from stamgast.web.marketer.base_shown import Base
from stamgast.web.marketer.selection_figures import cached
from stamgast.web.sentences import filled

TENTHS = 10
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the customers, and what is expected of them together."""

    number: int
    customers: int
    least: int
    most: int
    margin: int
    share: float


@dataclass(frozen=True)
class Carried:
    """How the expected margin is spread over customers."""

    headline: SafeString
    tenths: list[Tenth]


def carried(base: Base) -> Carried | None:
    """Return who carries the margin; None when it is not known of ten customers or more."""
    here = {base.facet: base.value} if base.facet else {}

    def add_up() -> list[Tenth]:
        known = scores(base.run).filter(**here, margin_365_minor__isnull=False)
        amounts = known.order_by("-margin_365_minor").values_list("margin_365_minor", flat=True)
        return tenths_of([a for a in amounts.iterator(chunk_size=10_000) if a is not None])

    part = sha256(f"{base.facet}:{base.value}".encode()).hexdigest()
    tenths = cached(f"carried:{base.run.pk}:{part}", add_up)
    if not tenths:
        return None
    text = gettext(
        "The tenth with the highest value carries <b>%(share)s</b> of the margin; half of it rests on "
        "%(half)s of your customers."
    )
    told = filled(text, share=percent(tenths[0].share), half=percent(_half(tenths)))
    return Carried(told, tenths)


def tenths_of(amounts: list[int]) -> list[Tenth]:
    """Cut amounts, the largest first, in ten; none when they are few or come to nothing."""
    total = sum(amounts)
    if len(amounts) < TENTHS or total <= 0:
        return []
    edges = [len(amounts) * place // TENTHS for place in range(TENTHS + 1)]
    parts = [amounts[edges[place] : edges[place + 1]] for place in range(TENTHS)]
    return [
        Tenth(place, len(part), part[-1], part[0], sum(part), sum(part) / total)
        for place, part in enumerate(parts, 1)
    ]


def _half(tenths: list[Tenth]) -> float:
    """Return which share of customers carries half, as if each tenth were spread evenly within."""
    so_far = 0.0
    for tenth in tenths:
        if so_far + tenth.share >= HALF:
            return (tenth.number - 1 + (HALF - so_far) / tenth.share) / TENTHS
        so_far += tenth.share
    return 1.0
