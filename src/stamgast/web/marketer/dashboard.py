"""The first page: what the base looks like today, and what to do this week."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from stamgast.web.doors import StaffRequest, page


@page("see base")
def dashboard(request: StaffRequest) -> HttpResponse:
    """Show the base."""
    return render(request, "dashboard.html")
