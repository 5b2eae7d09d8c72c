"""Goals, efforts and their verdicts: to read; they are made on the screens."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query
from pydantic import Field

from stamgast.api.auth import ApiRequest
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.paging import PageQuery, page_of
from stamgast.api.v1.schemas.efforts import (
    EffortPage,
    EffortTold,
    GoalPage,
    GoalsQuery,
    GoalTold,
    VerdictPage,
    VerdictTold,
)
from stamgast.measurement.models import Experiment
from stamgast.measurement.queries import latest_verdicts, readings_of
from stamgast.strategy.models import Goal

efforts = Operations("efforts")
Number = Annotated[int, Path(), Field(ge=1, le=2**53)]


@efforts.get("/goals", scope="goals:read", answers=GoalPage)
def list_goals(request: ApiRequest, asked: Query[GoalsQuery]) -> GoalPage:
    """List the goals with their budgets, of one status when asked."""
    rows = Goal.objects.all()
    if asked.status is not None:
        rows = rows.filter(status=asked.status)
    found, following = page_of(rows, asked)
    return GoalPage(items=[GoalTold.of(one) for one in found], next=following)


@efforts.get("/efforts", scope="verdicts:read", answers=EffortPage)
def list_efforts(request: ApiRequest, asked: Query[PageQuery]) -> EffortPage:
    """List every effort that was drawn by lot, with its newest verdict."""
    found, following = page_of(Experiment.objects.all(), asked)
    newest = {one.experiment_id: one for one in latest_verdicts().filter(experiment__in=found)}
    told = [EffortTold.of(one, newest.get(one.pk)) for one in found]
    return EffortPage(items=told, next=following)


@efforts.get("/efforts/{id}/verdicts", scope="verdicts:read", answers=VerdictPage, fails=[404])
def list_verdicts(request: ApiRequest, id: Number, asked: Query[PageQuery]) -> VerdictPage:
    """List what could be said of one effort, day by day."""
    row = Experiment.objects.filter(pk=id).first()
    if row is None:
        raise Fault(404, "no_such_effort", "There is no effort with this number.")
    found, following = page_of(readings_of(row), asked)
    told = [VerdictTold.of(one, row.currency) for one in found]
    return VerdictPage(items=told, next=following)
