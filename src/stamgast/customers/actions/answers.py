"""Asking customers what they think of us, and writing down what they answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from stamgast.customers import questions, rules
from stamgast.customers.actions.people import there
from stamgast.customers.errors import (
    AlreadyAnswered,
    AskedRecently,
    BadSurveyAnswer,
    InTheFuture,
    KeyReused,
    MayNotAsk,
    TooLateToAnswer,
)
from stamgast.customers.models import Answer, Customer, Task
from stamgast.customers.queries import may_contact
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.staff.queries import Who, actor, employee, shop

_CHUNK = 10  # customers per transaction, so that others get their turn to write


class Asked(NamedTuple):
    """What became of asking many: the questions now open, and how many were left out, and why."""

    answers: list[Answer]
    left_out: dict[str, int]  # by the code of the refusal, of `may_not_ask` by its reason


def ask_question(
    customer: Customer,
    *,
    question: str,
    at: datetime,
    by: Who = None,
    channel: str = "email",
    order_number: str = "",
    out_of: int | None = None,
    key: str | None = None,
) -> Answer:
    """Put a question to a customer, to be answered behind its link (`links.token_of`).

    A question that is still open is returned as it is. Refuses somebody who did not allow surveys
    over this channel or has no address there, the same question within 90 days of the last time
    (unless it is about another order), and a customer who is not there.
    """
    top = questions.top_of(question, out_of)
    order_number = _order_number(order_number)
    with transaction.atomic():
        if key and (row := Answer.objects.filter(key=key).first()):
            return _same(row, customer, {"question": question, "order_number": order_number})
        customer = there(customer)
        may = may_contact(customer, channel=channel, purpose="survey")
        if not may.is_allowed:
            raise MayNotAsk(reason=may.reason)
        if row := _asked_before(customer, question, order_number, at):
            return row
        row = Answer.objects.create(
            customer=customer,
            question=question,
            out_of=top,
            asked_at=at,
            order_number=order_number,
            source=Answer.Source.LINK,
            key=key or None,
        )
        tell("question_asked", **_on(row, at=at, by=by))
    return row


def ask_customers(
    customers: Iterable[Customer],
    *,
    question: str,
    at: datetime,
    by: Who = None,
    channel: str = "email",
    out_of: int | None = None,
) -> Asked:
    """Put a question to many; one who may not be asked does not stop the others.

    Written in small portions, so that screens keep writing meanwhile. Refuses an unknown question.
    """
    questions.top_of(question, out_of)
    asked, left_out = [], Counter[str]()
    waiting = list(customers)
    for start in range(0, len(waiting), _CHUNK):
        if start:
            time.sleep(0.005)
        with transaction.atomic():
            for customer in waiting[start : start + _CHUNK]:
                try:
                    row = ask_question(
                        customer, question=question, at=at, by=by, channel=channel, out_of=out_of
                    )
                    asked.append(row)
                except Refusal as refusal:
                    left_out[refusal.facts.get("reason", refusal.code)] += 1
    return Asked(asked, dict(left_out))


def withdraw_question(answer: Answer, *, at: datetime, by: Who = None) -> bool:
    """Take a question back that nobody answered; False when it is answered or gone already.

    The page behind its link then says that it was withdrawn.
    """
    with transaction.atomic():
        row = Answer.objects.select_for_update().filter(pk=answer.pk, answered_at=None).first()
        if row is None:
            return False
        tell("question_withdrawn", **_on(row, at=at, by=by))
        row.delete()
    return True


def answer_question(
    answer: Answer, *, at: datetime, score: int | None = None, choice: str = "", remark: str = ""
) -> Answer:
    """Write down what the customer answered behind the link.

    A low score becomes a task. Refuses an answer that is not among those asked for, a question that
    was answered before, and one asked more than 60 days ago.
    """
    with transaction.atomic():
        row = Answer.objects.select_for_update().filter(pk=answer.pk).first()
        if row is None or row.asked_at is None:
            raise TooLateToAnswer()
        if row.answered_at is not None:
            raise AlreadyAnswered()
        if not questions.may_still_answer(row.asked_at, at):
            raise TooLateToAnswer()
        said = questions.said(
            row.question, score=score, choice=choice, remark=remark, out_of=row.out_of
        )
        for field, value in said._asdict().items():
            setattr(row, field, value)
        row.answered_at = at
        row.save()
        _tell_answered(row, said, at=at, by="customer")
    return row


def record_answer(
    customer: Customer,
    *,
    question: str,
    at: datetime,
    by: Who = None,
    score: int | None = None,
    choice: str = "",
    remark: str = "",
    out_of: int | None = None,
    asked_at: datetime | None = None,
    answered_at: datetime | None = None,
    order_number: str = "",
    source: str = Answer.Source.STAFF,
    key: str | None = None,
) -> Answer:
    """Write down an answer given elsewhere; `answered_at` when that was earlier.

    A low score becomes a task. The same key with the same facts returns the row that is there; with
    other facts it is refused. Refuses an answer off its scale or none of the choices, the future,
    being asked after having answered, and a customer who is not there.
    """
    said = questions.said(question, score=score, choice=choice, remark=remark, out_of=out_of)
    facts: dict[str, Any] = {
        "question": question,
        **said._asdict(),
        "asked_at": asked_at,
        "order_number": _order_number(order_number),
        "source": source,
    }
    if source not in Answer.Source.values:
        raise BadSurveyAnswer(field="source")
    moment = answered_at or at
    if rules.is_in_future(moment, at):
        raise InTheFuture()
    if asked_at is not None and asked_at > moment:
        raise BadSurveyAnswer(field="asked_at")
    if answered_at is not None:
        facts["answered_at"] = answered_at
    try:
        with transaction.atomic():
            if key and (row := Answer.objects.filter(key=key).first()):
                return _same(row, customer, facts)
            row = Answer.objects.create(
                **{**facts, "answered_at": moment}, customer=there(customer), key=key or None
            )
            _tell_answered(row, said, at=at, by=by)
    except IntegrityError:  # the same key arrived twice at once
        return _same(Answer.objects.get(key=key), customer, facts)
    return row


def _asked_before(
    customer: Customer, question: str, order_number: str, at: datetime
) -> Answer | None:
    """Return a question that is still open; refuses when it was answered lately."""
    same = Answer.objects.filter(customer=customer, question=question, order_number=order_number)
    last = same.filter(asked_at__gt=at - questions.ASKED_AGAIN_AFTER).order_by("-asked_at").first()
    if last is None or last.asked_at is None:
        return None
    if last.answered_at is None and questions.may_still_answer(last.asked_at, at):
        return last
    raise AskedRecently()


def _tell_answered(row: Answer, said: questions.Said, *, at: datetime, by: Who) -> None:
    is_low = questions.is_low(row.question, said)
    tell("question_answered", **_on(row, at=at, by=by, is_low=is_low))
    if not is_low:
        return
    today = at.astimezone(ZoneInfo(shop().zone)).date()
    task = Task.objects.create(
        customer_id=row.customer_id,
        reason=Task.Reason.LOW_SCORE,
        answer=row,
        due=questions.business_days_after(today, questions.LOW_SCORE_DUE),
        made_at=at,
        made_by=employee(by),
        key=f"answer:{row.pk}",
    )
    about = {"task": task.pk, "reason": task.reason}
    tell(
        "task_added",
        at=at,
        actor=actor(by),
        subject="customer",
        subject_id=row.customer_id,
        facts=about,
    )


def _order_number(text: str) -> str:
    number = rules.tidy(text)
    if len(number) > 64:
        raise BadSurveyAnswer(field="order_number")
    return number


def _same(row: Answer, customer: Customer, facts: dict[str, Any]) -> Answer:
    mine = {customer.pk, customer.merged_into_id}
    if row.customer_id not in mine or any(getattr(row, f) != v for f, v in facts.items()):
        raise KeyReused(key=row.key)
    return row


def _on(row: Answer, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event about a question says."""
    return {
        "at": at,
        "actor": actor(by),
        "subject": "customer",
        "subject_id": row.customer_id,
        "facts": {"answer": row.pk, "question": row.question, **facts},
    }
