"""Customers with orders and scores, as imports and scoring write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from stamgast.customers.models import Customer
from stamgast.sales.models import Order
from stamgast.scoring.models import CurrentRun, Run, Score

AS_OF = date(2026, 11, 19)
NOON = datetime.fromisoformat("2026-11-19T12:00:00+00:00")
Visitor = Callable[..., Client]


@pytest.fixture
def run(db: None) -> Run:
    """The scoring that is shown."""
    run = Run.objects.create(
        as_of=AS_OF,
        status=Run.Status.READY,
        started_at=NOON,
        ended_at=NOON,
        orders_until=NOON - timedelta(hours=2),
        currency="EUR",
    )
    CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
    return run


def score(run: Run, customer: Customer, **facts: Any) -> Score:
    """Score a customer: active, five orders, back after 30 days, unless said otherwise."""
    usual: dict[str, Any] = {
        "stage": "active",
        "orders": 5,
        "first_day": AS_OF - timedelta(days=200),
        "last_day": AS_OF - timedelta(days=10),
        "days_silent": 10,
        "usual_interval": 30.0,
        "revenue_minor": 40_000,
        "margin_minor": 16_000,
        "p_alive": 0.91,
        "purchases_365": 8.4,
        "margin_365_minor": 20_000,
        "margin_365_low_minor": 12_000,
        "margin_365_high_minor": 31_000,
        "step": "nothing",
        "reason": "all_is_well",
    }
    return Score.objects.create(run=run, customer=customer, **{**usual, **facts})


def buy(customer: Customer | None, number: str, *, days_ago: int = 10, **facts: Any) -> Order:
    """Write down an order of 50 euro."""
    day = AS_OF - timedelta(days=days_ago)
    usual: dict[str, Any] = {
        "ordered_at": datetime.fromisoformat(f"{day}T12:00:00+00:00"),
        "day": day,
        "currency": "EUR",
        "total_minor": 6050,
        "revenue_minor": 5000,
        "margin_minor": 2000,
        "is_purchase": True,
        "units": 1,
    }
    return Order.objects.create(customer=customer, number=number, **{**usual, **facts})
