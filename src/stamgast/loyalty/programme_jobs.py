"""What happens by itself every night around the points. Coming late changes nothing anybody may use."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from stamgast.events.actions import ATTEMPTS, show_progress
from stamgast.events.models import Job
from stamgast.loyalty.actions.happenings import reward_birthdays
from stamgast.loyalty.actions.replies import forget_replies
from stamgast.loyalty.codes.actions import Loaded, load_codes, release_expired
from stamgast.loyalty.codes.actions import make_codes as more_codes
from stamgast.loyalty.codes.files import count_lines, lines_of
from stamgast.loyalty.membership.actions import forget_codes, remind_of_expiry
from stamgast.loyalty.models import CodeSet
from stamgast.loyalty.referrals.actions import follow_referrals
from stamgast.loyalty.tiers.actions import judge_members
from stamgast.loyalty.worth.actions import draw_benefits, invite
from stamgast.loyalty.worth.queries import may_be_invited
from stamgast.measurement.models import Experiment


def keep_programme(job: Job) -> dict[str, int]:
    """Judge tiers, follow friends, keep birthdays, remind of points that end, and tidy up; safe to run twice."""
    at = datetime.now(UTC)
    return {
        "tiers": judge_members(at=at),
        "friends": follow_referrals(at=at),
        "birthdays": reward_birthdays(at=at),
        "reminders": remind_of_expiry(at=at),
        "codes_released": release_expired(at=at),
        "codes_forgotten": forget_codes(at=at),
        "replies_forgotten": forget_replies(at=at),
        "drawn": draw_benefits(at=at),
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


def invite_members(job: Job) -> dict[str, int]:
    """Draw lots among who may be invited, and mail those who drew it; safe to run twice."""
    experiment = Experiment.objects.get(pk=job.facts["experiment"])
    stages = job.facts["stages"]
    whom = may_be_invited(stages=stages)
    invited, left_out = invite(experiment, whom, page=job.facts["page"], at=job.made_at)
    return {"invited": invited, "left_out": left_out}


class NoLongerOurs(Exception):  # noqa: N818 - not an error: another worker goes on
    """The job was taken for dead and given to another worker."""


def load_code_file(job: Job) -> dict[str, Any]:
    """Load the codes of an uploaded file into a set; goes on where it stopped."""
    path = Path(settings.MEDIA_ROOT) / Path(job.facts["file"]).name
    loaded = Loaded(**job.result) if job.result else Loaded()
    try:
        if not loaded.is_done:
            loaded = _loaded(job, path, loaded)
    except Exception:
        if job.attempts >= ATTEMPTS:  # nobody comes for it any more
            path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
    return loaded.as_facts()


def _loaded(job: Job, path: Path, so_far: Loaded) -> Loaded:
    row = CodeSet.objects.get(pk=job.facts["set"])
    total = max(count_lines(path), 1)

    def keep(loaded: Loaded) -> None:
        share, now = min(0.99, loaded.lines / total), datetime.now(UTC)
        with transaction.atomic():
            if not show_progress(job, at=now, progress=share, doing="loading_codes"):
                raise NoLongerOurs()
            Job.objects.filter(pk=job.pk).update(result=loaded.as_facts())

    return load_codes(row, lines_of(path), at=job.made_at, by=job.made_by, so_far=so_far, keep=keep)
