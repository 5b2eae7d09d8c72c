"""What a control group can show is said of the time that the verdict will rest on."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from campaigns import world
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.power import Power, power_of, spread
from stamgast.customers.models import Customer
from stamgast.insight.effect.power import Reads, detectable
from stamgast.measurement.planning import usual_after_days
from stamgast.measurement.rules import LONGEST
from stamgast.sales.models import Order
from stamgast.scoring.models import Score
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

EACH = (1_000, 3_000)  # the margins of orders, in cents: half of each
RATES = (0.5, 2.0)  # orders in 90 days: half of the customers each


@pytest.fixture
def buying(drifting: list[Customer], at: datetime) -> list[Customer]:
    """The forty, of whom half order four times as often as the others."""
    for n, one in enumerate(drifting):
        Score.objects.filter(customer=one).update(purchases_90=RATES[n % 2])
        for k, margin in enumerate(EACH):
            world.order_now(one, f"B{n}-{k}", at - timedelta(days=90 + k), margin_minor=margin)
    Order.objects.filter(customer=None).delete()
    return drifting


def test_the_spread_is_that_of_customers_who_order_so(buying: list[Customer]) -> None:
    """Beside the truth: a hundred thousand customers who live the next 150 days."""
    dice = np.random.default_rng(3)
    orders = dice.poisson(np.tile(RATES, 50_000) * 150 / 90)
    small = dice.binomial(orders, 0.5)
    margin = small * EACH[0] + (orders - small) * EACH[1]
    told = spread([one.pk for one in buying], world.AS_OF, 150)
    assert told.sd == pytest.approx(margin.std(), rel=0.03)
    assert told.mean == pytest.approx(margin.mean(), rel=0.03)
    assert told.buying == pytest.approx((orders > 0).mean(), rel=0.03)


def told(campaign: Campaign, people: list[Customer]) -> Power:
    return power_of(campaign, [one.pk for one in people], world.AS_OF)


def test_a_gain_that_has_to_stay_is_harder_to_see(
    offer: Campaign, buying: list[Customer], goal: Goal
) -> None:
    followed = told(offer, buying)
    assert followed.days == offer.window_days + 3 * 40  # three of their usual intervals
    Goal.objects.filter(pk=goal.pk).update(judged="margin")
    by_window = told(Campaign.objects.get(pk=offer.pk), buying)
    assert by_window.days == offer.window_days
    assert followed.now
    assert by_window.now
    assert followed.now.detectable_minor > 2 * by_window.now.detectable_minor


READ: list[tuple[str, bool, Reads]] = [
    ("once", False, "daily"),
    ("daily", False, "as_they_come"),
    ("on_event", False, "as_they_come"),
    ("daily", True, "daily"),  # a plan draws once
]


@pytest.mark.parametrize(("rhythm", "is_planned", "reads"), READ)
def test_it_counts_on_the_reading_that_the_verdict_will_rest_on(
    rhythm: str, is_planned: bool, reads: Reads, offer: Campaign, buying: list[Customer]
) -> None:
    offer.rhythm, offer.is_planned = rhythm, is_planned
    power = told(offer, buying)
    sd = spread([one.pk for one in buying], world.AS_OF, power.days).sd
    assert power.now
    share = power.now.share
    assert power.now.detectable_minor == round(detectable(len(buying), share, sd, reads=reads))


@pytest.mark.parametrize("judged", ["margin", "followed"])
def test_the_experiment_keeps_what_the_goal_asks_for(
    judged: str, offer: Campaign, goal: Goal, marketer: User, at: datetime
) -> None:
    Goal.objects.filter(pk=goal.pk).update(judged=judged)
    experiment = world.start(offer, at, by=marketer).experiment
    assert experiment is not None
    assert experiment.rests_on_window == (judged == "margin")
    assert experiment.serves == f"goal:{goal.pk}"
    assert experiment.after_days == 3 * 40  # followed as long either way


def test_how_long_they_are_followed_is_their_own_rhythm_not_that_of_the_base(
    offer: Campaign, drifting: list[Customer], marketer: User, at: datetime
) -> None:
    world.make_lost(200, at)
    Score.objects.exclude(customer__in=drifting).update(usual_interval=5.0)
    started = world.start(offer, at, by=marketer).experiment
    assert started is not None
    assert started.after_days == 3 * 40


def test_who_buys_less_than_yearly_is_followed_for_three_years(drifting: list[Customer]) -> None:
    Score.objects.update(usual_interval=900.0)
    assert usual_after_days([one.pk for one in drifting]) == LONGEST
