"""Campaigns and assignments through the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.conftest import MakeProgram, Program
from campaigns import world
from cast import employ
from mail.mailbox import Mailbox, listening
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.measurement.models import Lot


@pytest.fixture
def ran(db: None, at: datetime, home: object) -> Iterator[Campaign]:
    """A campaign that was sent to thirty customers, those of the control group apart."""
    with listening(Mailbox()) as port:
        world.set_up_mail(port, at)
        world.order_now(None, "N-1", at - timedelta(hours=1))
        world.make_drifting(30, at)
        row = world.save_offer(at, world.make_goal(at), world.make_codes(50, at))
        running = world.start(row, at, by=employ("marketer"))
        world.work(at)
        yield running


@pytest.fixture
def reader(program: MakeProgram) -> Program:
    return program("campaigns:read")


def test_tells_a_campaign_with_its_conditions_and_what_it_gives(
    ran: Campaign, reader: Program
) -> None:
    told = reader.get("/campaigns", status="running").body["items"]
    assert [one["id"] for one in told] == [ran.pk]
    assert told[0]["audience"] == ran.audience
    assert told[0]["offers"][0]["most_cost"] == "5.00"
    assert told[0]["control_share"] == "0.200"
    assert reader.get(f"/campaigns/{ran.pk}").body == told[0]
    assert reader.get("/campaigns", status="ended").body["items"] == []


def test_tells_everybody_once_with_the_arm_their_lot_gave(ran: Campaign, reader: Program) -> None:
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = reader.get(f"/campaigns/{ran.pk}/assignments", limit=7, cursor=cursor).body
        items += page["items"]
        cursor = page["next"]
    assert len({one["customer_id"] for one in items}) == len(items) == 30
    for one in items:
        lot = Lot.objects.select_related("arm").get(pk=one["id"])
        assert one["arm"] == lot.arm.code
        assert (one["code"] is None) == lot.arm.is_control
    treated = reader.get(f"/campaigns/{ran.pk}/assignments", arm="code", limit=200).body["items"]
    codes = set(Assignment.objects.values_list("code__text", flat=True))
    assert {one["code"] for one in treated} == codes


def test_refuses_without_scope_and_what_is_not_there(
    ran: Campaign, reader: Program, program: MakeProgram
) -> None:
    assert reader.get("/campaigns/999999").status == 404
    assert reader.get("/campaigns/999999/assignments").status == 404
    assert program("scores:read").get("/campaigns").status == 403
