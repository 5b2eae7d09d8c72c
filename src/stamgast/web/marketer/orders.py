"""One order with its lines, and all orders of one customer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from stamgast.customers.models import Customer
from stamgast.sales.models import Line, Order
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer.customer import orders_of

PAGE = 50


@page("see orders")
def order(request: StaffRequest, pk: int) -> HttpResponse:
    """Show an order with its lines; a page that unfolds it asks for the lines alone."""
    orders = Order.objects.select_related("customer", "of_order")
    row = get_object_or_404(orders, pk=pk)
    facts: dict[str, Any] = {"order": row, "customer": row.customer, "lines": _lines(row)}
    if request.htmx:
        return render(request, "customer/lines.html", facts)
    facts["returns"] = list(row.returns.order_by("ordered_at", "pk"))
    return render(request, "customer/order.html", facts)


def _lines(row: Order) -> list[tuple[Line, int]]:
    """Return the lines, each with the decimals that its quantity needs."""
    lines = row.lines.select_related("product").order_by("position", "pk")
    return [(line, _decimals(line.quantity)) for line in lines]


def _decimals(quantity: Decimal) -> int:
    exponent = quantity.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


@page("see orders")
def all_orders(request: StaffRequest, pk: int) -> HttpResponse:
    """Show every order and return of a customer."""
    person = get_object_or_404(Customer, pk=pk, merged_into=None, erased_at=None)
    shown = Paginator(orders_of(person), PAGE).get_page(request.GET.get("page"))
    return render(request, "customer/all_orders.html", {"customer": person, "page": shown})
