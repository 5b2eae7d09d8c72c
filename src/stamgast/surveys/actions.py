"""Asking many customers one question, and taking that back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from stamgast.customers.actions import ask_question, withdraw_question
from stamgast.customers.errors import AlreadyAnswered
from stamgast.customers.models import Answer, Customer
from stamgast.kernel import Refusal
from stamgast.mail.actions import cancel_messages, queue_message
from stamgast.mail.content import Content
from stamgast.staff.queries import Who
from stamgast.surveys import rules
from stamgast.surveys.errors import NobodyToAsk
from stamgast.surveys.queries import PURPOSE, Round, prefix, questions_of, reachable

_CHUNK = 10  # customers per transaction, so that others get their turn to write

Address = Callable[[Answer], str]


def ask_round(
    question: str,
    *,
    count: int,
    at: datetime,
    by: Who = None,
    content: Content | None = None,
    address: Address | None = None,
) -> Round:
    """Ask so many customers one question, drawn by lot among all whom we may ask.

    With `content` each gets a message, written together with the question; `address` then gives
    the address of their own page, which the text calls `answer_url`. Without it the links are there
    to be sent some other way. Written in small portions, so that screens keep writing meanwhile.
    Whoever may no longer be asked when their turn comes is skipped. Refuses when there is nobody.
    """
    at = rules.whole_second(at)
    chosen = rules.draw(
        list(reachable(question, at=at).values_list("pk", flat=True)),
        max(count, 0),
        seed=prefix(question, at),
    )
    asked = 0
    for start in range(0, len(chosen), _CHUNK):
        if start:
            time.sleep(0.005)
        with transaction.atomic():
            for pk in chosen[start : start + _CHUNK]:
                asked += _ask(pk, question, at=at, by=by, content=content, address=address)
    if not asked:
        raise NobodyToAsk()
    return Round(question, at, asked, 0)


def _ask(
    pk: int,
    question: str,
    *,
    at: datetime,
    by: Who,
    content: Content | None,
    address: Address | None,
) -> bool:
    """Ask one of them; False when they may no longer be asked."""
    key = f"{prefix(question, at)}{pk}"
    try:
        with transaction.atomic():
            customer = Customer.objects.get(pk=pk)
            row = ask_question(customer, question=question, at=at, by=by, key=key)
            if content is not None and address is not None:
                queue_message(
                    customer,
                    content=content,
                    purpose=PURPOSE,
                    kind="survey",
                    facts={"answer_url": address(row)},
                    key=key,
                    at=at,
                    sender_ref=key,
                )
    except Refusal:
        return False
    return True


def take_round_back(question: str, *, asked_at: datetime, at: datetime, by: Who = None) -> int:
    """Withdraw a round that nobody answered yet: its links lead nowhere, waiting mail is withheld.

    Returns how many questions were withdrawn. Refuses a round that somebody answered; whoever
    answers at this very moment keeps their answer.
    """
    rows = list(questions_of(question, asked_at))
    if any(row.answered_at is not None for row in rows):
        raise AlreadyAnswered()
    cancel_messages(prefix(question, asked_at), at=at, by=by)
    withdrawn = 0
    for start in range(0, len(rows), _CHUNK):
        if start:
            time.sleep(0.005)
        with transaction.atomic():
            withdrawn += sum(
                withdraw_question(row, at=at, by=by) for row in rows[start : start + _CHUNK]
            )
    return withdrawn
