"""Workers that run one plan at once, or one that dies half-way: everything once."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest
from django.db import connection

from plans import world
from stamgast.campaigns.actions import giving
from stamgast.campaigns.models import Assignment, Code
from stamgast.mail.models import Message
from stamgast.measurement.models import Lot
from stamgast.plans.actions import approve_plan, draw_places, run_plan
from stamgast.plans.jobs import draw_due
from stamgast.plans.models import Plan

pytestmark = pytest.mark.django_db(transaction=True)


def check_once(shop: world.Shop) -> None:
    """Everybody has one lot; who is treated one assignment, message and reservation."""
    assert Lot.objects.count() == 40
    assert Lot.objects.values("customer").distinct().count() == 40
    treated = Lot.objects.filter(arm__is_control=False)
    assert Assignment.objects.count() == treated.count() == Message.objects.count()
    assert Assignment.objects.values("lot").distinct().count() == treated.count()
    with_code = treated.filter(experiment=shop.save.experiment_id).count()
    assert Code.objects.exclude(handed_at=None).count() == with_code
    shop.goal.refresh_from_db()
    assert shop.goal.reserved_minor == 500 * with_code + 10 * (treated.count() - with_code)


@pytest.fixture
def running(shop: world.Shop, plan: Plan, at: datetime) -> Plan:
    approve_plan(plan, at=at, by=shop.by)
    found = run_plan(plan, at=at, by=shop.by)
    shop.save.refresh_from_db()
    return found


def test_two_workers_on_one_plan_give_nothing_twice(
    running: Plan, shop: world.Shop, at: datetime
) -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            draw_due(at=at)
        except BaseException as problem:  # noqa: BLE001 - told by the test
            problems.append(problem)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not problems
    check_once(shop)


def test_a_worker_that_dies_half_way_leaves_the_rest_for_the_next(
    running: Plan, shop: world.Shop, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "PORTION", 3)
    real = giving.deliver

    def dies(deliveries: list[object], campaign: object, *, at: datetime) -> None:
        real(deliveries, campaign, at=at)  # type: ignore[arg-type]
        if Assignment.objects.count() > 9:
            raise KeyboardInterrupt

    monkeypatch.setattr(giving, "deliver", dies)
    with pytest.raises(KeyboardInterrupt):
        draw_places(running, at=at)
    assert 0 < Assignment.objects.count() == Message.objects.count() <= 9
    assert running.options.filter(is_drawn=True).count() == 0
    monkeypatch.setattr(giving, "deliver", real)
    draw_due(at=at)
    check_once(shop)
    assert draw_due(at=at) == 0
