"""Decisions: what may be shown to a customer who comes by."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field

from stamgast.api.v1.schemas.campaigns import OfferTold
from stamgast.api.v1.schemas.common import CustomerRef, Moment, Needed, Said, Told
from stamgast.campaigns.models import Decision


class DecisionAsked(Said):
    """Who comes by, and where."""

    customer: CustomerRef
    placement: Annotated[str, Needed, Field(max_length=40, examples=["home"])] = Field(
        default="site", description="The place on your site, as you call it."
    )


class WordsTold(Told):
    """What it says in one language, filled in for this customer. Escape it as any text."""

    title: str
    text: str
    button: str
    url: str


class DecisionTold(Told):
    """What to show, and why this customer."""

    id: int = Field(description="The same as long as the answer is the same.")
    campaign_id: int
    assignment_id: int = Field(description="Of the lot behind it.")
    probability: str = Field(description="With which the lot gave it.", examples=["0.800000"])
    offer: OfferTold
    code: str | None = Field(description="The discount code that is theirs.")
    words: dict[str, WordsTold] = Field(description="Per language.")
    why: list[dict[str, Any]] = Field(description="The conditions that held for them.")
    first_shown_at: Moment
    valid_until: Moment

    @classmethod
    def of(cls, row: Decision, currency: str) -> Self:
        """Return a decision for an answer."""
        given = row.contact.delivery.assignment
        code = given.code or given.issued
        goal = given.campaign.goal
        return cls.model_construct(
            id=row.pk,
            campaign_id=given.campaign_id,
            assignment_id=given.lot_id,
            probability=f"{row.probability:.6f}",
            offer=OfferTold.of(given.offer, goal.currency if goal else currency),
            code=code.text if code else None,
            words={
                language: WordsTold.model_construct(**said)
                for language, said in row.contact.facts.get("said", {}).items()
            },
            why=given.held,
            first_shown_at=row.at,
            valid_until=given.expires_at,
        )


class DecisionAnswered(Told):
    """What may be shown now; null is nothing, for whatever reason."""

    decision: DecisionTold | None
