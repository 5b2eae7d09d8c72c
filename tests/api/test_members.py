"""Members as programs let them join: who may, and what they agreed to."""

from __future__ import annotations

from datetime import datetime

import pytest

from api.conftest import Program
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import set_programme, start_programme
from stamgast.loyalty.models import Member, ProgrammeConsent

AGREED = {
    "wording": "I join the club and accept its terms.",
    "source": "web shop",
    "given_at": "2026-11-01T10:00:00Z",
}
ANNA = {"customer": {"key": "C-1001"}}


@pytest.fixture
def shop(shop_program: Program, anna: Customer, at: datetime) -> Program:
    """A shop with a programme, in which nobody takes part yet."""
    start_programme(at=at, by="test")
    return shop_program


def test_refuses_who_is_not_invited_where_that_is_the_rule(shop: Program, at: datetime) -> None:
    set_programme(at=at, by="test", joining="invited")
    refused = shop.put("/members/M-1", ANNA)
    assert (refused.status, refused.code) == (409, "not_invited")
    assert not Member.objects.exists()


def test_what_a_customer_agreed_to_is_kept_in_their_words(
    shop: Program, anna: Customer, at: datetime
) -> None:
    agreed = {**AGREED, "may_profile": False, "profiling_wording": "You may use what I buy."}
    body = {**ANNA, "terms_version": "2026-1", "agreed": agreed}
    assert shop.put("/members/M-1", body).status == 201
    assert shop.put("/members/M-1", body).status == 200
    kept = ProgrammeConsent.objects.order_by("kind").values_list(
        "kind", "is_granted", "wording", "source", "terms_version", "at__day"
    )
    assert list(kept) == [
        ("membership", True, AGREED["wording"], "web shop", "2026-1", 1),
        ("profiling", False, "You may use what I buy.", "web shop", "2026-1", 1),
    ]
    anna.refresh_from_db()
    assert anna.objects_to_profiling


def test_without_a_word_of_the_customer_no_consent_is_written_down(
    shop: Program, at: datetime
) -> None:
    set_programme(at=at, by="test", terms_version="2026-1")
    assert shop.put("/members/M-1", ANNA).body["member"]["terms_version"] == ""
    assert not ProgrammeConsent.objects.exists()
    assert shop.put("/members/M-1", {**ANNA, "agreed": AGREED}).status == 200
    assert ProgrammeConsent.objects.get().kind == "membership"
    assert shop.post("/members/M-1/leave", {}, key="away").status == 200
    left = ProgrammeConsent.objects.order_by("-pk")[0]
    assert (left.is_granted, left.source) == (False, "api")


def test_refuses_an_agreement_without_its_words_or_from_the_future(shop: Program) -> None:
    for bad in ({"wording": ""}, {"source": ""}, {"given_at": "2027-01-01T10:00:00Z"}):
        refused = shop.put("/members/M-1", {**ANNA, "agreed": {**AGREED, **bad}})
        assert refused.status == 422
    assert not Member.objects.exists()
