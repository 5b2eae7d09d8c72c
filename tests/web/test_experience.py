"""How customers fared: deliveries, complaints and returns, scores, and buying again after them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from stamgast.customers.models import Answer, Customer, Interaction
from stamgast.sales.models import Order
from web.conftest import SignIn
from web.pages import get, said, section, text


def _customer(at: datetime, name: str) -> Customer:
    return Customer.objects.create(key=name, first_name=name, made_at=at, changed_at=at)


def _order(customer: Customer, number: str, day: date, **changes: Any) -> Order:
    facts: dict[str, Any] = {
        "ordered_at": datetime(day.year, day.month, day.day, 10, tzinfo=UTC),
        "day": day,
        "currency": "EUR",
        "total_minor": 5000,
        "revenue_minor": 5000,
        "margin_minor": 2000,
        "is_purchase": True,
    }
    return Order.objects.create(customer=customer, number=number, **{**facts, **changes})


def _delivered(at: datetime, number: int, *, late: int, again: bool) -> None:
    """Deliver an order 200 days ago, so many days late, to somebody who may buy again."""
    day = at.date() - timedelta(days=203)
    customer = _customer(at, f"c{number}")
    promised = day + timedelta(days=2)
    _order(
        customer,
        f"o{number}",
        day,
        promised_on=promised,
        delivered_on=promised + timedelta(days=late),
    )
    if again:
        _order(customer, f"again{number}", day + timedelta(days=60))


def test_says_how_many_deliveries_came_in_time(signed_in: SignIn, at: datetime) -> None:
    for n in range(4):
        _delivered(at, n, late=3 if n == 0 else 0, again=False)
    page = get(signed_in("marketer"), "/experience")
    assert said(page).startswith("75% of deliveries came on the promised day or before.")
    assert "4 deliveries with a promised day; 1 late." in text(page)
    assert "Late ones came 3 days later on average." in text(page)


def test_compares_buying_again_and_claims_no_cause(signed_in: SignIn, at: datetime) -> None:
    for n in range(40):
        _delivered(at, n, late=0, again=n % 10 != 0)
    for n in range(40, 80):
        _delivered(at, n, late=2, again=n % 10 == 0)
    page = section(get(signed_in("marketer"), "/experience"), "Buying again")
    assert "After a delivery in time 90% bought again within 90 days (40 orders)" in page
    assert "after a late one 10% (40)" in page
    assert "it does not say what caused it" in page


def test_says_that_a_small_difference_may_be_chance(signed_in: SignIn, at: datetime) -> None:
    for n in range(20):
        _delivered(at, n, late=0, again=n % 2 == 0)
    for n in range(20, 40):
        _delivered(at, n, late=2, again=n % 5 < 2)
    page = section(get(signed_in("marketer"), "/experience"), "Buying again")
    assert "That difference may be chance." in page


def test_a_purchase_after_90_days_is_no_buying_again(signed_in: SignIn, at: datetime) -> None:
    for n in range(20):
        _delivered(at, n, late=0, again=True)
    for n in range(20, 40):
        _delivered(at, n, late=2, again=False)
        customer = Customer.objects.get(key=f"c{n}")
        _order(customer, f"much later {n}", at.date() - timedelta(days=100))
    page = section(get(signed_in("marketer"), "/experience"), "Buying again")
    assert "after a late one 0% (20)" in page


def test_does_not_compare_a_handful(signed_in: SignIn, at: datetime) -> None:
    _delivered(at, 1, late=0, again=True)
    _delivered(at, 2, late=5, again=False)
    page = section(get(signed_in("marketer"), "/experience"), "Buying again")
    assert "Too few experiences" in page


def test_says_how_long_complaints_take_and_which_wait(signed_in: SignIn, at: datetime) -> None:
    anna = _customer(at, "Anna")
    began = at - timedelta(days=30)
    kind = Interaction.Kind.COMPLAINT
    Interaction.objects.create(
        customer=anna, kind=kind, at=began, text="cold", closed_at=began + timedelta(days=4)
    )
    Interaction.objects.create(
        customer=anna, kind=kind, at=began, text="late", due=at.date() - timedelta(days=9)
    )
    page = text(get(signed_in("service"), "/experience"))
    assert "4 days until solved" in page
    assert "1 complaint solved; 1 open, 1 too late." in page


def test_says_what_customers_gave_with_its_interval(signed_in: SignIn, at: datetime) -> None:
    for n, score in enumerate((8, 8, 9, 7)):
        Answer.objects.create(
            customer=_customer(at, f"a{n}"),
            question="delivery",
            score=score,
            out_of=10,
            answered_at=at - timedelta(days=3),
            source="staff",
        )
    page = section(get(signed_in("analyst"), "/experience"), "What customers gave")
    assert "Delivery 4 8.0 7.2 to 8.8" in page


def test_says_when_nothing_is_known(signed_in: SignIn) -> None:
    assert said(get(signed_in("analyst"), "/experience")) == (
        "How customers fared with us is not known yet."
    )
