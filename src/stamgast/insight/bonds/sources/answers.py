"""What customers said when asked: would they recommend us, were they content, why do they stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ...engine import as_table
from ...tables import Column, business_day, check
from ..contract import BONDS
from .rows import collect, rows

ANSWERS = (
    Column("customer_id", "id", "who"),
    Column("question", "text", "nps, csat, delivery, knows_others or why_stay"),
    Column("day", "day", "business day of the answer"),
    Column("score", "number", "on the scale of the question; knows_others 1 yes, 0 no", True),
    Column("choice", "text", "why_stay: a bond, or a word that stands for one", is_optional=True),
)


@dataclass(frozen=True)
class Scale:
    """A scale of answers in three bands (poor, middling, good), each a third of 0..1.

    Scores of one band spread evenly over its third, so a step into a better band counts for more
    than one within it.
    """

    indicator: str
    least: int
    middling_from: int
    good_from: int
    most: int

    def value(self, score: ir.NumericValue) -> ir.FloatingValue:
        """Return 0..1 for a score; a score beyond the scale falls outside, and is refused later."""
        low = (score - self.least + 0.5) / (self.middling_from - self.least)
        middle = 1 + (score - self.middling_from + 0.5) / (self.good_from - self.middling_from)
        high = 2 + (score - self.good_from + 0.5) / (self.most + 1 - self.good_from)
        beyond = ibis.ifelse(score > self.most, 4.0, high)
        return (
            ibis.cases(
                (score < self.least, -1.0),
                (score < self.middling_from, low),
                (score < self.good_from, middle),
                else_=beyond,
            )
            / 3
        )


SCALES: Mapping[str, Scale] = {
    "nps": Scale("nps", 0, 7, 9, 10),  # detractors to 6, promoters from 9 (Reichheld 2003)
    "csat": Scale("csat", 1, 4, 5, 5),
    "delivery": Scale("delivery_score", 1, 7, 9, 10),
}
SAYS = {
    "situational": "says_habit",
    "economic": "says_price",
    "legal": "says_contract",
    "technical": "says_system",
    "emotional": "says_liking",
}
NAMED, NOT_NAMED = 0.9, 0.3  # the main reason is not the only one
KNOWS_NO_OTHER, KNOWS_OTHERS = 0.95, 0.15


def from_answers(
    answers: Any,
    *,
    as_of: date,
    scales: Mapping[str, Scale] = SCALES,
    choices: Mapping[str, str] | None = None,
) -> ir.Table:
    """Return evidence from answers (the contract ANSWERS) up to the end of as_of.

    `scales` says which questions are scores; `choices` which answer to why_stay stands for which
    bond, besides the names of the bonds themselves. A reason named speaks for its bond (0.9) and
    mildly against the other four (0.3). Other questions and other words add nothing. A score off
    its scale gives a value off 0..1, which `posteriors` refuses. Refuses missing columns with
    TableError. Lazy.
    """
    table = check(as_table(answers), ANSWERS)
    score = table["score"] if "score" in table.columns else ibis.null("float64")
    choice = table["choice"] if "choice" in table.columns else ibis.null("string")
    table = table.select(
        "customer_id", "question", "day", score=score.cast("float64"), choice=choice
    )
    table = table.filter(table.day <= business_day(as_of))
    found = [_scored(table, question, scale) for question, scale in scales.items()]
    return collect(*found, _knows_others(table), _why_stay(table, choices or {}))


def _scored(table: ir.Table, question: str, scale: Scale) -> ir.Table:
    asked = table.filter(table.question == question, table.score.notnull())
    shown = asked.score.round().cast("int64").cast("string")
    return rows(asked, scale.indicator, value=scale.value(asked.score), day=asked.day, detail=shown)


def _knows_others(table: ir.Table) -> ir.Table:
    asked = table.filter(table.question == "knows_others", table.score.notnull())
    value = ibis.ifelse(asked.score >= 0.5, KNOWS_OTHERS, KNOWS_NO_OTHER)
    return rows(asked, "knows_no_other", value=value, day=asked.day)


def _why_stay(table: ir.Table, choices: Mapping[str, str]) -> ir.Table:
    """Five rows per answer: the bond that was named, and the four that were not."""
    words = {**{bond: bond for bond in BONDS}, **choices}
    asked = table.filter(table.question == "why_stay", table.choice.isin(list(words)))
    named = asked.choice.cases(*words.items())
    found = [
        rows(
            asked,
            indicator,
            value=ibis.ifelse(named == bond, NAMED, NOT_NAMED),
            day=asked.day,
            detail=named,
        )
        for bond, indicator in SAYS.items()
    ]
    return collect(*found)
