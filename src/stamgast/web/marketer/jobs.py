"""Work that goes on behind the screens: asking for it, and showing how far it is."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.events.actions import ask
from stamgast.events.models import Job
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say

PACE_IS_KNOWN = timedelta(
    hours=6
)  # after longer it mostly waited, for its turn or a machine that was off
BUSY = (Job.Status.WAITING, Job.Status.RUNNING)


def busy_job(*kinds: str) -> Job | None:
    """Return the job of these kinds that is under way or next."""
    return Job.objects.filter(kind__in=kinds, status__in=BUSY).order_by("run_at", "id").first()


def left(job: Job, at: datetime) -> timedelta | None:
    """Say how long a job still takes at its pace so far; None while that is a guess."""
    gone = at - job.run_at
    if job.progress < 0.05 or not timedelta(seconds=3) <= gone <= PACE_IS_KNOWN:
        return None
    return gone * ((1 - job.progress) / job.progress)


@page("see base")
def progress(request: StaffRequest, pk: int) -> HttpResponse:
    """Show how far a job is: as a fragment that asks again, or as a page without scripts."""
    job = get_object_or_404(Job, pk=pk)
    is_busy = job.status in BUSY
    facts = {"job": job, "is_busy": is_busy, "left": left(job, request.at)}
    if request.htmx:
        response = render(request, "parts/progress.html", facts)
        if not is_busy:
            response["HX-Refresh"] = "true"
        return response
    return render(request, "job.html", facts)


@page("run scoring")
@require_POST
def score_now(request: StaffRequest) -> HttpResponse:
    """Ask for the base to be scored; who asks twice within a minute asks once."""
    if busy_job("score") is None:
        key = f"score:asked:{request.at:%Y%m%d%H%M}"
        ask("score", at=request.at, key=key, by=f"user:{request.user.pk}")
        say(request, gettext("Scoring has begun."))
    return redirect("dashboard")
