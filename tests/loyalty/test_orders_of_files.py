"""Orders out of files earn for members, from when on the shop says; returns take it back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cast import buy
from importers.files import write_csv
from loyalty.following import work
from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.importers.actions import import_file
from stamgast.loyalty.actions import (
    add_rule,
    join_programme,
    set_programme,
    start_programme,
    stop_programme,
)
from stamgast.loyalty.actions.orders import orders_of_file
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.models import Checkout, Member
from stamgast.sales.models import Order

EARLIER, LATER = "2026-11-10 10:00", "2026-11-22 10:00"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("wired")]


@pytest.fixture
def buyer(per_euro: object, anna: Customer, at: datetime) -> Member:
    """Anna, who took part before any file came in."""
    return join_programme(anna, at=at - timedelta(days=30))[0]


def bring(folder: Path, at: datetime, *rows: tuple[str, str, str, str]) -> None:
    """Import number, day, pieces and price of what Anna bought or sent back."""
    columns = ("order", "date", "customer", "sku", "quantity", "price")
    lines = [(number, day, "C-1001", "tea", pieces, price) for number, day, pieces, price in rows]
    import_file(
        write_csv(folder / "orders.csv", lines, columns), answers={"vat": "included"}, at=at
    )
    work()


def test_what_came_back_of_imported_orders_earns_nothing(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    set_programme(at=at, by="test", does_history_earn=True)
    bring(
        tmp_path,
        at,
        ("1", EARLIER, "1", "121.00"),
        ("1-back", "2026-11-12 10:00", "-1", "121.00"),
        ("2", "2026-11-14 10:00", "4", "25.00"),
        ("2-back", "2026-11-15 10:00", "-1", "25.00"),
    )
    assert balance_of(buyer, as_of=at).pending == 75


def test_a_return_in_a_later_file_takes_back_what_an_earlier_one_earned(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    set_programme(at=at, by="test", does_history_earn=True)
    bring(tmp_path, at, ("1", EARLIER, "1", "121.00"))
    set_programme(at=at, by="test", does_history_earn=False)
    bring(tmp_path, at + timedelta(days=1), ("1-back", "2026-11-12 10:00", "-1", "121.00"))
    assert balance_of(buyer, as_of=at).pending == 0


def test_a_return_that_came_in_before_its_order_counts_as_well(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    set_programme(at=at, by="test", does_history_earn=True)
    bring(tmp_path, at, ("1-back", "2026-11-12 10:00", "-1", "121.00"))
    bring(tmp_path, at, ("1", EARLIER, "1", "121.00"))
    assert balance_of(buyer, as_of=at).pending == 0


def test_the_first_file_is_history_and_what_is_ordered_after_it_earns_by_itself(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    bring(tmp_path, at, ("1", EARLIER, "1", "121.00"))
    assert not Checkout.objects.exists()
    then = at + timedelta(days=4)
    bring(tmp_path, then, ("1", EARLIER, "1", "121.00"), ("2", LATER, "1", "50.00"))
    assert Checkout.objects.get().ref == "2"
    assert balance_of(buyer, as_of=then).pending == 50


def test_an_order_that_a_file_dates_ahead_earns_from_now_and_holds_up_no_other(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    bring(tmp_path, at, ("1", EARLIER, "1", "121.00"))
    then = at + timedelta(days=4)
    ahead = f"{then + timedelta(hours=5):%Y-%m-%d %H:%M}"
    bring(tmp_path, then, ("2", ahead, "1", "50.00"), ("3", ahead, "1", "30.00"))
    now = balance_of(buyer, as_of=then)
    assert now.pending == 80
    assert {one.at for one in now.activating} == {then + timedelta(days=14)}


def test_only_orders_of_members_and_of_friends_in_a_file_are_looked_at(
    buyer: Member, bram: Customer, at: datetime
) -> None:
    set_programme(at=at, by="test", does_history_earn=True)
    for number, who in (("1001", buyer.customer), ("1002", bram), ("1003", bram)):
        buy(who, number, on=at)
    Order.objects.update(batch=7)
    Order.objects.filter(number="1003").update(discount_code="FRIEND")
    numbers = [order.number for order in orders_of_file(7)]
    assert sorted(numbers) == ["1001", "1003"]
    set_programme(at=at, by="test", joining="first_order")
    assert orders_of_file(7).count() == 3


def test_a_file_of_products_is_not_the_first_file_of_orders(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    facts = {"kind": "products", "imported": 3}
    tell("history_imported", at=at - timedelta(days=20), facts=facts, is_historic=True)
    bring(tmp_path, at, ("1", EARLIER, "1", "121.00"))
    assert not Checkout.objects.exists()


def test_nothing_out_of_a_file_earns_from_before_the_start(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    set_programme(at=at, by="test", does_history_earn=True)
    start_programme(at=at, by="test", since=at - timedelta(days=3))
    bring(tmp_path, at, ("1", EARLIER, "1", "121.00"))
    assert not Checkout.objects.exists()


def test_an_earned_order_that_a_file_changes_earns_anew_though_it_is_history(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    set_programme(at=at, by="test", does_history_earn=True)
    bring(tmp_path, at, ("1", EARLIER, "1", "121.00"))
    set_programme(at=at, by="test", does_history_earn=False)
    bring(tmp_path, at, ("1", EARLIER, "1", "80.00"))
    assert balance_of(buyer, as_of=at).pending == 80


def test_a_start_in_the_past_lets_orders_earn_that_are_known_already(
    anna: Customer, bram: Customer, at: datetime
) -> None:
    member, _ = join_programme(anna, at=at - timedelta(days=30))
    add_rule(at=at, by="test", name="A", kind="per_amount", points=1)
    buy(anna, "1001", on=at - timedelta(days=20), price="50.00")
    buy(anna, "1002", on=at - timedelta(days=5), price="70.00")
    buy(bram, "1003", on=at - timedelta(days=5), price="70.00")
    work()
    assert not Checkout.objects.exists()
    start_programme(at=at, by="test", since=at - timedelta(days=10))
    work()
    assert Checkout.objects.get().ref == "1002"
    assert balance_of(member, as_of=at).pending == 70
    stop_programme(at=at, by="test")
    start_programme(at=at, by="test", since=at - timedelta(days=30))
    work()  # the rule holds from the first start on, and not from an earlier day
    assert balance_of(member, as_of=at).pending == 70


def test_history_earns_as_soon_as_the_shop_says_so(
    buyer: Member, tmp_path: Path, at: datetime
) -> None:
    bring(
        tmp_path,
        at,
        ("1", EARLIER, "1", "121.00"),
        ("2", EARLIER, "1", "60.00"),
        ("2-back", "2026-11-12 10:00", "-1", "60.00"),
    )
    set_programme(at=at, by="test", name="Linden")
    work()
    assert not Checkout.objects.exists()
    set_programme(at=at, by="test", does_history_earn=True)
    work()
    assert balance_of(buyer, as_of=at).pending == 121
