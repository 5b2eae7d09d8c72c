"""Returns: what came back of an order, written down under the shop's own number."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.v1.people import customer_meant
from stamgast.api.v1.routers.orders import in_full
from stamgast.api.v1.schemas.common import Number
from stamgast.api.v1.schemas.orders import OrderQuery, ReturnRecorded, ReturnSaid, ReturnTold
from stamgast.sales import actions

returns = Operations("returns")


@returns.get("/returns/{own:number}", scope="orders:read", answers=ReturnTold, fails=[404])
def get_return(
    request: ApiRequest, number: Annotated[Number, Path()], asked: Query[OrderQuery]
) -> ReturnTold:
    """Return the return with this number of yours."""
    row = in_full("return").filter(number=number, shop=asked.shop).first()
    if row is None:
        raise Fault(404, "no_such_return", "No return has this number.")
    return ReturnTold.of(row)


@returns.put(
    "/returns/{own:number}", scope="orders:write", answers=ReturnRecorded, fails=[404, 409]
)
def record_return(
    request: ApiRequest, number: Annotated[Number, Path()], said: ReturnSaid
) -> Status[ReturnRecorded]:
    """Write down what came back, and of which order; that order's revenue and margin go down.

    Without `of_order` it reduces the customer's latest purchase of the same product that has enough
    left. The same again changes nothing.
    """
    customer = customer_meant(said.customer) if said.customer else None
    row, outcome = actions.record_return(
        said.facts(number, customer), at=request.at, by=actor(request)
    )
    told = ReturnTold.of(in_full("return").get(pk=row.pk))
    return Status(201 if outcome == "made" else 200, ReturnRecorded(outcome=outcome, returned=told))
