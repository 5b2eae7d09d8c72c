"""Members as programs let them join: who may, and what they agreed to."""

from __future__ import annotations

from datetime import datetime

import pytest

from api.conftest import Program
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import set_programme, start_programme
from stamgast.loyalty.models import Member

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
