"""The scored base as a page shows it: the whole, or one shop, brand, country or sales channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from stamgast.scoring.models import Run, Stage
from stamgast.scoring.queries import current_run, facets, summary

FACETS = ("shop", "brand", "country", "channel")
# As people live through them; the bar on the overview reads from left to right.
STAGES = tuple(stage.value for stage in Stage)


@dataclass(frozen=True, slots=True)
class Estimate:
    """An amount in minor units with its interval."""

    value: int
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Base:
    """One summary of the run that is shown; what an older run lacks reads as unknown."""

    run: Run
    facet: str = ""
    value: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        return self.run.currency or "EUR"

    @property
    def customers(self) -> int:
        return self.facts.get("customers") or 0

    @property
    def stages(self) -> dict[str, int]:
        """Customers per stage, in the stages' own order, without those that hold nobody."""
        counts = self.facts.get("stages") or {}
        return {stage: counts[stage] for stage in STAGES if counts.get(stage)}

    @property
    def drifting(self) -> int:
        return self.stages.get("drifting", 0)

    @property
    def drifting_more(self) -> int | None:
        """How many more are drifting than a week ago; None when we do not know."""
        before = self.facts.get("drifting_a_week_ago")
        return None if before is None else self.drifting - before

    @property
    def is_margin_assumed(self) -> bool:
        return bool(self.facts.get("assumed_share"))

    @property
    def query(self) -> str:
        """What the customer list needs to show the same customers."""
        return urlencode({self.facet: self.value}) if self.facet else ""

    def estimate(self, name: str) -> Estimate | None:
        """Return an amount with its interval, or None while it cannot be said."""
        return estimate_in(self.facts.get(name))

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return a list of the summary: steps, history, months, cohorts, second."""
        return self.facts.get(name) or []


def estimate_in(found: dict[str, int] | None) -> Estimate | None:
    """Read an estimate as scoring writes it; None while it cannot be said."""
    if not found or found.get("value") is None:
        return None
    return Estimate(found["value"], found.get("low"), found.get("high"))


def base_shown(query: QueryDict) -> Base | None:
    """Return what the address asks to see (?only=country:NL), the whole base by default.

    None before the first scoring.
    """
    run = current_run()
    if run is None:
        return None
    facet, _, value = query.get("only", "").partition(":")
    if facet:
        found = summary(facet, value, run=run)
        if found:
            return Base(run, facet, value, found)
    return Base(run, facts=summary(run=run))


def choices(run: Run) -> dict[str, list[str]]:
    """Return what one can choose between: facets with one value are no choice."""
    return {
        facet: [value for value in values if value]
        for facet, values in facets(run).items()
        if len(values) > 1
    }
