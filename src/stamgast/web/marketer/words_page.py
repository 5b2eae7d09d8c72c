"""The page of words: what each of them means, the same on every page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from stamgast.web.doors import StaffRequest, page
from stamgast.web.terms import GROUPS, TERMS


@page()
def words(request: StaffRequest) -> HttpResponse:
    """Show all words in their groups."""
    groups = [
        (title, [(code, term) for code, term in TERMS.items() if term.group == group])
        for group, title in GROUPS.items()
    ]
    return render(request, "words.html", {"groups": groups})
