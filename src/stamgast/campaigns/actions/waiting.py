"""A campaign whose work was refused waits a while by itself, and says why; the others go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from stamgast.campaigns.actions.telling import about, locked, tell
from stamgast.campaigns.models import Campaign
from stamgast.kernel import Refusal

REFUSED = "work_refused"
AGAIN = timedelta(minutes=15)


def wait_after(campaign: Campaign, refusal: Refusal, *, at: datetime) -> None:
    """Let a running campaign wait for another try; the same refusal again tells nothing new."""
    facts = {name: _kept(said) for name, said in refusal.facts.items()}
    why = {"code": refusal.code, "facts": facts}
    with transaction.atomic():
        row = locked(campaign)
        if row.status != Campaign.Status.RUNNING:
            return
        is_news = row.refusal != why
        row.waits_for, row.refusal, row.waits_until = REFUSED, why, at + AGAIN
        row.save(update_fields=["waits_for", "refusal", "waits_until"])
        if is_news:
            told = {"why": REFUSED, "refusal": refusal.code}
            tell("campaign_waits", **about(row, at=at, by="campaigns", **told))


def _kept(said: object) -> str | list[str]:
    if isinstance(said, list | tuple | set | frozenset):
        return sorted(str(one) for one in said)
    return str(said)


def goes_on(campaign: Campaign) -> None:
    """Note that the work of a campaign was done again."""
    rows = Campaign.objects.filter(pk=campaign.pk)
    rows.update(refusal={}, waits_until=None)
    rows.filter(waits_for=REFUSED).update(waits_for="")
