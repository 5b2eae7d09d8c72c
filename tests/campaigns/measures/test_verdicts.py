"""Every measure ends in a verdict: all of them in one shop, each against its own control group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from campaigns import world
from campaigns.measures.scenes import SCENES
from campaigns.measures.test_each_measure import ready
from cast import employ
from mail.mailbox import Mailbox, listening
from measurement.efforts import mark_known, order, verdict
from stamgast.campaigns.jobs import do_work
from stamgast.campaigns.measures import known_here
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.campaigns.presets import presets
from stamgast.customers.models import Customer
from stamgast.measurement.models import Lot, Verdict
from stamgast.sales.models import Order

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
DAY = timedelta(days=1)
EACH, MANY = 6, 160


@pytest.fixture
def mailbox(at: datetime, home: object, transactional_db: None) -> Iterator[Mailbox]:
    box = Mailbox()
    with listening(box) as port:
        world.set_up_mail(port, at)
        world.order_now(None, "N-1", at - timedelta(hours=1))
        yield box


def buy(row: Campaign, at: datetime) -> None:
    """Let whoever got it buy within a month or so, and of the control group one in three."""
    orders = []
    for n, lot in enumerate(Lot.objects.filter(experiment=row.experiment).select_related("arm")):
        if not lot.arm.is_control or n % 3 == 0:
            day = lot.day + (3 + n % 20) * DAY
            orders.append(order(lot.customer_id, day, 2_000 + n % 7, f"V-{lot.pk}"))
    Order.objects.bulk_create(orders)


def test_every_measure_ends_in_a_verdict_and_the_library_tells_it(
    mailbox: Mailbox, at: datetime
) -> None:
    marketer = employ("marketer")
    goal = world.make_goal(at, budget_minor=2_000_000, contacts_most=None)
    people: dict[str, list[Customer]] = {}
    for place, code in enumerate(presets()):
        count = MANY if code == "thank_you" else EACH
        people[code] = world.make_drifting(count, at, first=1_000 * (place + 1))
        SCENES[code].due(people[code], at)
    rows = {code: ready(code, goal, at, marketer) for code in presets()}
    for code, row in rows.items():
        world.start(row, at, by=marketer)
        happens = SCENES[code].happens
        if happens is not None:
            happens(people[code], at + timedelta(seconds=1))
    do_work(at=at + timedelta(seconds=2))
    for row in rows.values():
        row.refresh_from_db()
        buy(row, at)
    last = (at + 400 * DAY).date()
    mark_known(last)
    verdict(last, rows["thank_you"].experiment)

    newest = {v.experiment_id: v for v in Verdict.objects.exclude(experiment=None)}
    for code, row in rows.items():
        lots = Lot.objects.filter(experiment=row.experiment)
        assert {one.pk for one in people[code]} <= set(lots.values_list("customer", flat=True))
        treated = lots.filter(arm__is_control=False)
        given = Assignment.objects.filter(campaign=row)
        assert given.count() == treated.count() > 0
        found = newest[row.experiment_id]
        arms = {arm["code"]: arm for arm in found.facts["arms"]}
        assert {"control", *(offer.code for offer in presets()[code].offers)} == arms.keys()
        assert sum(arm["units"] for arm in arms.values()) == lots.count()
    assert newest[rows["thank_you"].experiment_id].code == "worked"
    here = known_here("EUR")
    assert {code for code, one in here.items() if one.campaigns == 1} == presets().keys()
    assert all(one.verdict is not None for one in here.values())
