"""Verdicts out of the orders: what worked, what did not, what was borrowed, and what nobody knows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from measurement.efforts import (
    BEGAN,
    DAY,
    begin,
    draw,
    effective,
    live,
    mark_known,
    order,
    usual,
    verdict,
)
from scoring.shops import make_customers
from stamgast.customers.models import Customer
from stamgast.database.exclusive import exclusive
from stamgast.events.models import Event
from stamgast.measurement.actions import ArmPlan, book_cost, end_experiment, note_treatment
from stamgast.measurement.errors import AlreadyJudging
from stamgast.measurement.judging import judge_all
from stamgast.measurement.models import Experiment, Lot, Verdict
from stamgast.measurement.queries import add_up, latest_verdicts, proven_for
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.sales.models import Order

# Reading has a process of its own, so what it reads has to be committed.
pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)
LOT_DAY = date(2026, 3, 1)
END = LOT_DAY + timedelta(days=150)


@pytest.fixture
def people(at: datetime) -> list[Customer]:
    return make_customers(600, at)


def test_a_true_effect_worked_first_so_far_and_then_for_good(people: list[Customer]) -> None:
    experiment = begin()
    live(draw(experiment, people), effective(usual(0.9), usual(0.4)))
    book_cost(experiment, "mail", "sending", 3000, key="m1", at=BEGAN)
    mark_known(END)
    so_far = verdict(LOT_DAY + timedelta(days=75))
    assert (so_far.code, so_far.facts["reason"]) == ("worked_so_far", "after_runs")
    assert so_far.facts["known_on"] == END.isoformat()
    final = verdict(END)
    assert final.code == "worked"
    net = final.facts["net_minor"]
    assert 0 < net["low"] < net["estimate"] < net["high"]
    assert final.facts["costs_minor"] == {"sending": 3000}
    assert final.facts["per_euro"]["estimate"] > 1
    assert final.facts["orders_total"]["low"] > 0
    told = Event.objects.filter(kind="verdict_changed").order_by("pk")
    assert [one.facts["code"] for one in told] == ["worked_so_far", "worked"]


def test_money_lines_add_up_to_the_margin_after_costs(people: list[Customer]) -> None:
    experiment = begin()
    lots = draw(experiment, people)
    live(lots, effective(usual(0.9), usual(0.4)))
    got = [lot.customer_id for lot in lots if not lot.arm.is_control]
    Order.objects.filter(customer__in=got).update(discount_minor=200)
    book_cost(experiment, "mail", "sending", 3000, key="m1", at=BEGAN)
    mark_known(END)
    facts = verdict(LOT_DAY + timedelta(days=59)).facts
    money = facts["money"]
    assert money["net"] == sum(amount for name, amount in money.items() if name != "net")
    assert money["net"] == pytest.approx(facts["net_minor"]["estimate"], abs=5)
    assert money["costs"] == -3000
    assert money["discount"] < 0
    given = facts["for_nothing"]
    assert 0 < given["share"] < 1
    assert given["amount_minor"]["estimate"] < -money["discount"]
    attributed = facts["attributed"]
    assert attributed["revenue_minor"] > attributed["added_minor"]["estimate"]
    gap = attributed["revenue_minor"] - attributed["added_minor"]["estimate"]
    assert attributed["gap_minor"] == pytest.approx(gap, abs=1)


def test_no_effect_is_not_called_one(people: list[Customer]) -> None:
    experiment = begin()
    live(draw(experiment, people), usual(0.4))
    mark_known(END)
    assert verdict(END).code in ("not_yet_known", "cannot_be_known_here")
    assert Verdict.objects.get().facts["reason"] == "unproven"


def test_an_offer_that_costs_more_than_it_brings_did_not_work(people: list[Customer]) -> None:
    experiment = begin()
    live(draw(experiment, people), usual(0.4))
    book_cost(experiment, "mail", "gift", 800_000, key="g", at=BEGAN)
    mark_known(END)
    found = verdict(END)
    assert found.code == "did_not_work"
    assert found.facts["net_minor"]["high"] < 0
    assert found.facts["per_euro"]["estimate"] < 1


def test_an_offer_that_only_pulls_orders_forward_is_borrowed_from_later(
    people: list[Customer],
) -> None:
    """Who got it buys in the window what the others buy after it."""
    experiment = begin()
    live(
        draw(experiment, people),
        effective(lambda *_: [(20, 1500), (-90, 1400)], lambda *_: [(80, 1500), (-90, 1400)]),
    )
    lots = Lot.objects.select_related("arm")
    live([lot for lot in lots if lot.pk % 3], usual(0.2), prefix="noise")
    mark_known(END)
    assert verdict(LOT_DAY + timedelta(days=61)).code == "worked_so_far"
    found = verdict(END)
    assert found.code == "borrowed_from_later"
    assert found.facts["first_minor"]["low"] > 0 > found.facts["later_minor"]["high"]


def test_too_few_buyers_give_no_interval(at: datetime) -> None:
    experiment = begin()
    live(draw(experiment, make_customers(60, at)), usual(0.3))
    mark_known(END)
    found = verdict(END)
    assert (found.code, found.facts["reason"]) == ("cannot_be_known_here", "too_few_buyers")
    assert found.facts["net_minor"] is None
    assert found.facts["buyers_needed"] == 20


def test_arms_that_cannot_come_from_the_lot_get_no_verdict(people: list[Customer]) -> None:
    experiment = begin()
    lots = draw(experiment, people)
    live(lots, effective(usual(0.9), usual(0.4)))
    lost = [lot.pk for lot in lots if lot.arm.is_control][:120]
    Lot.objects.filter(pk__in=lost).delete()
    mark_known(END)
    found = verdict(END)
    assert (found.code, found.facts["reason"]) == ("not_yet_known", "sample_ratio")
    assert found.facts["ratio_p"] < 0.001


def test_everyone_counts_as_the_lot_assigned_them(people: list[Customer]) -> None:
    experiment = begin()
    lots = draw(experiment, people)
    live(lots, effective(usual(0.9), usual(0.4)))
    mark_known(END)
    before = verdict(END).facts
    for lot in [lot for lot in lots if lot.arm.is_control][:50]:
        note_treatment(lot, at=BEGAN, reason="asked for it")
    again = verdict(END).facts
    assert again == before


def test_a_merged_record_counts_once_with_its_first_lot(people: list[Customer]) -> None:
    experiment = begin()
    lots = draw(experiment, people)
    live(lots, usual(0.5))
    mark_known(END)
    before = verdict(END).facts
    first = lots[0]
    other = next(lot for lot in lots[1:] if lot.arm_id != first.arm_id)
    merge_customers(other.customer, first.customer, at=BEGAN, by="test")
    after = verdict(END).facts
    assert (before["crossed"], after["crossed"]) == (0, 1)
    assert after["customers"] == before["customers"] - 1
    units = {arm["code"]: arm["units"] for arm in after["arms"]}
    was = {arm["code"]: arm["units"] for arm in before["arms"]}
    lost = other.arm.code
    assert units[lost] == was[lost] - 1
    assert units[first.arm.code] == was[first.arm.code]
    sums = [sum(arm["margin_minor"] for arm in facts["arms"]) for facts in (before, after)]
    assert sums[0] == sums[1]


def test_what_somebody_erased_bought_still_counts(people: list[Customer], home: object) -> None:
    experiment = begin()
    live(draw(experiment, people), usual(0.6))
    mark_known(END)
    before = verdict(END).facts
    erase_person(people[0], at=BEGAN, by="test")
    assert verdict(END).facts["arms"] == before["arms"]


def test_members_of_the_standing_control_are_left_out(people: list[Customer]) -> None:
    standing = begin("standing", kind="standing", window_days=365)
    draw(standing, people[:300])
    experiment = begin()
    live(draw(experiment, people), usual(0.5))
    mark_known(END)
    facts = verdict(END, experiment).facts
    inside = Lot.objects.filter(experiment=experiment, is_standing=True).count()
    assert facts["customers"] == 600 - inside
    year = verdict(END, standing).facts
    assert year["followed_until"] == (LOT_DAY + timedelta(days=365)).isoformat()


def test_lots_that_keep_coming_count_once_their_own_window_is_over(people: list[Customer]) -> None:
    experiment = begin(is_ongoing=True, window_days=30, after_days=30)
    for week in range(6):
        part = people[week * 100 : week * 100 + 100]
        live(draw(experiment, part, BEGAN + 7 * week * DAY), usual(0.8), prefix=f"w{week}-")
    mark_known(END)
    facts = verdict(LOT_DAY + timedelta(days=40)).facts
    read = sum(arm["buyers"] for arm in facts["arms"])
    assert facts["customers"] == 600
    assert 0 < read < 200  # only two of the six weeks have had their 30 days
    assert sum(arm["units"] for arm in facts["arms"]) == 600


def test_several_arms_are_each_compared_with_the_control(people: list[Customer]) -> None:
    arms = [
        ArmPlan("control", 0.34, is_control=True),
        ArmPlan("gift", 0.33),
        ArmPlan("text", 0.33),
    ]
    experiment = begin(arms=arms)

    def habit(lot: Lot, dice: object) -> list[tuple[int, int]]:
        return usual(0.95 if lot.arm.code == "gift" else 0.4)(lot, dice)  # type: ignore[arg-type]

    live(draw(experiment, people), habit)
    mark_known(END)
    found = {arm["code"]: arm["code_of_verdict"] for arm in verdict(END).facts["arms"]}
    assert found["control"] is None
    assert found["gift"] == "worked"
    assert found["text"] != "worked"


def test_a_verdict_that_rests_on_an_assumed_margin_says_where_it_would_flip(
    people: list[Customer],
) -> None:
    from stamgast.sales.models import MarginRate

    MarginRate.objects.create(category="", share="0.4")
    experiment = begin()
    live(draw(experiment, people), effective(usual(0.9), usual(0.4)))
    book_cost(experiment, "mail", "sending", 30_000, key="m1", at=BEGAN)
    Order.objects.update(is_margin_assumed=True)
    mark_known(END)
    assumed = verdict(END).facts["assumed"]
    assert assumed["share"] == 1.0
    assert 0 < assumed["flips_at"] < 0.4


def test_efforts_of_one_pool_are_judged_together(at: datetime) -> None:
    for key in ("a", "b", "c"):
        experiment = begin(key, pool="save offers")
        people = make_customers_named(key, 160, at)
        live(draw(experiment, people), effective(usual(0.75), usual(0.4)), prefix=key)
    mark_known(END)
    verdict(END, Experiment.objects.get(key="a"))
    pooled = Verdict.objects.get(experiment=None)
    singles = Verdict.objects.filter(experiment__isnull=False)
    assert pooled.pool == "save offers"
    assert len(pooled.facts["members"]) == 3
    width = pooled.facts["net_per_head_minor"]
    narrow = width["high"] - width["low"]
    for one in singles:
        alone = one.facts["net_per_head_minor"]
        assert narrow < alone["high"] - alone["low"]


def make_customers_named(key: str, count: int, at: datetime) -> list[Customer]:
    return Customer.objects.bulk_create(
        Customer(key=f"{key}{n}", email=f"{key}{n}@example.nl", made_at=at, changed_at=at)
        for n in range(count)
    )


def test_the_same_day_again_writes_the_same_verdict_and_no_news(people: list[Customer]) -> None:
    live(draw(begin(), people), effective(usual(0.9), usual(0.4)))
    mark_known(END)
    first, second = verdict(END), verdict(END)
    assert (first.pk, first.code, first.facts) == (second.pk, second.code, second.facts)
    assert Event.objects.filter(kind="verdict_changed").count() == 1


def test_a_final_verdict_is_left_alone(people: list[Customer]) -> None:
    experiment = begin()
    live(draw(experiment, people), usual(0.5))
    end_experiment(experiment, at=BEGAN)
    late = END + timedelta(days=40)
    mark_known(late)
    assert verdict(late).facts["is_final"]
    later = datetime(2026, 11, 1, tzinfo=BEGAN.tzinfo)
    assert judge_all(as_of=late, at=later, progress=lambda *_: None) == []


def test_a_day_ahead_of_what_is_known_is_judged_as_of_what_is_known(
    people: list[Customer],
) -> None:
    live(draw(begin(), people), usual(0.5))
    last = Order.objects.order_by("-day").values_list("day", flat=True).first()
    found = verdict(END + timedelta(days=200))
    assert found.as_of == last


def test_nothing_is_judged_without_orders_or_lots(people: list[Customer], at: datetime) -> None:
    begin()
    assert judge_all(as_of=None, at=at, progress=lambda *_: None) == []
    mark_known(END)
    assert judge_all(as_of=None, at=at, progress=lambda *_: None) == []


def test_refuses_while_another_judging_is_under_way(at: datetime) -> None:
    import threading

    from django.db import connection

    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive("judging"):
            held.set()
            done.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        with pytest.raises(AlreadyJudging):
            judge_all(as_of=None, at=at, progress=lambda *_: None)
    finally:
        done.set()
        thread.join()


def test_orders_of_the_lots_own_day_and_the_last_day_of_the_window_count(at: datetime) -> None:
    experiment = begin(window_days=10, after_days=10)
    lots = draw(experiment, make_customers(2, at))
    for n, day in enumerate((-1, 0, 9, 10, 19, 20)):
        for lot in lots:
            order(lot.customer_id, lot.day + timedelta(days=day), 100, f"{lot.pk}-{n}").save()
    facts = verdict(LOT_DAY + timedelta(days=20)).facts
    assert sum(arm["margin_minor"] for arm in facts["arms"]) == 2 * 2 * 100


def test_verdicts_add_up_with_an_interval_of_their_own(people: list[Customer]) -> None:
    for key in ("a", "b"):
        live(draw(begin(key), people), effective(usual(0.9), usual(0.4)), prefix=key)
    mark_known(END)
    verdict(END, Experiment.objects.get(key="a"))
    added = add_up(latest_verdicts())
    assert added.efforts == {"worked": 2}
    singles = [one.facts["net_minor"] for one in latest_verdicts()]
    assert added.extra is not None
    assert added.extra["estimate"] == pytest.approx(sum(one["estimate"] for one in singles), abs=2)
    assert (
        max(one["high"] - one["low"] for one in singles) < added.extra["high"] - added.extra["low"]
    )


def test_what_was_begun_for_a_goal_adds_up_for_that_goal_alone(people: list[Customer]) -> None:
    for key, serves in (("a", "goal:1"), ("b", "goal:2"), ("c", "goal:1")):
        live(draw(begin(key, serves=serves), people), effective(usual(0.9), usual(0.4)), prefix=key)
    mark_known(END)
    verdict(END, Experiment.objects.get(key="a"))
    found = {serves: proven_for(serves) for serves in ("goal:1", "goal:2")}
    assert [sum(of["efforts"].values()) for of in found.values()] == [2, 1]
    own = Verdict.objects.get(experiment__key="b").facts["net_minor"]
    assert found["goal:2"]["extra"]["estimate"] == pytest.approx(own["estimate"], abs=1)
    assert proven_for("goal:3") == {"efforts": {}, "extra": None}


def test_no_figure_counts_of_an_effort_whose_lot_is_off(people: list[Customer]) -> None:
    live(draw(begin(), people), effective(usual(0.9), usual(0.4)))
    mark_known(END)
    found = verdict(END)
    assert add_up([found]).extra is not None
    found.facts["reason"] = "sample_ratio"
    assert add_up([found]).extra is None


def test_equal_arms_are_seldom_called_different_however_often_they_are_read(at: datetime) -> None:
    """A/A through the database, read on five days; the long version is the library's own."""
    people = make_customers(400, at)
    experiments = [begin(f"aa{n}", after_days=1, window_days=60) for n in range(12)]
    for experiment in experiments:
        draw(experiment, people)
    live(list(Lot.objects.filter(experiment=experiments[0]).select_related("arm")), usual(0.6))
    mark_known(END)
    wrong = set()
    for days in (15, 30, 45, 60, 70):
        verdict(LOT_DAY + timedelta(days=days), experiments[0])
        for one in latest_verdicts():
            net = one.facts["net_minor"]
            if net and (net["low"] > 0 or net["high"] < 0):
                wrong.add(one.experiment_id)
    assert len(wrong) <= 3
