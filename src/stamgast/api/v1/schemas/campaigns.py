"""Campaigns: what each is, and who got what by lot."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import Moment, Told, amount
from stamgast.campaigns.models import Assignment, Campaign, Offer
from stamgast.measurement.models import Lot

StatusName = Literal["draft", "checked", "approved", "running", "paused", "ended"]
StateName = Literal["given", "used", "expired", "exited"]


class OfferTold(Told):
    """What one arm of a campaign gives."""

    arm: str = Field(description="The name of the arm in assignments.", examples=["code"])
    kind: Literal["text", "discount_code", "gift", "points", "reward"]
    title: dict[str, str] = Field(description="Per language.")
    most_cost: str = Field(description="The most it costs per customer.")
    valid_days: int

    @classmethod
    def of(cls, row: Offer, currency: str) -> Self:
        """Return an offer for an answer."""
        return cls.model_construct(
            arm=row.code,
            kind=row.kind,
            title=row.title,
            most_cost=amount(row.cost_minor, currency),
            valid_days=row.valid_days,
        )


class CampaignTold(Told):
    """A campaign: its audience as conditions, what it gives, and where it stands."""

    id: int
    name: str
    status: StatusName
    goal_id: int | None
    experiment_id: int | None = Field(description="Of the lot and the verdict, once it ran.")
    rhythm: Literal["once", "daily", "on_event"]
    audience: dict[str, Any] = Field(description="Conditions; see the reference of conditions.")
    offers: list[OfferTold]
    control_share: str = Field(examples=["0.200"])
    window_days: int = Field(description="Days in which an effect is waited for.")
    currency: str
    waits_for: str = Field(description="Why it stands still by itself, or empty.")
    started_at: Moment | None
    ended_at: Moment | None

    @classmethod
    def of(cls, row: Campaign, currency: str) -> Self:
        """Return a campaign for an answer."""
        same = (
            "id", "name", "status", "goal_id", "experiment_id", "rhythm", "audience",
            "window_days", "waits_for", "started_at", "ended_at",
        )  # fmt: skip
        currency = row.goal.currency if row.goal else currency
        return cls.model_construct(
            **{name: getattr(row, name) for name in same},
            offers=[OfferTold.of(one, currency) for one in row.offers.all()],
            control_share=f"{row.control_share:.3f}",
            currency=currency,
        )


class CampaignPage(Page[CampaignTold]):
    """A page of campaigns."""


class CampaignsQuery(PageQuery):
    """Which campaigns."""

    status: StatusName | None = None


class AssignmentTold(Told):
    """What the lot gave one customer, and what became of it. Of the control group: nothing."""

    id: int = Field(description="Of the lot.")
    customer_id: int = Field(description="Our own number of the customer.")
    key: str | None = Field(description="Your own key.", examples=["C-1001"])
    arm: str = Field(examples=["code", "control"])
    is_control: bool
    is_standing: bool = Field(description="In the standing control group: not compared.")
    probability: str = Field(description="Of getting this arm.", examples=["0.800000"])
    drawn_at: Moment
    state: StateName | None = Field(description="Of the offer; null while nothing was given.")
    given_at: Moment | None
    expires_at: Moment | None
    code: str | None = Field(description="The discount code that is theirs.")
    order_number: str | None = Field(description="The order that used it.")

    @classmethod
    def of(cls, lot: Lot, given: Assignment | None) -> Self:
        """Return an assignment for an answer."""
        return cls.model_construct(
            id=lot.pk,
            customer_id=lot.customer_id,
            key=lot.customer.key,
            arm=lot.arm.code,
            is_control=lot.arm.is_control,
            is_standing=lot.is_standing,
            probability=f"{lot.probability:.6f}",
            drawn_at=lot.assigned_at,
            state=given.state if given else None,
            given_at=given.at if given else None,
            expires_at=given.expires_at if given else None,
            code=given.code.text if given and given.code else None,
            order_number=(given.order_number or None) if given else None,
        )


class AssignmentPage(Page[AssignmentTold]):
    """A page of assignments."""


class AssignmentsQuery(PageQuery):
    """Whose assignments: of everybody in the campaign, or of one arm."""

    arm: str | None = Field(default=None, max_length=40)
