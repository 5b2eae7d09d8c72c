"""Campaigns, and who got what by lot."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query

from stamgast.api.auth import ApiRequest
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.paging import page_of
from stamgast.api.v1.schemas.campaigns import (
    AssignmentPage,
    AssignmentsQuery,
    AssignmentTold,
    CampaignPage,
    CampaignsQuery,
    CampaignTold,
)
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.measurement.models import Lot
from stamgast.staff.queries import shop

campaigns = Operations("campaigns")


@campaigns.get("/campaigns", scope="campaigns:read", answers=CampaignPage, fails=[])
def list_campaigns(request: ApiRequest, asked: Query[CampaignsQuery]) -> CampaignPage:
    """List campaigns, of one status when asked."""
    rows = Campaign.objects.select_related("goal").prefetch_related("offers")
    if asked.status is not None:
        rows = rows.filter(status=asked.status)
    found, following = page_of(rows, asked)
    currency = shop().currency
    return CampaignPage(items=[CampaignTold.of(one, currency) for one in found], next=following)


@campaigns.get("/campaigns/{int:id}", scope="campaigns:read", answers=CampaignTold, fails=[404])
def get_campaign(request: ApiRequest, id: Annotated[int, Path(ge=1, le=2**53)]) -> CampaignTold:
    """Return one campaign."""
    return CampaignTold.of(_campaign(id), shop().currency)


@campaigns.get(
    "/campaigns/{int:id}/assignments",
    scope="campaigns:read",
    answers=AssignmentPage,
    fails=[404],
)
def list_assignments(
    request: ApiRequest, id: Annotated[int, Path(ge=1, le=2**53)], asked: Query[AssignmentsQuery]
) -> AssignmentPage:
    """List what the lot gave the customers of a campaign, the control group included."""
    row = _campaign(id)
    lots = Lot.objects.filter(experiment=row.experiment_id or -1).select_related("arm", "customer")
    if asked.arm is not None:
        lots = lots.filter(arm__code=asked.arm)
    found, following = page_of(lots, asked)
    given = Assignment.objects.filter(lot__in=[lot.pk for lot in found]).select_related("code")
    mine = {one.lot_id: one for one in given}
    return AssignmentPage(
        items=[AssignmentTold.of(lot, mine.get(lot.pk)) for lot in found], next=following
    )


def _campaign(pk: int) -> Campaign:
    rows = Campaign.objects.select_related("goal").prefetch_related("offers")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Fault(404, "no_such_campaign", "There is no campaign with this number.")
    return row
