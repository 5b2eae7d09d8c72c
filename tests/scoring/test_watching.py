"""The radar over a shop's own orders: through the database, the reader and the engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from scoring.shops import AS_OF, fill_shop, make_customers, make_order
from stamgast.customers.actions import record_answer
from stamgast.customers.models import Customer
from stamgast.database.exclusive import exclusive
from stamgast.events.models import Event
from stamgast.sales.models import Order
from stamgast.scoring.errors import NothingToScore
from stamgast.scoring.watching import watch_base
from stamgast.signals.actions import record_event
from stamgast.signals.errors import AlreadyWatching
from stamgast.signals.models import Alarm, OutsideEvent

pytestmark = pytest.mark.django_db(transaction=True)
BEGAN = date(2026, 9, 21)  # a Monday, two months before the last order


def _quietly(share: float, doing: str) -> None:
    """Show nothing."""


def sell_steadily(at: datetime) -> None:
    """Let 900 customers buy 90 times a week for two and a half years, a third of them in Belgium."""
    people, dice = make_customers(900, at), np.random.default_rng(8)
    orders = []
    for week in range(130):
        monday = AS_OF - timedelta(days=4 + 7 * (129 - week))
        for buyer in dice.integers(0, 900, dice.poisson(90)):
            day = monday + timedelta(days=int(dice.integers(0, 5)))
            country = "BE" if buyer % 3 == 0 else "NL"
            number = str(len(orders))
            orders.append(make_order(people[buyer], number, day, 5000, country=country))
    Order.objects.bulk_create(orders, batch_size=500)


def lose_most_of(country: str, *, since: date) -> None:
    """Let a competitor take seven of ten purchases in a country."""
    lost = Order.objects.filter(country=country, day__gte=since).order_by("pk")
    gone = [pk for place, pk in enumerate(lost.values_list("pk", flat=True)) if place % 10 < 7]
    Order.objects.filter(pk__in=gone).delete()


def test_refuses_without_orders_and_while_another_look_is_under_way(at: datetime) -> None:
    make_customers(3, at)
    with pytest.raises(NothingToScore):
        watch_base(at=at, progress=_quietly)
    with exclusive("watching"), pytest.raises(AlreadyWatching):
        watch_base(at=at, progress=_quietly)


def test_a_young_shop_gets_a_look_that_says_why_nothing_is_known(at: datetime) -> None:
    fill_shop(60, at=at, mean_orders=1.5)
    watch = watch_base(at=at, progress=_quietly)
    assert not watch.series.exists()
    assert {one["reason"] for one in watch.facts["unknown"]} == {"too_few_purchases"}


def test_a_competitor_in_one_country_is_found_and_told_once(at: datetime) -> None:
    sell_steadily(at)
    lose_most_of("BE", since=BEGAN)
    watch = watch_base(at=at, progress=_quietly)
    series = watch.series.get(facet="country", value="BE")
    assert max(found or 0 for found in series.facts["evidence"]) > watch.facts["limit"]
    alarm = Alarm.objects.get(facet="country", value="BE")
    assert BEGAN - timedelta(weeks=3) <= alarm.since_on <= alarm.raised_on
    assert alarm.facts["drop_low"] < alarm.facts["drop"] < alarm.facts["drop_high"]
    assert not Alarm.objects.filter(facet="country", value="NL").exists()
    raised = Event.objects.filter(kind="alarm_raised").count()
    watch_base(at=at, progress=_quietly)
    assert Event.objects.filter(kind="alarm_raised").count() == raised


def test_measures_how_purchases_moved_per_stage_and_kind_of_loyalty(at: datetime) -> None:
    fill_shop(1200, at=at, mean_orders=12.0)
    lose_most_of("BE", since=BEGAN)
    for place, person in enumerate(Customer.objects.order_by("pk")[:600]):
        asked = at - timedelta(days=150)
        score = 10 if place % 3 else 2
        record_answer(person, question="nps", score=score, at=at, answered_at=asked)
    event = record_event(
        kind="competitor_price_cut",
        title="Half price beans",
        starts_on=BEGAN,
        countries=["BE"],
        at=at,
    )
    watch_base(at=at, progress=_quietly)
    event = OutsideEvent.objects.get(pk=event.pk)
    rows = {(row["facet"], row["group"]): row for row in event.effect}
    everyone = rows["", ""]
    assert everyone["customers"] > 100
    assert -0.85 < everyone["low"] < everyone["difference"] < everyone["high"] < -0.4
    assert everyone["rest"] == pytest.approx(1, abs=0.35)
    kinds = {group: row for (facet, group), row in rows.items() if facet == "kind"}
    stages = {group: row for (facet, group), row in rows.items() if facet == "stage"}
    assert {"true", "unknown"} <= set(kinds)
    assert "active" in stages
    for found in (kinds, stages):
        assert sum(row["customers"] for row in found.values()) <= everyone["customers"]
    assert kinds["unknown"]["difference"] == pytest.approx(-0.7, abs=0.25)
    assert event.effect_until is not None
    assert AS_OF - timedelta(days=4) <= event.effect_until < AS_OF


def test_who_objects_to_profiling_is_in_no_group(at: datetime) -> None:
    fill_shop(600, at=at, mean_orders=12.0)
    event = record_event(kind="other", title="x", starts_on=BEGAN, countries=["BE"], at=at)
    watch_base(at=at, progress=_quietly)
    event.refresh_from_db()
    before = {(row["facet"], row["group"]): row["customers"] for row in event.effect}
    Customer.objects.update(objects_to_profiling=True)
    watch_base(at=at, progress=_quietly)
    event.refresh_from_db()
    assert {(row["facet"], row["group"]): row["customers"] for row in event.effect} == {
        ("", ""): before["", ""]
    }
