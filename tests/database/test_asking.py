"""Small questions asked at once: each answer is what it would be by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from stamgast.customers.models import Consent, Customer, Interaction, Merge, Task
from stamgast.database.asking import Counting, tables_that_mention

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


def customer(key: str) -> Customer:
    return Customer.objects.create(key=key, made_at=AT, changed_at=AT)


def test_counts_several_kinds_of_rows_in_one_question(django_assert_num_queries: Any) -> None:
    anna, bram = customer("anna"), customer("bram")
    for one in (anna, bram, bram):
        Task.objects.create(customer=one, title="Call", due=date(2026, 11, 19), made_at=AT)
    asked = Counting.of(
        {
            "customers": Customer.objects.all(),
            "late": Task.objects.filter(due__lt=AT.date(), customer__key="bram"),
            "any": Task.objects.filter(title="Call")[:1],
            "none": Interaction.objects.filter(kind=Interaction.Kind.COMPLAINT),
        }
    )
    with django_assert_num_queries(1):
        assert asked.ask() == {"customers": 2, "late": 2, "any": 1, "none": 0}
    Task.objects.filter(customer=bram).delete()
    assert asked.ask() == {"customers": 2, "late": 0, "any": 1, "none": 0}


def test_says_which_tables_hold_something_of_one_row(django_assert_num_queries: Any) -> None:
    anna, bram = customer("anna"), customer("bram")
    Task.objects.create(customer=anna, title="Call", made_at=AT)
    Merge.objects.create(kept=bram, gone=anna, at=AT)
    asked = ((Task, "customer"), (Merge, "kept"), (Consent, "customer"))
    with django_assert_num_queries(2):
        assert tables_that_mention(asked, anna.pk) == {Task}
        assert tables_that_mention(asked, bram.pk) == {Merge}
