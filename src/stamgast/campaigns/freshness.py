"""Whether it is the moment: the first day has come, and orders are known up to lately enough."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from stamgast.campaigns.models import Campaign
from stamgast.sales.queries import latest_order_at
from stamgast.staff.queries import shop


def today_of(at: datetime) -> date:
    """Return the shop's day."""
    return at.astimezone(ZoneInfo(shop().zone)).date()


def is_too_early(campaign: Campaign, at: datetime) -> bool:
    """Say whether the first day of a campaign is still to come."""
    return campaign.starts_on is not None and today_of(at) < campaign.starts_on


def orders_too_old(campaign: Campaign, at: datetime) -> bool:
    """Say whether the newest order we know is older than the campaign's limit, else the shop's."""
    hours = campaign.orders_may_be_old or shop().orders_may_be_old
    newest = latest_order_at()
    return newest is None or newest < at - timedelta(hours=hours)
