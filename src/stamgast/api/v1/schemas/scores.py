"""Scores: what we know and expect of a customer, and the base in figures."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import Day, Moment, Needed, ShopKey, Told, amount, amount_if
from stamgast.campaigns.advice import CONTROL_GROUP
from stamgast.scoring.models import Run

StageName = Literal["none", "new", "active", "drifting", "lost", "won_back", "withheld"]


class ScoreTold(Told):
    """What we know and expect of one customer, as of the end of a business day.

    Amounts are without VAT, in `currency`. Whoever objects to profiling has the stage `withheld`
    and no expectations.
    """

    customer_id: int = Field(description="Our own number of the customer.")
    key: str | None = Field(description="Your own key.", examples=["C-1001"])
    as_of: Day
    currency: str
    stage: StageName = Field(description="`none`: no purchase yet.")
    step: str = Field(description="What kind of thing to do next; a rule of thumb.")
    reason: str = Field(description="Why that step; `control_group`: left out by lot.")
    orders: int
    first_day: Day | None
    last_day: Day | None
    days_silent: int | None
    usual_interval: float | None = Field(description="Days between purchases, for this customer.")
    silence_share: float | None = Field(description="Share of their gaps that last longer.")
    revenue: str
    margin: str
    is_margin_assumed: bool = Field(description="Part of it rests on an assumed rate.")
    discount_share: float | None
    returns_rate: float | None
    p_alive: float | None = Field(description="Probability that they still are a customer.")
    purchases_90: float | None = Field(description="Expected in 90 days.")
    purchases_365: float | None
    margin_90: str | None = Field(description="Expected in 90 days.")
    margin_365: str | None
    margin_365_low: str | None = Field(description="Likely between this ...")
    margin_365_high: str | None = Field(description="... and this.")
    rfm: str = Field(description="Recency, frequency and margin, 1 to 5 each.")
    shop: str = Field(description="Of the latest order, as the next three.")
    brand: str
    country: str
    channel: str

    @classmethod
    def of(cls, row: Any, run: Run) -> Self:
        """Return a score for an answer, with the step that may be advised (`advice`)."""
        own = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        kept = ("revenue", "margin")
        expected = ("margin_90", "margin_365", "margin_365_low", "margin_365_high")
        amounts: dict[str, Any] = {
            **{name: amount(getattr(row, f"{name}_minor"), run.currency) for name in kept},
            **{name: amount_if(getattr(row, f"{name}_minor"), run.currency) for name in expected},
        }
        about = {"key": row.customer.key, "as_of": run.as_of, "currency": run.currency}
        if row.advice != row.step:
            about |= {"step": row.advice, "reason": CONTROL_GROUP}
        return cls.model_construct(**{**own, **amounts, **about})


class ScorePage(Page[ScoreTold]):
    """A page of scores."""


class ScoresQuery(PageQuery):
    """Whose scores."""

    stage: StageName | None = None
    step: Annotated[str, Needed] | None = Field(default=None, max_length=20)
    customer: ShopKey | None = Field(default=None, description="Your own key.")
    customer_id: int | None = Field(default=None, ge=1, le=2**53, description="Our own number.")


class Range(Told):
    """What is expected, and likely between what."""

    value: str
    low: str
    high: str

    @classmethod
    def of(cls, minor: dict[str, int] | None, currency: str) -> Self | None:
        """Return it in major units; nothing where it is not known."""
        if not minor:
            return None
        return cls(**{name: amount(minor[name], currency) for name in ("value", "low", "high")})


class StepTold(Told):
    """How many customers have this next step, and what they bring in the coming year."""

    step: str
    reason: str
    customers: int
    margin: str | None


class MonthTold(Told):
    """One month of the base."""

    month: str = Field(examples=["2026-11"])
    orders: int
    customers: int
    new_customers: int
    revenue: str
    margin: str
    is_complete: bool


class ReportTold(Told):
    """The base in figures, as of the end of a business day; amounts without VAT."""

    as_of: Day
    orders_until: Moment | None = Field(description="The newest order that was known.")
    currency: str
    customers: int
    orders: int
    revenue: str
    margin: str
    assumed_share: float = Field(description="Of the margin, what rests on an assumed rate.")
    stages: dict[str, int] = Field(examples=[{"active": 120, "drifting": 14}])
    at_stake: Range | None = Field(
        description="Margin of the coming year that the drifting would bring."
    )
    margin_year: Range | None = Field(description="Margin of the coming year, of all.")
    steps: list[StepTold]
    months: list[MonthTold]

    @classmethod
    def of(cls, facts: dict[str, Any], run: Run) -> Self:
        """Return the report of a run for an answer."""
        currency = run.currency
        return cls(
            as_of=_iso(run.as_of),
            orders_until=run.orders_until,
            currency=currency,
            customers=facts["customers"],
            orders=facts["orders"],
            revenue=amount(facts["revenue_minor"], currency),
            margin=amount(facts["margin_minor"], currency),
            assumed_share=facts["assumed_share"],
            stages=facts["stages"],
            at_stake=Range.of(facts.get("at_stake"), currency),
            margin_year=Range.of(facts.get("margin_year"), currency),
            steps=[StepTold(**_without_minor(step, currency)) for step in facts.get("steps", [])],
            months=[
                MonthTold(**_without_minor(month, currency)) for month in facts.get("months", [])
            ],
        )


def _iso(day: date) -> Any:
    return day.isoformat()


def _without_minor(facts: dict[str, Any], currency: str) -> dict[str, Any]:
    """Return facts with their amounts in major units, under names without "_minor"."""
    amounts = {
        name.removesuffix("_minor"): amount_if(value, currency)
        for name, value in facts.items()
        if name.endswith("_minor")
    }
    return {**facts, **amounts}


class ReportQuery(Told):
    """Of the whole base, or of one shop, brand, country or channel."""

    facet: Literal["shop", "brand", "country", "channel"] | None = None
    value: Annotated[str, Needed] | None = Field(default=None, max_length=60)
