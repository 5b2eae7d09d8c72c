"""A small shop for plans: forty drifting customers, two campaigns looked over, no engine needed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns import world as campaigns
from cast import employ
from plans import world
from stamgast.plans.models import Plan
from stamgast.staff.models import User


@pytest.fixture
def marketer(db: None) -> User:
    return employ("marketer")


@pytest.fixture
def shop(marketer: User, at: datetime, home: object) -> world.Shop:
    campaigns.set_up_mail(25, at)
    campaigns.order_now(None, "N-1", at - timedelta(hours=1))
    return world.open_shop(at, marketer, customers=40, is_taught=False)


@pytest.fixture
def plan(shop: world.Shop, at: datetime) -> Plan:
    """A plan with places, as if it had been worked out."""
    return world.written(shop, at)
