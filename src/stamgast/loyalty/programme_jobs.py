"""What happens by itself every night around the points. Coming late changes nothing anybody may use."""

from __future__ import annotations

from datetime import UTC, datetime

from stamgast.events.models import Job
from stamgast.loyalty.codes.actions import release_expired
from stamgast.loyalty.membership.actions import forget_codes, remind_of_expiry
from stamgast.loyalty.referrals.actions import follow_referrals
from stamgast.loyalty.tiers.actions import judge_members


def keep_programme(job: Job) -> dict[str, int]:
    """Judge tiers, follow friends, remind of points that end, and tidy up; safe to run twice."""
    at = datetime.now(UTC)
    return {
        "tiers": judge_members(at=at),
        "friends": follow_referrals(at=at),
        "reminders": remind_of_expiry(at=at),
        "codes_released": release_expired(at=at),
        "codes_forgotten": forget_codes(at=at),
    }
