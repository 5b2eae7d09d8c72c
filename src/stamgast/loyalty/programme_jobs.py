"""What happens by itself every night around the points. Coming late changes nothing anybody may use."""

from __future__ import annotations

from datetime import UTC, datetime

from stamgast.events.actions import show_progress
from stamgast.events.models import Job
from stamgast.loyalty.codes.actions import make_codes as more_codes
from stamgast.loyalty.codes.actions import release_expired
from stamgast.loyalty.membership.actions import forget_codes, remind_of_expiry
from stamgast.loyalty.models import CodeSet
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


def make_codes(job: Job) -> dict[str, int]:
    """Make the codes of a set that take long; goes on where it stopped."""
    at = datetime.now(UTC)
    row = CodeSet.objects.get(pk=job.facts["set"])

    def progress(share: float) -> None:
        show_progress(job, at=datetime.now(UTC), progress=share, doing="making_codes")

    count = more_codes(
        row,
        wanted=job.facts["wanted"],
        prefix=job.facts.get("prefix", ""),
        at=at,
        by=job.made_by,
        progress=progress,
    )
    return {"codes": count}
