"""Goals, and the verdicts on every effort that was drawn by lot."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, Self

from pydantic import Field

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import Day, Moment, Told, amount
from stamgast.measurement.models import Experiment, Verdict
from stamgast.strategy.models import Goal

GoalStatus = Literal["draft", "open", "closed"]
Code = Literal[
    "worked",
    "worked_so_far",
    "did_not_work",
    "not_yet_known",
    "cannot_be_known_here",
    "borrowed_from_later",
]


class GoalTold(Told):
    """A goal with its budget; amounts in `currency`, shares of one."""

    id: int
    name: str
    status: GoalStatus
    direction: Literal["keep", "deepen"]
    measure: str = Field(description="What it is measured by.", examples=["second_purchase"])
    baseline: float = Field(description="Where the measure stood when the goal was set.")
    baseline_on: Day
    target: float
    due_on: Day
    actual: float | None = Field(description="Where it stood when the goal was closed.")
    is_reached: bool | None = Field(description="Null until the goal is closed.")
    currency: str
    budget: str
    reserved: str = Field(description="Promised, and not yet used.")
    spent: str
    overrun: str = Field(description="What kept promises cost beyond the budget.")

    @classmethod
    def of(cls, row: Goal) -> Self:
        """Return a goal for an answer."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        names = ("budget", "reserved", "spent", "overrun")
        money = {name: amount(getattr(row, f"{name}_minor"), row.currency) for name in names}
        closed = {name: row.outcome.get(name) for name in ("actual", "is_reached")}
        return cls.model_construct(**{**own, **money, **closed})


class GoalPage(Page[GoalTold]):
    """A page of goals."""


class GoalsQuery(PageQuery):
    """Which goals."""

    status: GoalStatus | None = None


class Margin(Told):
    """An amount that lies between two others with 95 % certainty, however often it is read."""

    value: str
    low: str
    high: str

    @classmethod
    def of(cls, found: dict[str, Any] | None, currency: str) -> Self | None:
        """Return an interval of amounts, or nothing."""
        if found is None:
            return None
        value, low, high = (
            amount(round(found[name]), currency) for name in ("estimate", "low", "high")
        )
        return cls.model_construct(value=value, low=low, high=high)


class VerdictTold(Told):
    """What could be said of an effort at the end of a day."""

    as_of: Day
    code: Code
    reason: str = Field(description="Why, such as `proven`, `after_runs` or `too_few_buyers`.")
    treated: int = Field(description="Households that by lot got it.")
    control: int = Field(description="Households that by lot did not.")
    net: Margin | None = Field(description="Extra margin after costs, in total.")
    spent: str = Field(description="Costs, and the discount given beyond that of the control.")
    per_euro: float | None = Field(description="What each unit of money spent brought back.")
    known_on: Day | None = Field(description="When it will be known, where that can be said.")

    @classmethod
    def of(cls, row: Verdict, currency: str) -> Self:
        """Return a verdict for an answer."""
        facts = row.facts
        euro = facts["per_euro"]
        return cls.model_construct(
            as_of=row.as_of,
            code=row.code,
            reason=facts["reason"],
            treated=facts["treated"],
            control=facts["control"],
            net=Margin.of(facts["net_minor"], currency),
            spent=amount(facts["spent_minor"], currency),
            per_euro=euro["estimate"] if euro else None,
            known_on=date.fromisoformat(facts["known_on"]) if facts["known_on"] else None,
        )


class EffortTold(Told):
    """An effort that is judged by lot, with its newest verdict."""

    id: int
    kind: Literal["campaign", "invitation", "benefit", "standing"]
    name: str
    subject: str = Field(description="What it belongs to.", examples=["campaign:3"])
    pool: str = Field(description="Efforts of one pool are judged together.")
    window_days: int
    after_days: int
    currency: str
    started_at: Moment
    ended_at: Moment | None
    verdict: VerdictTold | None = Field(description="Null before the first night.")

    @classmethod
    def of(cls, row: Experiment, verdict: Verdict | None) -> Self:
        """Return an effort for an answer."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        told = VerdictTold.of(verdict, row.currency) if verdict else None
        return cls.model_construct(**{**own, "verdict": told})


class EffortPage(Page[EffortTold]):
    """A page of efforts."""


class VerdictPage(Page[VerdictTold]):
    """A page of the verdicts on one effort, the oldest first."""
