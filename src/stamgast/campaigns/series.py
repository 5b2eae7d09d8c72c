"""A series: which contacts an offer has, what they cost at most, and on which day each comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stamgast.campaigns.models import Campaign, Offer, Step


def steps_of(steps: Iterable[Step], offer: Offer) -> list[Step]:
    """Return the contacts of one offer in their order: its own, and those of every offer."""
    return [step for step in steps if step.offer_id in (None, offer.pk)]


def days_of(steps: Sequence[Step]) -> Iterator[tuple[int, Step]]:
    """Yield each contact with its day: so many days after the one before."""
    day = 0
    for step in steps:
        day += step.wait_days
        yield day, step


def most_each(campaign: Campaign, offers: Iterable[Offer] | None = None) -> int:
    """Return what one customer costs at most: the dearest offer (of these) with all its contacts."""
    steps = list(campaign.steps.all())
    return max(
        (
            offer.cost_minor + sum(step.cost_minor for step in steps_of(steps, offer))
            for offer in (campaign.offers.all() if offers is None else offers)
        ),
        default=0,
    )
