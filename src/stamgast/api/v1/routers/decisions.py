"""Decisions: what may be shown to a customer who comes by, answered at once."""

from __future__ import annotations

from stamgast.api.auth import ApiRequest
from stamgast.api.contract import Operations
from stamgast.api.v1.people import customer_known
from stamgast.api.v1.schemas.decisions import DecisionAnswered, DecisionAsked, DecisionTold
from stamgast.campaigns.actions import decide

decisions = Operations("decisions")


@decisions.post("/decisions", scope="decisions:write", answers=DecisionAnswered)
def decide_what_to_show(request: ApiRequest, asked: DecisionAsked) -> DecisionAnswered:
    """Say what may be shown to this customer now, and count it as shown.

    Nothing is shown to whom we do not know, got nothing by lot, objects to profiling, has an open
    complaint, ordered since, or heard from us often enough. While an answer holds it stays the
    same, however often it is asked; the first time counts.
    """
    customer = customer_known(asked.customer)
    found = customer and decide(customer, placement=asked.placement, at=request.at)
    if not found:
        return DecisionAnswered(decision=None)
    return DecisionAnswered(decision=DecisionTold.of(found, request.shop.currency))
