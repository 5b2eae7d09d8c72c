"""The programme in figures: what came and went, what is owed, what it costs and brings."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from stamgast.kernel import Money
from stamgast.loyalty.figures import queries
from stamgast.loyalty.figures.vat import vat_lines
from stamgast.loyalty.membership.actions import grant_missing, refuse_missing
from stamgast.loyalty.models import Member, MissingPurchase
from stamgast.loyalty.queries import is_running, programme
from stamgast.loyalty.rewards.queries import open_claims
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.programme_frame import show
from stamgast.web.marketer.writing import landing

YEAR = timedelta(days=365)
SHOWN = 6  # of what waits for somebody


@page("see programme")
def figures(request: StaffRequest) -> HttpResponse:
    """Show the programme in figures, at today or at a day that is past."""
    settings = programme()
    zone = ZoneInfo(settings.zone)
    as_of = _moment(request, zone)
    members = Member.objects.filter(merged_into=None, left_at=None).count()
    flows = queries.flows(since=as_of - YEAR, until=as_of, zone=zone)
    issued, redeemed = sum(f.issued for f in flows), sum(f.redeemed for f in flows)
    facts: dict[str, Any] = {
        "programme": settings,
        "is_running": is_running(settings, request.at),
        "members": members,
        "member_count": members,
        "as_of": as_of,
        "chosen": request.GET.get("day", ""),
        "books": queries.books(settings, as_of=as_of),
        "flows": flows[::-1],
        "most": max((max(f.issued, f.redeemed, f.expired) for f in flows), default=0),
        "issued": issued,
        "redeemed": redeemed,
        "expired": sum(f.expired for f in flows),
        "rate": redeemed / issued if issued else None,
        "tiers": queries.by_tier(settings, at=request.at) if members else [],
        "share": queries.members_share(settings, at=request.at),
        "claims": open_claims()[:SHOWN],
        "has_more_claims": open_claims().count() > SHOWN,
        "missing": MissingPurchase.objects.filter(state="open")
        .select_related("member__customer")
        .order_by("made_at")[:20],
        "currency": settings.currency,
        "first_day": timezone.localdate(request.at).replace(day=1),
    }
    return show(request, "figures.html", facts)


def _moment(request: StaffRequest, zone: ZoneInfo) -> datetime:
    """Return the end of the day that was asked for, never later than now."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
        ended = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    except (ValueError, OverflowError):
        return request.at
    return min(request.at, ended - timedelta(microseconds=1))


@page("see programme")
def vat(request: StaffRequest) -> HttpResponse:
    """Hand out what was given per kind for VAT in a stretch of days, as CSV."""
    zone = ZoneInfo(programme().zone)
    try:
        first = date.fromisoformat(request.GET.get("from", ""))
        last = date.fromisoformat(request.GET.get("until", ""))
    except ValueError:
        last = timezone.localdate(request.at)
        first = last.replace(day=1)
    since = datetime.combine(first, time(), tzinfo=zone)
    until = datetime.combine(last, time(), tzinfo=zone) + timedelta(days=1)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="vat-{first}-{last}.csv"'
    rows = csv.writer(answer)
    rows.writerow(
        ["what", "vat_kind", "vat_rate", "requires_purchase", "times", "amount", "currency"]
    )
    for line in vat_lines(since=since, until=until):
        rate = "" if line.vat_rate is None else line.vat_rate
        amount = Money(line.amount_minor, line.currency).amount
        rows.writerow(
            [line.what, line.vat_kind, rate, line.requires_purchase, line.times, amount,
             line.currency]
        )  # fmt: skip
    return answer


@page("give points")
@require_POST
def settle_missing(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a missed purchase earn, or say that it earns nothing."""
    row = get_object_or_404(MissingPurchase, pk=pk)
    if request.POST.get("earns") == "yes":
        grant_missing(row, at=request.at, by=request.user)
        say(request, gettext("The purchase earned its points."))
    else:
        refuse_missing(row, at=request.at, by=request.user)
        say(request, gettext("The purchase earns nothing; the member sees that."))
    return landing(request, reverse("programme"))
