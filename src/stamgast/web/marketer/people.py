"""Who somebody is: making a customer by hand, and correcting what we know of one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from stamgast.customers import actions
from stamgast.customers.actions.people import Outcome
from stamgast.customers.models import Customer
from stamgast.web.doors import StaffRequest, page
from stamgast.web.flash import say
from stamgast.web.marketer.programme_frame import day_field
from stamgast.web.marketer.writing import address_of, landing, tried

_FIELDS = (
    "first_name",
    "infix",
    "last_name",
    "company",
    "email",
    "phone",
    "street",
    "house_number",
    "postcode",
    "city",
    "country",
    "birth_date",
)


class CustomerForm(forms.Form):
    """Name, address and numbers of a customer; any of them may be unknown."""

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=100, required=False)
    infix = forms.CharField(label=gettext_lazy("Infix"), max_length=30, required=False)
    last_name = forms.CharField(label=gettext_lazy("Surname"), max_length=100, required=False)
    company = forms.CharField(label=gettext_lazy("Company"), max_length=160, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    street = forms.CharField(label=gettext_lazy("Street"), max_length=120, required=False)
    house_number = forms.CharField(
        label=gettext_lazy("House number"), max_length=20, required=False
    )
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=12, required=False)
    city = forms.CharField(label=gettext_lazy("Town"), max_length=80, required=False)
    country = forms.CharField(label=gettext_lazy("Country"), max_length=40, required=False)
    birth_date = day_field(gettext_lazy("Date of birth"))

    def clean_birth_date(self) -> date | str:
        """Return an emptied date as known to be empty."""
        return self.cleaned_data["birth_date"] or ""


class NewCustomerForm(CustomerForm):
    """A customer made by hand: recognisable by a number of the shop's own, e-mail or phone."""

    key = forms.CharField(label=gettext_lazy("Customer number"), max_length=100, required=False)
    field_order = ("key", *_FIELDS)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not any(given.get(field) for field in ("key", "email", "phone")) and not self.errors:
            raise forms.ValidationError(
                _("Give a customer number, an e-mail address or a phone number.")
            )
        return given


@page("edit customers")
def new_customer(request: StaffRequest) -> HttpResponse:
    """Make a customer; who is known already by number, e-mail or phone is opened instead."""
    if request.method != "POST":
        form = NewCustomerForm(initial={"email": request.GET.get("email", "")})
        return render(request, "customers/new.html", {"form": form})
    form = NewCustomerForm(request.POST)
    made = tried(form, lambda: _record(request, form.cleaned_data))
    if made is None:
        return render(request, "customers/new.html", {"form": form}, status=422)
    person, outcome = made
    said = {
        "made": _("Customer made."),
        "changed": _("This customer was known already; what you filled in was added."),
        "unchanged": _("This customer was known already."),
    }
    say(request, said[outcome])
    return HttpResponseRedirect(address_of(person))


def _record(request: StaffRequest, given: dict[str, Any]) -> tuple[Customer, Outcome]:
    facts = {field: value for field, value in given.items() if value}
    return actions.record_customer(at=request.at, by=request.user, on="screen", **facts)


@page("edit customers")
def edit_customer(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct name, address and numbers of a customer."""
    person = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    if request.method != "POST":
        form = CustomerForm(initial={field: getattr(person, field) for field in _FIELDS})
        return render(request, "customer/edit.html", {"form": form, "customer": person})
    form = CustomerForm(request.POST)
    edited = tried(
        form,
        lambda: actions.edit_customer(person, at=request.at, by=request.user, **form.cleaned_data),
    )
    if edited is None:
        facts = {"form": form, "customer": person}
        return render(request, "customer/edit.html", facts, status=422)
    say(request, _("Changes saved."))
    return HttpResponseRedirect(address_of(person))


@page("edit customers")
@require_POST
def profiling(request: StaffRequest, pk: int) -> HttpResponse:
    """Write down whether the customer objects to being scored."""
    person = get_object_or_404(Customer, pk=pk)
    objects = (request.GET or request.POST).get("objects") == "yes"
    undo = f"{reverse('profiling', args=[pk])}?objects={'no' if objects else 'yes'}"
    if objects:
        actions.object_to_profiling(person, at=request.at, by=request.user)
        text = _("Written down. From the next scoring on they have no stage or value.")
    else:
        actions.allow_profiling(person, at=request.at, by=request.user)
        text = _("Written down. The next scoring takes them along again.")
    say(request, text, undo=undo)
    return landing(request, address_of(person))
