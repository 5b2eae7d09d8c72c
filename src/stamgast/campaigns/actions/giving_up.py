"""Giving up what a cap kept waiting until its offer or the window of its campaign ended."""

from __future__ import annotations

from datetime import datetime

from stamgast.campaigns.actions.contacting import end_contact
from stamgast.campaigns.actions.following import note_outcome
from stamgast.campaigns.channels import Outcome, channel_of
from stamgast.campaigns.errors import KeptBack
from stamgast.campaigns.kept_back import kept_back
from stamgast.campaigns.models import Campaign, Delivery
from stamgast.database.bulk import Pace

_AT_ONCE = 5  # per transaction, to begin with: each writes several rows
_LONGEST = 0.01  # seconds: the site asks meanwhile, at every visit
_GIVEN_UP = Outcome(Delivery.State.WITHHELD, KeptBack.code)


def give_up_kept_back(*, at: datetime) -> int:
    """Withhold what waits for a cap though nothing is left to wait for; returns how many.

    A message is taken back from the outbox, and written down as what became of it.
    """
    rows = kept_back(at).select_related(
        "assignment__campaign__goal", "assignment__customer", "assignment__lot", "contact"
    )
    given_up, last, pace = 0, 0, Pace(_AT_ONCE, least=1, longest=_LONGEST)
    while part := list(rows.filter(pk__gt=last).order_by("pk")[: pace.size]):
        last = part[-1].pk
        with pace.portion(len(part)):
            # Another worker may hand over at this moment what it found not to wait any more.
            campaigns = Campaign.objects.filter(pk__in=[one.assignment.campaign_id for one in part])
            list(campaigns.select_for_update().order_by("pk"))
            now = list(rows.filter(pk__in=[one.pk for one in part]))
            given_up += sum(_give_up(one, at=at) for one in now)
    return given_up


def _give_up(one: Delivery, *, at: datetime) -> int:
    if one.contact is not None:
        return end_contact(one.contact, _GIVEN_UP, at=at)
    if one.message_id is None:
        return note_outcome(one, _GIVEN_UP, at=at)
    # The last part of a sender is the step: no other one of this customer was handed over yet.
    sender = f"campaign:{one.assignment.campaign_id}:assignment:{one.assignment_id}:"
    return channel_of(one.channel).take_back(sender, at=at, reason=KeptBack.code)
