"""Orders: written down under the shop's own number with who placed them, read and listed."""

from __future__ import annotations

from typing import Annotated

from django.db.models import QuerySet
from ninja import Path, Query
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.paging import page_of
from stamgast.api.v1.bulk import Result, answer_bulk
from stamgast.api.v1.people import customer_asked
from stamgast.api.v1.schemas.common import BulkAnswer, Number
from stamgast.api.v1.schemas.orders import (
    ManyOrders,
    OrderItem,
    OrderPage,
    OrderQuery,
    OrderRecorded,
    OrderSaid,
    OrdersQuery,
    OrderTold,
)
from stamgast.sales import actions
from stamgast.sales.models import Order

orders = Operations("orders")


def in_full(kind: str) -> QuerySet[Order]:
    """Return orders of a kind with everything that is told of them."""
    rows = Order.objects.filter(kind=kind).select_related("customer", "of_order")
    return rows.prefetch_related("lines__product")


@orders.get("/orders", scope="orders:read", answers=OrderPage, fails=[404])
def list_orders(request: ApiRequest, asked: Query[OrdersQuery]) -> OrderPage:
    """List orders, of one customer or shop or since a moment, in the order we were told."""
    rows = in_full("sale")
    customer = customer_asked(asked.customer, asked.customer_id)
    if customer is not None:
        rows = rows.filter(customer=customer)
    if asked.shop is not None:
        rows = rows.filter(shop=asked.shop)
    if asked.ordered_since is not None:
        rows = rows.filter(ordered_at__gte=asked.ordered_since)
    found, following = page_of(rows, asked)
    return OrderPage(items=[OrderTold.of(one) for one in found], next=following)


@orders.get("/orders/{own:number}", scope="orders:read", answers=OrderTold, fails=[404])
def get_order(
    request: ApiRequest, number: Annotated[Number, Path()], asked: Query[OrderQuery]
) -> OrderTold:
    """Return the order with this number of yours."""
    order = in_full("sale").filter(number=number, shop=asked.shop).first()
    if order is None:
        raise Fault(404, "no_such_order", "No order has this number.")
    return OrderTold.of(order)


@orders.put("/orders/{own:number}", scope="orders:write", answers=OrderRecorded, fails=[409])
def record_order(
    request: ApiRequest, number: Annotated[Number, Path()], said: OrderSaid
) -> Status[OrderRecorded]:
    """Write down an order with its lines and who placed it, under your own number.

    The same again changes nothing; an order told otherwise is replaced. To call one off, send it
    again with `is_cancelled`.
    """
    order, outcome = actions.record_placed(said.placed(number), at=request.at, by=actor(request))
    told = OrderTold.of(in_full("sale").get(pk=order.pk))
    return Status(201 if outcome == "made" else 200, OrderRecorded(outcome=outcome, order=told))


@orders.post("/bulk/orders", scope="orders:write", answers=BulkAnswer)
def record_orders(request: ApiRequest, sent: ManyOrders) -> BulkAnswer:
    """Write down up to 1,000 orders; each is answered apart, and the good ones are kept."""

    def record(items: list[OrderItem]) -> list[Result]:
        many = [item.placed(item.number) for item in items]
        recorded = actions.record_many_placed(many, at=request.at, by=actor(request))
        return [Result(one.outcome, one.refusal) for one in recorded]

    return answer_bulk(request, sent, record, key="number")
