"""Which campaign has a customer first: the order, who wins from whom, and changing it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from stamgast.campaigns.actions import move_campaign
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.priority import Clash, clashes, live_in_order
from stamgast.web.design.tags import number
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.sentences import filled


@page("see base")
def order(request: StaffRequest) -> HttpResponse:
    """Show the campaigns in the order in which they have a customer, and where two want the same."""
    rows = live_in_order()
    found = clashes(request.at, campaigns=rows)
    facts = {"rows": rows, "clashes": found, "headline": _headline(rows, found)}
    return render(request, "campaigns/order.html", facts)


def _headline(rows: list[Campaign], found: list[Clash]) -> SafeString:
    if len(rows) < 2:
        return filled(gettext("With fewer than two campaigns nobody is wanted twice."))
    if not found:
        return filled(gettext("No customer is wanted by two campaigns now."))
    text = ngettext(
        "<b>%(first)s</b> has %(n)s customer before <b>%(second)s</b>.",
        "<b>%(first)s</b> has %(n)s customers before <b>%(second)s</b>.",
        found[0].customers,
    )
    most = found[0]
    return filled(text, first=most.first.name, n=number(most.customers), second=most.second.name)


@page("write campaigns")
@require_POST
def move(request: StaffRequest, pk: int, way: str) -> HttpResponse:
    """Let a campaign have customers one place sooner, or later."""
    row = get_object_or_404(Campaign, pk=pk)
    move_campaign(row, is_up=way == "up", at=request.at, by=request.user)
    back = "down" if way == "up" else "up"
    say(request, gettext("The order is changed."), undo=reverse("move_campaign", args=[pk, back]))
    return redirect("campaign_order")
