"""Selections that somebody wants to come back to: kept under a name, shared, or thrown away."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from stamgast.customers.rules import tidy
from stamgast.staff.actions import delete_filter, save_filter
from stamgast.staff.models import SavedFilter
from stamgast.staff.queries import filters_for
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.selection import read


@page("see customers")
def selections(request: StaffRequest) -> HttpResponse:
    """Show one's own selections and those of colleagues."""
    return render(request, "customers/selections.html", {"saved": filters_for(request.user)})


@page("see customers")
@require_POST
def keep(request: StaffRequest) -> HttpResponse:
    """Keep the selection on screen under a name; the same name replaces what it held."""
    chosen = read(QueryDict(request.POST.get("query", "")), sees_margin=request.may("see margin"))
    saved = save_filter(
        request.user,
        name=tidy(request.POST.get("name", "")),
        query=chosen.query(),
        is_shared=request.POST.get("is_shared") == "yes",
        at=request.at,
    )
    say(
        request,
        _("Kept as “%(name)s”.") % {"name": saved.name},
        undo=reverse("forget_selection", args=[saved.pk]),
    )
    return HttpResponseRedirect(f"{reverse('customers')}?{saved.query}")


@page("see customers")
@require_POST
def forget(request: StaffRequest, pk: int) -> HttpResponse:
    """Throw a selection away."""
    saved = get_object_or_404(SavedFilter, pk=pk)
    delete_filter(saved, at=request.at, by=request.user)
    query = {"name": saved.name, "query": saved.query}
    if saved.is_shared:
        query["is_shared"] = "yes"
    undo = f"{reverse('restore_selection')}?{urlencode(query)}"
    say(request, _("“%(name)s” thrown away.") % {"name": saved.name}, undo=undo)
    return redirect("selections")


@page("see customers")
@require_POST
def restore(request: StaffRequest) -> HttpResponse:
    """Take it back that a selection was thrown away."""
    save_filter(
        request.user,
        name=tidy(request.GET.get("name", "")),
        query=tidy(request.GET.get("query", "")),
        is_shared=request.GET.get("is_shared") == "yes",
        at=request.at,
    )
    return redirect("selections")
