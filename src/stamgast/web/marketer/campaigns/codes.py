"""Lists of the shop's own discount codes: how many are left, and taking more in."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from stamgast.campaigns import actions
from stamgast.campaigns.models import CodeList
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.campaigns.forms import CodesForm, pasted_or_uploaded
from stamgast.web.marketer.writing import tried


@page("write campaigns")
def codes(request: StaffRequest) -> HttpResponse:
    """Show the lists of codes, and take in a new one or more for one that is there."""
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = CodesForm(*given)
    if given:
        kept = tried(form, lambda: _keep(form, request))
        if kept is not None:
            say(request, gettext("The codes of “%(name)s” are in.") % {"name": kept.name})
            return redirect("codes")
    rows = CodeList.objects.annotate(
        every=Count("codes"),
        handed=Count("codes", filter=Q(codes__handed_at__isnull=False)),
        used=Count("codes", filter=Q(codes__assignment__state="used")),
    ).order_by("-pk")
    facts = {"form": form, "lists": rows, "free": sum(row.every - row.handed for row in rows)}
    return render(request, "campaigns/codes.html", facts, status=422 if form.errors else 200)


def _keep(form: CodesForm, request: StaffRequest) -> CodeList:
    facts = form.cleaned_data
    text = pasted_or_uploaded(facts["codes"], facts["codes_file"])
    there = CodeList.objects.filter(name=facts["name"].strip()).first()
    if there is not None:
        actions.add_codes(there, text, at=request.at, by=request.user)
        return there
    return actions.make_code_list(facts["name"], text, at=request.at, by=request.user)
