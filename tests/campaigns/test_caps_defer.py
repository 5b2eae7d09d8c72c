"""A customer who heard from us often enough is drawn, and hears later: the cap defers, it drops nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns import world
from mail.mailbox import Mailbox
from stamgast.campaigns.actions import check_campaign
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.measurement.models import Lot
from stamgast.staff.models import User

DAY = timedelta(days=1)


def test_a_whole_audience_that_is_capped_is_drawn_and_hears_when_it_may(
    capped: Campaign, marketer: User, at: datetime, mailbox: Mailbox
) -> None:
    found = {one["code"]: one for one in check_campaign(capped, at=at).findings}
    assert found["contacted_often"]["facts"] == {"customers": 40}
    assert not found["contacted_often"]["is_blocking"]
    world.start(capped, at, by=marketer)
    world.work(at)
    assert (Lot.objects.count(), mailbox.received) == (40, [])
    for day in range(1, 13):
        now = at + day * DAY
        world.order_now(None, f"N-{now:%m%d}", now)
        world.work(now)
    assert len(mailbox.received) == Assignment.objects.count()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
