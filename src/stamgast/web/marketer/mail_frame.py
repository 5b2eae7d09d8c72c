"""The pages around mail: which there are, and who may open them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from stamgast.web.doors import StaffRequest

TABS = (
    (_("Outbox"), "outbox", "see outbox"),
    (_("Texts"), "mail_texts", "write mail"),
    (_("How our mail looks"), "mail_brand", "write mail"),
    (_("Other tools"), "other_tools", "write campaigns"),
    (_("Gets no mail"), "suppressed", "see outbox"),
    (_("Server and pace"), "mail_server", "edit settings"),
)


def show(
    request: StaffRequest, template: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page around mail with the tabs that one may open."""
    places = [(name, reverse(view)) for name, view, verb in TABS if request.may(verb)]
    longest = max((place for _, place in places if request.path.startswith(place)), key=len)
    tabs = [(name, place, place == longest) for name, place in places]
    return render(request, f"mail/{template}", {"tabs": tabs, **facts}, status=status)
