"""What a person may ask of us: all we hold on them, to be erased, and to be one record."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from stamgast.customers.models import Customer, Merge
from stamgast.customers.queries import possible_duplicates, search
from stamgast.privacy import actions
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.writing import address_of
from stamgast.web.words import Words

MOST_FOUND = 20
REASONS: Words = {
    "request": _("they asked us to"),
    "consent_withdrawn": _("they withdrew their consent"),
    "objection": _("they object to what we do with their data"),
    "unlawful": _("we should never have held their data"),
    "no_longer_needed": _("we do not need their data any more"),
}


def _person(pk: int) -> Customer:
    return get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)


@page("export person")
def export_person(request: StaffRequest, pk: int) -> HttpResponse:
    """Hand over everything we hold on a person, as a ZIP."""
    person = _person(pk)
    packed = actions.export_person(person, at=request.at, by=request.user)
    answer = HttpResponse(packed, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="person-{person.pk}.zip"'
    return answer


@page("erase person")
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what erasing takes away and what stays, and do it on a second press.

    This is the one thing that cannot be undone, so here we do ask first.
    """
    person = _person(pk)
    if request.method != "POST":
        facts = {"customer": person, "reasons": REASONS.items()}
        return render(request, "privacy/erase.html", facts)
    reason = request.POST.get("reason", "request")
    actions.erase_person(person, at=request.at, by=request.user, reason=reason)
    say(request, gettext("Erased. Backups made before today still hold them until they expire."))
    return HttpResponseRedirect(address_of(person))


@page("merge customers")
def merge(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the record that is the same person, and let the two be one."""
    person = _person(pk)
    if request.method == "POST":
        chosen = request.POST.get("gone", "")
        gone = get_object_or_404(Customer, pk=int(chosen) if chosen.isdecimal() else 0)
        made = actions.merge_customers(person, gone, at=request.at, by=request.user)
        say(request, gettext("The two records are one."), undo=reverse("unmerge", args=[made.pk]))
        return HttpResponseRedirect(address_of(person))
    text = request.GET.get("q", "").strip()
    found = [pk for pk in search(text, limit=MOST_FOUND) if pk != person.pk] if text else []
    facts = {
        "customer": person,
        "alike": possible_duplicates(person),
        "text": text,
        "found": list(Customer.objects.filter(pk__in=found, merged_into=None, erased_at=None)),
    }
    return render(request, "privacy/merge.html", facts)


@page("merge customers")
@require_POST
def unmerge(request: StaffRequest, pk: int) -> HttpResponse:
    """Take two records apart again."""
    made = get_object_or_404(Merge.objects.select_related("kept"), pk=pk)
    actions.unmerge_customers(made, at=request.at, by=request.user)
    say(request, gettext("Taken apart: there are two records again."))
    return HttpResponseRedirect(address_of(made.kept))
