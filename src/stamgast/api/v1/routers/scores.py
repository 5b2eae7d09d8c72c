"""Scores: per customer, by stage and by next step; and the base in figures."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query

from stamgast.api.auth import ApiRequest
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.paging import page_of
from stamgast.api.v1.people import customer_asked, customer_meant
from stamgast.api.v1.schemas.common import CustomerRef, ShopKey
from stamgast.api.v1.schemas.scores import (
    ReportQuery,
    ReportTold,
    ScorePage,
    ScoresQuery,
    ScoreTold,
)
from stamgast.campaigns.advice import advice, advised, report_of
from stamgast.scoring import queries
from stamgast.scoring.models import Run

scores = Operations("scores")


def _run() -> Run:
    run = queries.current_run()
    if run is None:
        raise Fault(404, "not_scored_yet", "Nothing is scored yet; that happens every night.")
    return run


@scores.get("/scores", scope="scores:read", answers=ScorePage, fails=[404])
def list_scores(request: ApiRequest, asked: Query[ScoresQuery]) -> ScorePage:
    """List the current scores by customer, of one stage or next step when asked.

    Whoever by lot may not be advised their next step now is let be.
    """
    run = _run()
    rows = queries.scores(run)
    if asked.stage is not None:
        rows = rows.filter(stage=asked.stage)
    if asked.step is not None:
        rows = advised(rows, asked.step, request.at)
    customer = customer_asked(asked.customer, asked.customer_id)
    if customer is not None:
        rows = rows.filter(customer=customer)
    rows = rows.annotate(advice=advice(request.at))
    found, following = page_of(rows, asked, place="customer_id")
    return ScorePage(items=[ScoreTold.of(one, run) for one in found], next=following)


@scores.get("/scores/{own:key}", scope="scores:read", answers=ScoreTold, fails=[404])
def get_score(request: ApiRequest, key: Annotated[ShopKey, Path()]) -> ScoreTold:
    """Return the current score of the customer with this key of yours."""
    run = _run()
    customer = customer_meant(CustomerRef.model_construct(key=key, id=None, email=None))
    rows = queries.scores(run).filter(customer=customer)
    row = rows.annotate(advice=advice(request.at)).first()
    if row is None:
        raise Fault(404, "no_score", "This customer was not there yet when the base was scored.")
    return ScoreTold.of(row, run)


@scores.get("/report", scope="scores:read", answers=ReportTold, fails=[404])
def get_report(request: ApiRequest, asked: Query[ReportQuery]) -> ReportTold:
    """Return the base in figures: stages, what is at stake, next steps, and the months."""
    run = _run()
    if (asked.facet is None) != (asked.value is None):
        raise Fault(422, "facet_and_value", "Name a facet together with its value.")
    facts = report_of(run, request.at, asked.facet or "", asked.value or "")
    if not facts:
        raise Fault(404, "no_such_facet", "There are no figures apart for this one.")
    return ReportTold.of(facts, run)
