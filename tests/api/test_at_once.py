"""The same thing sent by many at once is one thing."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from api.conftest import Answer, MakeProgram, Program
from api.test_orders import ORDER
from stamgast.customers.models import Customer, Interaction
from stamgast.sales.models import Line, Order, Product

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(program: MakeProgram, send: Callable[[Program], Answer]) -> list[Answer]:
    """Let six programs send at one moment."""
    callers = [program() for _ in range(6)]
    start, answers = threading.Barrier(len(callers)), []

    def go(caller: Program) -> None:
        start.wait()
        try:
            answers.append(send(caller))
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_one_order_sent_by_many_at_once_is_one_order(
    transactional_db: None, program: MakeProgram
) -> None:
    answers = _at_once(program, lambda one: one.put("/orders/1001", ORDER))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [201]
    outcomes = Counter(answer.body["outcome"] for answer in answers)
    assert outcomes == {"made": 1, "unchanged": 5}
    assert (Order.objects.count(), Line.objects.count()) == (1, 2)
    assert (Customer.objects.count(), Product.objects.count()) == (1, 1)


def test_one_complaint_sent_by_many_at_once_is_one_complaint(
    transactional_db: None, program: MakeProgram
) -> None:
    program().put("/customers/C-1", {"email": "anna@example.com"})
    said = {"key": "t1", "customer": {"key": "C-1"}, "kind": "complaint", "text": "Broken"}
    answers = _at_once(program, lambda one: one.post("/interactions", said))
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer.body["interaction"]["id"] for answer in answers}) == 1
    assert Interaction.objects.count() == 1
