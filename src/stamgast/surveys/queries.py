"""Whom one may ask a question now, and what came of the rounds so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from stamgast.customers.models import Answer, Customer
from stamgast.customers.queries import known, may_be_asked
from stamgast.mail.permission import may_mail_statement
from stamgast.scoring.models import Score
from stamgast.scoring.queries import current_run
from stamgast.surveys import rules

KEY = "ask"
PURPOSE = "survey"


@dataclass(frozen=True)
class Audience:
    """Whom a question suits, of whom we may ask how many, and why not the others."""

    question: str
    suits: int
    reachable: int
    left_out: dict[str, int]  # by the code of the reason


@dataclass(frozen=True)
class Round:
    """A question asked of many at one moment."""

    question: str
    at: datetime
    asked: int
    answered: int

    @property
    def name(self) -> str:
        """How the round is called in addresses."""
        return rules.name_of(self.at)


def suiting(question: str) -> QuerySet[Customer]:
    """Return the customers whom a question suits; before the first scoring that is everybody."""
    run, stages = current_run(), rules.SUITS[question]
    if run is None:
        return known()
    fitting = Score.objects.filter(run=run, stage__in=stages)
    return known().filter(pk__in=fitting.values("customer_id"))


def reachable(question: str, *, at: datetime) -> QuerySet[Customer]:
    """Return whom of them we may ask now, and mail reaches."""
    mailable = may_mail_statement(PURPOSE, at=at).filter(code="").values("pk")
    askable = may_be_asked(question, at=at).filter(pk__in=mailable)
    return askable.filter(pk__in=suiting(question).values("pk"))


def audience(question: str, *, at: datetime) -> Audience:
    """Count whom a question suits, whom we may ask, and why not the others."""
    fitting = suiting(question)
    rows = may_mail_statement(PURPOSE, at=at).filter(pk__in=fitting.values("pk"))
    codes = rows.values("code").annotate(n=Count("pk")).order_by()
    by_code = {row["code"]: row["n"] for row in codes}
    may = reachable(question, at=at).count()
    lately = by_code.pop("", 0) - may
    left_out = {**by_code, "asked_recently": lately} if lately else by_code
    total = may + sum(left_out.values())
    return Audience(question, total, may, dict(sorted(left_out.items(), key=lambda one: -one[1])))


def rounds() -> list[Round]:
    """Return the rounds so far, the newest first."""
    asked = Answer.objects.filter(key__startswith=f"{KEY}:", asked_at__isnull=False)
    rows = asked.values("question", "asked_at").annotate(n=Count("pk"), back=Count("answered_at"))
    return [
        Round(row["question"], row["asked_at"], row["n"], row["back"])
        for row in rows.order_by("-asked_at", "question")
        if row["asked_at"] is not None
    ]


def questions_of(question: str, at: datetime) -> QuerySet[Answer]:
    """Return the questions of one round, with their customers."""
    rows = Answer.objects.filter(key__startswith=prefix(question, at))
    return rows.select_related("customer").order_by("pk")


def response_so_far() -> float:
    """Return which share of those asked in rounds answers."""
    found = rounds()
    return rules.response(sum(one.asked for one in found), sum(one.answered for one in found))


def prefix(question: str, at: datetime) -> str:
    """Return how the key of every question and message of one round begins."""
    return f"{KEY}:{question}:{rules.name_of(at)}:"
