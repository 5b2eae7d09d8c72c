"""A shop whose earlier campaign taught who responds, and two campaigns to divide a budget over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from campaigns import world
from stamgast.campaigns.actions import check_campaign
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.models import Campaign
from stamgast.customers.models import Customer
from stamgast.measurement.actions import ArmPlan, draw_lots, open_experiment
from stamgast.measurement.models import Experiment, Lot
from stamgast.plans.actions import draft_plan
from stamgast.plans.actions.approving import made_of
from stamgast.plans.making import make_plan
from stamgast.plans.models import Place, Plan
from stamgast.sales.models import Order
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

DAY = timedelta(days=1)
HALVES = (ArmPlan("control", 0.5, is_control=True), ArmPlan("offer", 0.5))
PAST = 120  # days ago


@dataclass
class Shop:
    """What a plan is made of."""

    people: list[Customer]
    goal: Goal
    save: Campaign  # of the measure that was tried before
    mail: Campaign  # a mail without a discount, never tried
    by: User


def open_shop(at: datetime, by: User, *, customers: int = 900, is_taught: bool = True) -> Shop:
    """Make a shop of drifting customers; half of them bought often, and only those respond."""
    people = world.make_drifting(customers, at)
    goal = world.make_goal(at, budget_minor=100_000)
    _buy_before(people, at)
    if is_taught:
        teach(people[: customers * 2 // 3], goal, at)
    codes = world.make_codes(2_000, at, name="Now")
    save = world.save_offer(at, goal, codes, by=by)
    (first,) = plans_of(save)[0]
    mail = world.save_offer(at, goal, None, by=by)
    plain = replace(first, kind="text", cost_minor=0, code_list=None)
    step = plans_of(mail)[1][0]
    mail = change_campaign(
        mail, at=at, by=by, offers=[plain], steps=[replace(step, cost_minor=10)],
        name="Een mail zonder korting", pool="a mail without a discount", window_days=30,
    )  # fmt: skip
    return Shop(
        people, goal, check_campaign(save, at=at, by=by), check_campaign(mail, at=at, by=by), by
    )


def is_frequent(number: int) -> bool:
    return number % 2 == 0


def _buy_before(people: list[Customer], at: datetime) -> None:
    """Let every second customer have bought six times before, the others once, long ago."""
    today, rows = at.date(), []
    for n, one in enumerate(people):
        times = 6 if is_frequent(n) else 1
        for nth in range(times):
            day = today - (PAST + 20 + 37 * nth + n % 11) * DAY
            rows.append(sold(one.pk, day, f"b{one.pk}-{nth}", 4000 if is_frequent(n) else 1500))
    Order.objects.bulk_create(rows, batch_size=500)


def sold(customer: int | None, day: date, number: str, margin: int) -> Order:
    return Order(
        customer_id=customer, number=number, ordered_at=datetime.combine(day, time(11), UTC),
        day=day, currency="EUR", total_minor=margin * 3, revenue_minor=margin * 5 // 2,
        margin_minor=margin, is_purchase=True,
    )  # fmt: skip


def teach(people: list[Customer], goal: Goal, at: datetime) -> Campaign:
    """Write down a save offer of four months ago: it brought those back who had bought often.

    The others buy as much without it, so that to them it only gives the discount away.
    """
    began = at - PAST * DAY
    row = world.save_offer(began, goal, None)
    experiment = open_experiment(
        kind="campaign", name=row.name, subject=f"campaign:{row.pk}", arms=HALVES, window_days=30,
        after_days=30, at=began, key=f"campaign:{row.pk}",
    )  # fmt: skip
    Campaign.objects.filter(pk=row.pk).update(
        experiment=experiment, status="ended", started_at=began, ended_at=began + 40 * DAY
    )
    Experiment.objects.filter(pk=experiment.pk).update(salt="5" * 32)  # the same lots every time
    experiment.refresh_from_db()
    draw_lots(experiment, [one.pk for one in people], at=began)
    places = {one.pk: n for n, one in enumerate(people)}
    dice, rows = np.random.default_rng(5), []
    for lot in Lot.objects.filter(experiment=experiment).select_related("arm").order_by("pk"):
        often = is_frequent(places[lot.customer_id])
        chance = 0.9 if not often else 0.15 if lot.arm.is_control else 0.6
        if dice.random() < chance:
            margin = 4000 if often else 1500
            rows.append(sold(lot.customer_id, lot.day + 5 * DAY, f"t{lot.pk}", margin))
    Order.objects.bulk_create(rows, batch_size=500)
    row.refresh_from_db()
    return row


def made(shop: Shop, at: datetime, *, budget_minor: int = 50_000, **facts: object) -> Plan:
    """Draft and work out a plan over both campaigns."""
    plan = draft_plan(
        "Najaar", goal=shop.goal, campaigns=[shop.save, shop.mail], budget_minor=budget_minor,
        at=at, by=shop.by, **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    return make_plan(plan, at=at, progress=lambda *_: None, by=shop.by)


def written(shop: Shop, at: datetime, *, places: int = 40, **facts: object) -> Plan:
    """Draft a plan and write places down as if it had been worked out: without the engine."""
    plan = draft_plan(
        "Najaar", goal=shop.goal, campaigns=[shop.save, shop.mail], budget_minor=50_000, at=at,
        by=shop.by, **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    first, second = plan.options.order_by("position")
    Place.objects.bulk_create(
        Place(
            plan=plan,
            customer=one,
            option=first if n % 2 else second,
            chance="0.95",
            gain_minor=100,
        )
        for n, one in enumerate(shop.people[:places])
    )
    zero = {"estimate": 0, "low": 0, "high": 0}
    Plan.objects.filter(pk=plan.pk).update(
        status="made",
        planned_at=at,
        facts={
            "places": places, "takes_minor": 400 * places, "most_minor": 500 * places,
            "brings_minor": zero, "findings": [], "options": [], "digest": "d", "currency": "EUR",
            "nobody": 0, "made_of": made_of(plan),
        },
    )  # fmt: skip
    plan.refresh_from_db()
    return plan
