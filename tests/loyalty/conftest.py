"""A programme that runs, and members to try it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty.till import basket
from stamgast.customers.models import Customer
from stamgast.events.actions import connect
from stamgast.loyalty.actions import (
    add_rule,
    join_programme,
    record_purchase,
    set_programme,
    start_programme,
)
from stamgast.loyalty.models import Checkout, EarningRule, Member, Programme
from stamgast.wiring import LISTENERS


@pytest.fixture
def programme(db: None, at: datetime) -> Programme:
    """A programme of one point per euro, a fortnight pending, good for two years."""
    start_programme(at=at, by="test", since=at - timedelta(days=400))
    return set_programme(at=at, by="test", pending_days=14, validity_months=24, point_value="1")


@pytest.fixture
def per_euro(programme: Programme, at: datetime) -> EarningRule:
    """One point for every euro."""
    started = at - timedelta(days=400)
    return add_rule(
        at=at, by="test", name="A point per euro", kind="per_amount", points=1, starts_at=started
    )


@pytest.fixture
def member(per_euro: EarningRule, anna: Customer, at: datetime) -> Member:
    """Anna takes part."""
    return join_programme(anna, at=at, ref="M-1")[0]


@pytest.fixture
def other(per_euro: EarningRule, bram: Customer, at: datetime) -> Member:
    """So does Bram."""
    return join_programme(bram, at=at, ref="M-2")[0]


@pytest.fixture
def buy_for(at: datetime) -> Callable[..., Checkout]:
    """Let a member buy: `buy_for(member, "R-1", 100.00)` pays a hundred euros at once."""

    def buy(member: Member | None, ref: str, *amounts: float, **facts: Any) -> Checkout:
        when = facts.pop("at", at)
        return record_purchase(basket(ref, *amounts), member, at=when, **facts)[0]

    return buy


@pytest.fixture
def wired() -> Iterator[None]:
    """Let orders ask for the jobs that reward them, and nothing else."""
    ours = {"reward_order", "reward_history", "reward_known"}
    connect({event: [job for job in jobs if job in ours] for event, jobs in LISTENERS.items()})
    yield
    connect({})
