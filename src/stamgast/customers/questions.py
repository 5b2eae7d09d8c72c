"""What we ask customers and how they may answer: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from stamgast.customers import rules
from stamgast.customers.errors import BadSurveyAnswer

# How long the page behind a link takes an answer, and how soon the same may be asked again.
ANSWERABLE_FOR = timedelta(days=60)
ASKED_AGAIN_AFTER = timedelta(days=90)
LOW_SCORE_DUE = 3  # business days in which somebody looks into a low score
LONGEST_REMARK = 2000
_DETRACTOR = 6  # the highest score with which nobody recommends (Reichheld 2003)


class Scale(NamedTuple):
    """A scale of scores: where it begins, and where it may end; the first end is the usual one."""

    least: int
    ends: tuple[int, ...]


SCALES: Mapping[str, Scale] = {
    "nps": Scale(0, (10,)),
    "csat": Scale(1, (5, 10)),
    "delivery": Scale(1, (10,)),
}
# The first five reasons to stay are the bonds; the last of each list is for all others.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "why_stay": ("emotional", "economic", "situational", "legal", "technical", "other"),
    "why_leave": ("price", "quality", "service", "delivery", "range", "moved", "no_need", "other"),
    "knows_others": ("yes", "no"),
}
QUESTIONS = (*SCALES, *CHOICES)


class Said(NamedTuple):
    """An answer in the form we keep it."""

    score: int | None
    out_of: int | None
    choice: str
    remark: str


def top_of(question: str, out_of: int | None) -> int | None:
    """Return the top of the scale a question is asked on; refuses one it does not have."""
    if question not in QUESTIONS:
        raise BadSurveyAnswer(field="question")
    scale = SCALES.get(question)
    if scale is None:
        if out_of is not None:
            raise BadSurveyAnswer(field="out_of")
        return None
    if out_of is not None and out_of not in scale.ends:
        raise BadSurveyAnswer(field="out_of")
    return out_of or scale.ends[0]


def said(question: str, *, score: Any, choice: str, remark: str, out_of: int | None) -> Said:
    """Return an answer as we keep it; refuses one that is off the scale or none of the choices."""
    top = top_of(question, out_of)
    remark = rules.tidy_lines(remark)
    if len(remark) > LONGEST_REMARK:
        raise BadSurveyAnswer(field="remark")
    if top is None:
        if score is not None:
            raise BadSurveyAnswer(field="score")
        if choice not in CHOICES[question]:
            raise BadSurveyAnswer(field="choice")
        return Said(None, None, choice, remark)
    if choice:
        raise BadSurveyAnswer(field="choice")
    if isinstance(score, bool) or not isinstance(score, int):
        raise BadSurveyAnswer(field="score")
    if not SCALES[question].least <= score <= top:
        raise BadSurveyAnswer(field="score")
    return Said(score, top, "", remark)


def is_low(question: str, answer: Said) -> bool:
    """Say whether somebody should look into this answer.

    That is a score of half the scale or less; of the question whether they recommend us, one of
    those who do not, if they said why.
    """
    if answer.score is None or answer.out_of is None:
        return False
    if question == "nps":
        return answer.score <= _DETRACTOR and bool(answer.remark)
    return 2 * answer.score <= answer.out_of


def may_still_answer(asked_at: datetime, at: datetime) -> bool:
    """Say whether the page behind a link still takes the answer."""
    return at < asked_at + ANSWERABLE_FOR


def business_days_after(day: date, count: int) -> date:
    """Return the day so many working days later; Saturday and Sunday are none."""
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
