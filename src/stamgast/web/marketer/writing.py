"""One way for every form about a customer: shown, mended beside the field, kept, taken back.

On the page of a customer a form unfolds in place; without scripts it is a page of its own. After
keeping, the reader is back on the customer's page, which says what was kept and offers to undo it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import reselect, reswap, retarget

from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.web.doors import StaffRequest
from stamgast.web.flash import say
from stamgast.web.marketer.care_forms import CareForm
from stamgast.web.refusals import sentence

T = TypeVar("T")


@dataclass(frozen=True)
class Blank:
    """A form to fill in: its name is also the name of its address."""

    name: str
    form: type[CareForm]
    title: str | Promise
    submit: str | Promise
    kept: str | Promise  # what the page says afterwards
    undo: str  # the address that takes it back


def fill_in(
    request: StaffRequest, pk: int, blank: Blank, keep: Callable[[Customer, CareForm], T]
) -> HttpResponse:
    """Show the form, or keep what was filled in; a refusal goes beside the field it is about."""
    person = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    today = timezone.localdate(request.at)
    given = (request.POST,) if request.method == "POST" else ()
    form = blank.form(*given, user=request.user, today=today)
    if given:
        kept = tried(form, lambda: keep(person, form))
        if kept is not None:
            say(request, str(blank.kept), undo=reverse(blank.undo, args=[kept.pk]))  # type: ignore[attr-defined]
            return landing(request, address_of(person))
    return _shown(request, person, blank, form)


def _shown(request: StaffRequest, person: Customer, blank: Blank, form: CareForm) -> HttpResponse:
    """The form in its place on the customer's page, or as a page of its own.

    htmx swaps nothing for a status of 400 or more, so a form to mend goes to it with 200.
    """
    facts = {"customer": person, "blank": blank, "form": form, "place": f"fill-in-{blank.name}"}
    if not request.htmx:
        status = 422 if form.is_bound else 200
        return render(request, "customer/fill_in_page.html", facts, status=status)
    answer = render(request, "customer/fill_in.html", facts)
    place = f"#{facts['place']}"
    return reswap(reselect(retarget(answer, place), place), "outerHTML")


def tried(form: forms.Form, act: Callable[[], T]) -> T | None:
    """Do it, or put the refusal beside the field it is about and return None."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refusal as refusal:
        field = refusal.facts.get("field")
        form.add_error(field if field in form.fields else None, sentence(refusal))
        return None


def landing(request: StaffRequest, default: str) -> HttpResponseRedirect:
    """Go to the page that was asked for when it is ours, else to the default."""
    to = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(to, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(to if is_ours else default)


def address_of(customer: Customer) -> str:
    """The address of a customer's page."""
    return reverse("customer", args=[customer.pk])
