"""Holding a campaign while it changes, and telling what happened to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stamgast.campaigns.models import Campaign
from stamgast.events.actions import tell
from stamgast.staff.queries import Who, actor


def locked(campaign: Campaign) -> Campaign:
    """Return the campaign as it is now; nobody else changes it until the transaction ends."""
    return Campaign.objects.select_for_update().get(pk=campaign.pk)


def about(campaign: Campaign, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a campaign."""
    told = {"subject": "campaign", "subject_id": campaign.pk, "facts": facts}
    return {"at": at, "actor": actor(by), **told}


__all__ = ["about", "locked", "tell"]
