"""What a customer allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from stamgast.customers.actions import record_consent
from stamgast.customers.errors import (
    BadConsent,
    CustomerErased,
    InTheFuture,
    KeyReused,
    SoftOptInRefused,
)
from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import current_consents, may_contact
from stamgast.events.models import Event
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {"channel": "email", "purpose": "news", "is_granted": True, "source": "shop"}


def _reason(customer: Customer, channel: str = "email", purpose: str = "offers") -> str:
    return may_contact(customer, channel=channel, purpose=purpose).reason


def test_what_was_said_last_counts(anna: Customer, at: datetime) -> None:
    assert may_contact(anna, channel="email", purpose="offers").is_allowed
    withdrawn = record_consent(
        anna, channel="email", purpose="offers", is_granted=False, source="mail", at=at
    )
    may = may_contact(anna, channel="email", purpose="offers")
    assert (may.is_allowed, may.reason, may.consent) == (False, "withdrawn", withdrawn)
    assert _reason(anna, "phone") == "granted"


def test_an_older_consent_told_later_does_not_overrule(anna: Customer, at: datetime) -> None:
    record_consent(anna, **{**SAID, "is_granted": False}, at=at)
    record_consent(anna, **SAID, at=at, given_at=at - timedelta(days=30))
    assert _reason(anna, purpose="news") == "withdrawn"


def test_of_two_at_the_same_moment_the_one_written_last_counts(
    anna: Customer, at: datetime
) -> None:
    record_consent(anna, **SAID, at=at)
    record_consent(anna, **{**SAID, "is_granted": False}, at=at)
    assert not current_consents(anna)["email", "news"].is_granted


def test_nobody_may_be_reached_who_never_said_so(eva: Customer) -> None:
    assert _reason(eva) == "never_given"


def test_consent_for_one_purpose_is_none_for_another(anna: Customer) -> None:
    assert _reason(anna, purpose="survey") == "never_given"


def test_consent_without_an_address_reaches_nobody(daan: Customer) -> None:
    assert _reason(daan, "phone") == "no_address"


def test_who_is_erased_or_merged_is_not_reached(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    anna.erased_at = at
    assert _reason(anna) == "erased"
    bram.merged_into = anna
    assert _reason(bram) == "merged"


def test_a_row_is_never_changed(anna: Customer, at: datetime) -> None:
    before = list(Consent.objects.order_by("pk").values())
    record_consent(anna, **SAID, at=at)
    assert list(Consent.objects.order_by("pk").values())[: len(before)] == before
    assert Consent.objects.count() == len(before) + 1


def test_the_same_key_with_the_same_facts_is_the_same_row(anna: Customer, at: datetime) -> None:
    first = record_consent(anna, **SAID, at=at, key="shop-1")
    again = record_consent(anna, **SAID, at=at + timedelta(minutes=3), key="shop-1")
    assert first == again
    assert Event.objects.filter(kind="consent_recorded", facts__consent=first.pk).count() == 1


@pytest.mark.parametrize(
    "other", [{"is_granted": False}, {"channel": "sms"}, {"source": "phone"}, {"wording": "Yes"}]
)
def test_refuses_the_same_key_with_other_facts(
    other: dict[str, Any], anna: Customer, at: datetime
) -> None:
    record_consent(anna, **SAID, at=at, key="shop-1")
    with pytest.raises(KeyReused):
        record_consent(anna, **{**SAID, **other}, at=at, key="shop-1")


def test_refuses_the_same_key_for_somebody_else(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    record_consent(anna, **SAID, at=at, key="shop-1")
    with pytest.raises(KeyReused):
        record_consent(bram, **SAID, at=at, key="shop-1")


def test_refuses_another_moment_under_the_same_key(anna: Customer, at: datetime) -> None:
    given = at - timedelta(days=3)
    record_consent(anna, **SAID, at=at, given_at=given, key="shop-1")
    record_consent(anna, **SAID, at=at, given_at=given, key="shop-1")
    with pytest.raises(KeyReused):
        record_consent(anna, **SAID, at=at, given_at=at - timedelta(days=2), key="shop-1")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"channel": "fax"}, "channel"),
        ({"purpose": "fun"}, "purpose"),
        ({"basis": "guess"}, "basis"),
        ({"source": "  "}, "source"),
        ({"source": "x" * 121}, "source"),
        ({"wording": "x" * 301}, "wording"),
    ],
)
def test_refuses_a_consent_that_proves_nothing(
    facts: dict[str, Any], field: str, anna: Customer, at: datetime
) -> None:
    with pytest.raises(BadConsent) as refusal:
        record_consent(anna, **{**SAID, **facts}, at=at)
    assert refusal.value.facts == {"field": field}


def test_a_sale_allows_offers_of_its_own_kind(eva: Customer, at: datetime) -> None:
    record_consent(
        eva,
        channel="email",
        purpose="offers",
        is_granted=True,
        source="checkout",
        basis="soft_opt_in",
        order_number="1001",
        at=at,
    )
    assert _reason(eva) == "granted"


@pytest.mark.parametrize(
    "facts", [{"channel": "phone"}, {"purpose": "news"}, {"order_number": ""}, {"channel": "post"}]
)
def test_refuses_consent_by_a_sale_for_anything_else(
    facts: dict[str, str], eva: Customer, at: datetime
) -> None:
    said = {
        "channel": "email",
        "purpose": "offers",
        "source": "checkout",
        "basis": "soft_opt_in",
        "order_number": "1001",
    }
    with pytest.raises(SoftOptInRefused):
        record_consent(eva, **{**said, **facts}, is_granted=True, at=at)


def test_refuses_a_consent_of_the_future(anna: Customer, at: datetime) -> None:
    record_consent(anna, **SAID, at=at, given_at=at + timedelta(minutes=4))  # clocks differ
    with pytest.raises(InTheFuture):
        record_consent(anna, **SAID, at=at, given_at=at + timedelta(hours=1))


def test_refuses_a_consent_of_somebody_erased(anna: Customer, at: datetime) -> None:
    Customer.objects.filter(pk=anna.pk).update(erased_at=at)
    with pytest.raises(CustomerErased):
        record_consent(anna, **SAID, at=at)


def test_who_wrote_it_down_is_kept(anna: Customer, colleague: User, at: datetime) -> None:
    assert record_consent(anna, **SAID, at=at, by=colleague).by == colleague
    assert Event.objects.latest("pk").actor == f"user:{colleague.pk}"
    assert record_consent(anna, **SAID, at=at, by="key:2").by is None
    assert Event.objects.latest("pk").actor == "key:2"
