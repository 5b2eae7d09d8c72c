"""From lots to who responds, to a plan, to people who look it over, to what it brought."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigns import world as campaigns
from cast import employ
from measurement.efforts import mark_known
from plans import world
from stamgast.campaigns.jobs import do_work
from stamgast.campaigns.models import Assignment
from stamgast.mail.models import Message
from stamgast.measurement.judging import judge_all
from stamgast.measurement.models import Lot
from stamgast.plans.actions import approve_plan, change_by_hand, draft_plan, end_plan, run_plan
from stamgast.plans.jobs import draw_due
from stamgast.plans.making import make_plan
from stamgast.plans.models import Place, Plan
from stamgast.plans.queries import examples_of, outcome_of
from stamgast.sales.models import Order

# Reading has a process of its own, so what it reads has to be committed.
pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
DAY = timedelta(days=1)


def test_from_lots_to_a_plan_to_what_it_brought(at: datetime, home: object) -> None:
    campaigns.set_up_mail(25, at)
    campaigns.order_now(None, "N-1", at - timedelta(hours=1))
    shop = world.open_shop(at, employ("marketer"), customers=720)
    plan = draft_plan(
        "Najaar",
        goal=shop.goal,
        campaigns=[shop.save, shop.mail],
        budget_minor=50_000,
        at=at,
        by=shop.by,
    )
    first, second = plan.options.order_by("position")

    # A colleague leaves somebody out, names another, and wants no more than eighty offers.
    leave, name = shop.people[2], shop.people[5]
    change_by_hand(plan, "leave_out", customer=leave, reason="Belde ons", at=at, by=shop.by)
    change_by_hand(
        plan, "give", customer=name, option=first, reason="Trouwe buurvrouw", at=at, by=shop.by
    )
    change_by_hand(plan, "cap", option=first, amount=80, reason="Te druk", at=at, by=shop.by)
    plan = make_plan(plan, at=at, progress=lambda *_: None, by=shop.by)
    assert not Place.objects.filter(customer=leave).exists()
    assert Place.objects.get(customer=name).is_by_hand
    assert Place.objects.filter(option=first).count() <= 80

    # It learned whom the save offer brings back, and knows nothing of a mail nobody tried.
    save, mail = plan.facts["options"]
    assert save["response"]["basis"] == "individual"
    assert save["response"]["customers"] == 480
    assert min(low for _, low, _ in save["response"]["gains"].values()) > 0
    assert mail["response"]["basis"] == "little"
    assert [one["code"] for one in plan.facts["findings"]] == ["little_known"]

    # Money goes to those who respond; the others get the discount only by chance.
    number = {one.pk: n for n, one in enumerate(shop.people)}
    chosen = Place.objects.filter(option=first, is_explored=False, is_by_hand=False)
    often = [world.is_frequent(number[one.customer_id]) for one in chosen]
    assert len(often) > 40
    assert sum(often) > 0.95 * len(often)
    assert 0 < plan.facts["by_chance"] == Place.objects.filter(is_explored=True).count()
    assert plan.facts["takes_minor"] <= plan.budget_minor == 50_000
    assert plan.facts["value_minor"] <= plan.facts["bound_minor"]
    assert plan.facts["gap"] < 0.02
    brings = [one["brings_minor"] for one in plan.facts["curve"]]
    assert brings == sorted(brings)
    assert brings[0] == 0 < brings[-1]
    assert plan.facts["next"]["brings_minor"] >= 0
    named, *others = examples_of(first)
    assert named.is_by_hand
    assert others[0].gain_minor >= others[-1].gain_minor > 0

    # It runs: a lot for everybody with a place, and what it gives for those who drew it.
    approve_plan(plan, at=at, by=shop.by)
    run_plan(plan, at=at, by=shop.by)
    given = draw_due(at=at)
    lots = Lot.objects.filter(experiment__campaign__plan_option__plan=plan)
    assert lots.count() == Place.objects.filter(plan=plan, option__isnull=False).count()
    treated = lots.filter(arm__is_control=False)
    assert given == treated.count() == Assignment.objects.filter(lot__in=treated).count()
    assert Message.objects.count() == given
    assert {lot.probability for lot in treated.select_related("arm")} == {
        lot.arm.share for lot in treated.select_related("arm")
    }
    assert draw_due(at=at) == 0
    do_work(at=at + timedelta(hours=1))  # campaigns look nobody up by themselves
    assert lots.count() == Lot.objects.filter(experiment__campaign__plan_option__plan=plan).count()
    shop.goal.refresh_from_db()
    assert shop.goal.reserved_minor <= plan.budget_minor

    # They order as they did before; the verdicts say what came, beside what was expected.
    rows = []
    for lot in lots.select_related("arm").order_by("pk"):
        is_moved = world.is_frequent(number[lot.customer_id]) and not lot.arm.is_control
        if (lot.pk * 7) % 10 < (6 if is_moved else 2):
            rows.append(world.sold(lot.customer_id, lot.day + 3 * DAY, f"r{lot.pk}", 4000))
    Order.objects.bulk_create(rows)
    end_plan(plan, at=at + 31 * DAY, by=shop.by)
    until = at.date() + 40 * DAY
    mark_known(until)
    judge_all(as_of=until, at=at + 41 * DAY, progress=lambda *_: None)
    came = outcome_of(Plan.objects.get(pk=plan.pk))
    assert {one.option.pk for one in came.options} == {first.pk, second.pk}
    assert all(one.verdict is not None for one in came.options)
    if came.actual is None:
        assert came.expected == plan.facts["brings_minor"]
    else:
        assert came.actual["low"] <= came.actual["estimate"] <= came.actual["high"]
        assert came.is_as_expected is not None
