"""One search field for everything: an order number, a phone number, an address, part of a name."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from stamgast.customers.models import Customer
from stamgast.customers.queries import by_identity, current, known
from stamgast.customers.queries import search as customers_meant
from stamgast.customers.rules import email as as_email
from stamgast.customers.rules import tidy
from stamgast.sales.models import Order
from stamgast.web.doors import StaffRequest, page

MOST_ORDERS = 20
MOST_FOUND = 500  # who needs more, needs other words


def orders_numbered(text: str) -> list[Order]:
    """Return the orders with exactly this number, in any shop; returns come after their sale."""
    text = tidy(text)
    number = text.removeprefix("#")
    if not number or len(number) > 64:
        return []
    numbered = Order.objects.filter(number__in={text, number}).select_related("customer")
    return list(numbered.order_by("-kind", "-ordered_at", "pk")[:MOST_ORDERS])


def meant_by(text: str) -> list[int]:
    """Return the ids of the customers a text means: its buyer first, then who fits it."""
    buyers = [order.customer_id for order in orders_numbered(text) if order.customer_id]
    return list(dict.fromkeys([*buyers, *customers_meant(text, limit=MOST_FOUND)]))


@page("see customers")
def search(request: StaffRequest) -> HttpResponse:
    """Open what was meant when it is one customer or order; otherwise show who it may be."""
    text = tidy(request.GET.get("q", ""))[:200]
    if not text:
        return HttpResponseRedirect(reverse("customers"))
    ids = meant_by(text)
    if len(ids) == 1:
        return _to_customer(ids[0])
    if ids:
        return HttpResponseRedirect(f"{reverse('customers')}?{urlencode({'q': text})}")
    anonymous = orders_numbered(text)
    if anonymous:
        return HttpResponseRedirect(reverse("order", args=[anonymous[0].pk]))
    return _nobody(request, text=text)


@page("see customers")
def lookup(request: StaffRequest) -> HttpResponse:
    """Send a helpdesk that knows an e-mail address or an order number to the customer's page."""
    email, number = tidy(request.GET.get("email", "")), tidy(request.GET.get("order", ""))
    if email:
        owner = by_identity("email", as_email(email) or email)
        ids = [owner.pk] if owner else customers_meant(email) if "@" in email else []
        if ids:
            return _to_customer(ids[0])
    found = orders_numbered(number)
    buyer = next((order.customer_id for order in found if order.customer_id), None)
    if buyer:
        return _to_customer(buyer)
    if found:
        return HttpResponseRedirect(reverse("order", args=[found[0].pk]))
    return _nobody(request, text=email or number, email=as_email(email))


def _to_customer(pk: int) -> HttpResponse:
    customer = current(Customer.objects.select_related("merged_into").get(pk=pk))
    return HttpResponseRedirect(reverse("customer", args=[customer.pk]))


def _nobody(request: StaffRequest, *, text: str, email: str = "") -> HttpResponse:
    facts = {"text": text, "email": email or as_email(text), "has_customers": known().exists()}
    return render(request, "customers/nobody.html", facts, status=404)
