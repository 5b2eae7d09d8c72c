"""Customers who bring others, and reviews with their stars."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from stamgast.customers.actions import add_interaction, record_referral
from stamgast.customers.errors import BadInteraction, InTheFuture, KeyReused
from stamgast.customers.models import Customer, Interaction
from stamgast.events.models import Event
from stamgast.privacy.actions import merge_customers, unmerge_customers

pytestmark = pytest.mark.django_db


def test_a_referral_names_whom_they_brought(anna: Customer, daan: Customer, at: datetime) -> None:
    row = record_referral(anna, referred=daan, at=at)
    assert (row.kind, row.customer, row.referred) == ("referral", anna, daan)
    told = Event.objects.get(kind="interaction_added")
    assert told.facts == {"interaction": row.pk, "kind": "referral", "referred": daan.pk}


def test_the_same_two_are_one_referral(anna: Customer, daan: Customer, at: datetime) -> None:
    first = record_referral(anna, referred=daan, at=at)
    assert record_referral(anna, referred=daan, at=at + timedelta(days=1)) == first
    assert Interaction.objects.count() == 1


def test_a_key_with_other_people_is_refused(
    anna: Customer, bram: Customer, daan: Customer, at: datetime
) -> None:
    record_referral(anna, referred=daan, at=at, key="r-1")
    assert record_referral(anna, referred=daan, at=at, key="r-1")
    with pytest.raises(KeyReused):
        record_referral(bram, referred=daan, at=at, key="r-1")


def test_nobody_brings_themselves(anna: Customer, at: datetime) -> None:
    with pytest.raises(BadInteraction):
        record_referral(anna, referred=anna, at=at)


def test_refuses_a_referral_of_tomorrow(anna: Customer, daan: Customer, at: datetime) -> None:
    with pytest.raises(InTheFuture):
        record_referral(anna, referred=daan, at=at, happened_at=at + timedelta(days=1))


def test_whom_they_brought_follows_a_merge(
    anna: Customer, bram: Customer, daan: Customer, at: datetime
) -> None:
    row = record_referral(anna, referred=daan, at=at)
    merge = merge_customers(bram, daan, at=at, by="user:1")
    row.refresh_from_db()
    assert row.referred == bram
    unmerge_customers(merge, at=at, by="user:1")
    row.refresh_from_db()
    assert row.referred == daan


IMPOSSIBLE: list[tuple[str, int | None, str]] = [
    ("review", 0, "score"),
    ("review", 6, "score"),
    ("note", 4, "score"),
    ("referral", None, "kind"),
]


@pytest.mark.parametrize(("kind", "score", "field"), IMPOSSIBLE)
def test_refuses_stars_that_cannot_be(
    anna: Customer, at: datetime, kind: str, score: int | None, field: str
) -> None:
    with pytest.raises(BadInteraction) as refused:
        add_interaction(anna, kind=kind, text="Nice", score=score, at=at)
    assert refused.value.facts == {"field": field}


def test_a_review_keeps_its_stars(anna: Customer, at: datetime) -> None:
    assert add_interaction(anna, kind="review", text="Nice", score=4, at=at).score == 4
