"""The register of outside events: written down, corrected, ended, taken back, and whom each touches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from cast import buy
from stamgast.customers.errors import AlreadyClosed, KeyReused, NotClosed, TooLateToUndo
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.sales.actions import cancel_order
from stamgast.sales.models import Product
from stamgast.signals.actions import (
    change_event,
    close_event,
    note_effect,
    record_event,
    remove_event,
    reopen_event,
)
from stamgast.signals.errors import BadSignal
from stamgast.signals.models import OutsideEvent
from stamgast.signals.queries import (
    current_events,
    exposed_customers,
    measured_events,
    past_events,
)
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


def happened(at: datetime, **facts: Any) -> OutsideEvent:
    """Write down that a supermarket lowers its prices, unless said otherwise."""
    usual = {
        "kind": "competitor_price_cut",
        "title": "Half price beans",
        "starts_on": TODAY - timedelta(days=3),
    }
    return record_event(at=at, **{**usual, **facts})


def told() -> list[str]:
    return list(
        Event.objects.filter(subject="signal").order_by("pk").values_list("kind", flat=True)
    )


def test_writes_an_event_down_in_one_form_and_tells_of_it(at: datetime, colleague: User) -> None:
    event = happened(
        at, title="  Half  price\tbeans ", countries=["NL", "NL", " BE "], by=colleague
    )
    assert event.title == "Half price beans"
    assert event.countries == ["NL", "BE"]
    assert event.made_by == colleague
    assert told() == ["signal_recorded"]


def test_the_same_key_is_one_event_and_with_other_facts_refused(at: datetime) -> None:
    first = happened(at, key="ah-12")
    assert happened(at, key="ah-12") == first
    with pytest.raises(KeyReused):
        happened(at, key="ah-12", title="Something else")
    assert OutsideEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"note": "x" * 1001}, "note"),
        ({"starts_on": None}, "starts_on"),
        ({"ends_on": TODAY - timedelta(days=4)}, "ends_on"),
        ({"skus": "A-1"}, "skus"),
        ({"categories": ["x" * 121]}, "categories"),
    ],
)
def test_refuses_what_cannot_be(facts: dict[str, Any], field: str, at: datetime) -> None:
    with pytest.raises(BadSignal) as refusal:
        happened(at, **facts)
    assert refusal.value.facts["field"] == field


def test_a_correction_is_told_and_asks_for_new_figures(at: datetime) -> None:
    event = happened(at)
    note_effect(event, effect=[{"stage": "", "customers": 3}], until=TODAY)
    same = change_event(event, at=at, title="Half price beans")
    assert same.effect
    changed = change_event(event, at=at, categories=["Coffee"])
    assert (changed.effect, changed.effect_until) == ([], None)
    assert told() == ["signal_recorded", "signal_changed"]


def test_ends_once_and_goes_on_again(at: datetime) -> None:
    event = happened(at)
    with pytest.raises(BadSignal):
        close_event(event, ends_on=TODAY - timedelta(days=9), at=at)
    assert close_event(event, ends_on=TODAY, at=at).ends_on == TODAY
    with pytest.raises(AlreadyClosed):
        close_event(event, ends_on=TODAY, at=at)
    assert reopen_event(event, at=at).ends_on is None
    with pytest.raises(NotClosed):
        reopen_event(event, at=at)
    assert told() == ["signal_recorded", "signal_ended", "signal_reopened"]


def test_only_its_writer_takes_it_back_and_only_soon(
    at: datetime, employee: Callable[..., User]
) -> None:
    writer, other = employee("marketer"), employee("admin")
    event = happened(at, by=writer)
    for by, later in ((other, at), (writer, at + timedelta(minutes=16))):
        with pytest.raises(TooLateToUndo):
            remove_event(event, at=later, by=by)
    remove_event(event, at=at + timedelta(minutes=14), by=writer)
    assert not OutsideEvent.objects.exists()
    assert told() == ["signal_recorded", "signal_removed"]


def test_an_event_is_current_until_its_last_day_and_measured_for_half_a_year(at: datetime) -> None:
    old = happened(at, title="Old", starts_on=date(2026, 1, 5), ends_on=date(2026, 2, 1))
    ends_today = happened(at, title="Ends today", ends_on=TODAY)
    ahead = happened(at, title="Ahead", starts_on=TODAY + timedelta(days=9))
    assert list(current_events(TODAY)) == [ahead, ends_today]
    assert list(past_events(TODAY)) == [old]
    assert list(measured_events(TODAY)) == [ends_today]


def put_in_category(order: Any, category: str) -> str:
    """Put what was bought in a category; returns its product number."""
    line = order.lines.get()
    Product.objects.filter(pk=line.product_id).update(category=category)
    return str(line.product.sku)


def test_whoever_bought_it_in_the_year_before_is_exposed(
    at: datetime, anna: Customer, bram: Customer, carla: Customer, daan: Customer, eva: Customer
) -> None:
    coffee = buy(anna, "1", on=at - timedelta(days=40))
    tea = buy(bram, "2", on=at - timedelta(days=40), names=["Tea"])
    buy(carla, "3", on=at - timedelta(days=400))  # too long ago
    buy(daan, "4", on=at - timedelta(days=1))  # after it began
    cancelled = buy(eva, "5", on=at - timedelta(days=40))
    cancel_order(cancelled, at=at)
    sku = put_in_category(coffee, "Coffee")
    put_in_category(tea, "Tea")
    assert set(exposed_customers(happened(at))) == {anna, bram}
    assert set(exposed_customers(happened(at, categories=["Tea"]))) == {bram}
    assert set(exposed_customers(happened(at, skus=[sku]))) == {anna}
    assert set(exposed_customers(happened(at, countries=["DE"]))) == set()


def test_who_was_erased_or_merged_is_in_no_audience(
    at: datetime, anna: Customer, bram: Customer
) -> None:
    for number, person in enumerate((anna, bram)):
        buy(person, str(number), on=at - timedelta(days=40))
    Customer.objects.filter(pk=anna.pk).update(erased_at=at)
    Customer.objects.filter(pk=bram.pk).update(merged_into=anna)
    assert not exposed_customers(happened(at)).exists()
