"""The settings pages: which there are, and who may open them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stamgast.web.doors import StaffRequest, page

TABS = (
    (_("Shop"), "shop_settings", "edit settings"),
    (_("Margin"), "margin_settings", "edit settings"),
    (_("Employees"), "users", "manage users"),
    (_("Keys for programs"), "keys", "manage keys"),
    (_("Calls by programs"), "program_calls", "see calls"),
)


@page("edit settings", "manage users", "manage keys")
def settings(request: StaffRequest) -> HttpResponse:
    """Open the first of the settings that one may see."""
    for _name, view, verb in TABS:
        if request.may(verb):
            return redirect(view)
    raise PermissionDenied


def show(
    request: StaffRequest, template: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a settings page with the tabs that one may open."""
    places = [(name, reverse(view)) for name, view, verb in TABS if request.may(verb)]
    tabs = [(name, place, request.path.startswith(place)) for name, place in places]
    return render(request, f"settings/{template}", {"tabs": tabs, **facts}, status=status)
