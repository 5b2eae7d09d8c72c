"""Whether orders are known up to lately enough to write to people about what they bought."""

from __future__ import annotations

from datetime import datetime, timedelta

from stamgast.campaigns.models import Campaign
from stamgast.sales.queries import latest_order_at
from stamgast.staff.queries import shop


def orders_too_old(campaign: Campaign, at: datetime) -> bool:
    """Say whether the newest order we know is older than the campaign's limit, else the shop's."""
    hours = campaign.orders_may_be_old or shop().orders_may_be_old
    newest = latest_order_at()
    return newest is None or newest < at - timedelta(hours=hours)
