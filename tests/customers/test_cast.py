"""The shared cast is what it says it is."""

from __future__ import annotations

import pytest

from cast import AT, CAST
from stamgast.customers.models import Customer
from stamgast.customers.queries import may_contact
from stamgast.sales.models import Order

pytestmark = pytest.mark.django_db


def test_everybody_bought_when_their_role_says(everybody: dict[str, Customer]) -> None:
    for name, role in CAST.items():
        orders = Order.objects.filter(customer=everybody[name], is_purchase=True)
        days = sorted((AT.date() - day).days for day in orders.values_list("day", flat=True))
        assert days == sorted(role.bought_days_ago), name
        assert not orders.filter(is_margin_assumed=True).exists()


def test_only_eva_never_gave_consent(everybody: dict[str, Customer]) -> None:
    reasons = {
        name: may_contact(customer, channel="email", purpose="offers").reason
        for name, customer in everybody.items()
    }
    assert reasons == {**dict.fromkeys(CAST, "granted"), "eva": "never_given"}
