"""Orders through the API: with who placed them, worked out, replaced, one by one and in bulk."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import MakeProgram, Program
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.sales.models import Line, Order, Product

ORDER: dict[str, Any] = {
    "customer": {"key": "C-1", "email": "anna@example.com", "name": "Anna Berg"},
    "ordered_at": "2024-11-19T23:30:00Z",
    "currency": "EUR",
    "is_vat_included": True,
    "channel": "web",
    "lines": [
        {
            "sku": "ESP-1000",
            "name": "Espresso 1 kg",
            "category": "Coffee",
            "quantity": "2",
            "unit_price": "10.90",
            "vat_rate": "9",
            "cost": "6.00",
        },
        {"name": "Postage", "quantity": "1", "unit_price": "6.05", "is_charge": True},
    ],
}


def test_makes_an_order_its_customer_and_its_product(shop_program: Program) -> None:
    answer = shop_program.put("/orders/1001", ORDER)
    assert (answer.status, answer.body["outcome"]) == (201, "made")
    told = answer.body["order"]
    assert (told["number"], told["customer"]) == ("1001", "C-1")
    assert told["day"] == "2024-11-20"  # the shop's own day: after midnight there
    assert told["total"] == "27.85"
    assert (told["revenue"], told["charges"]) == ("20.00", "5.00")  # without 9 and 21 % VAT
    assert (told["cost"], told["margin"], told["is_margin_assumed"]) == ("12.00", "8.00", False)
    assert [line["net"] for line in told["lines"]] == ["20.00", "5.00"]
    assert shop_program.get("/orders/1001").body == told
    assert Customer.objects.get().full_name == "Anna Berg"
    assert Product.objects.get(sku="ESP-1000").category == "Coffee"


def test_an_order_through_the_api_is_news(shop_program: Program) -> None:
    shop_program.put("/orders/1001", ORDER)
    told = Event.objects.get(kind="order_recorded")
    assert (told.actor, told.is_historic) == (f"key:{shop_program.key.pk}", False)
    assert told.subject_id == Order.objects.get().pk


def test_the_same_again_changes_nothing(shop_program: Program) -> None:
    first = shop_program.put("/orders/1001", ORDER)
    before = Event.objects.count()
    again = shop_program.put("/orders/1001", ORDER)
    assert (again.status, again.body["outcome"]) == (200, "unchanged")
    assert again.body["order"] == first.body["order"]
    assert Event.objects.count() == before


def test_an_order_told_otherwise_is_replaced(shop_program: Program) -> None:
    shop_program.put("/orders/1001", ORDER)
    lines = [{**ORDER["lines"][0], "quantity": "3"}]
    answer = shop_program.put("/orders/1001", {**ORDER, "lines": lines})
    assert (answer.status, answer.body["outcome"]) == (200, "changed")
    assert [line["quantity"] for line in answer.body["order"]["lines"]] == ["3"]
    assert Line.objects.count() == 1


def test_an_order_is_called_off_by_sending_it_again(shop_program: Program) -> None:
    shop_program.put("/orders/1001", ORDER)
    answer = shop_program.put("/orders/1001", {**ORDER, "is_cancelled": True})
    assert answer.body["order"]["is_cancelled"] is True
    assert answer.body["order"]["is_purchase"] is False


def test_the_same_number_in_two_shops_is_two_orders(shop_program: Program) -> None:
    shop_program.put("/orders/1001", ORDER)
    assert shop_program.put("/orders/1001", {**ORDER, "shop": "Ede"}).status == 201
    assert shop_program.get("/orders/1001", shop="Ede").body["shop"] == "Ede"
    assert shop_program.get("/orders/1001").body["shop"] == ""
    assert shop_program.get("/orders/1001", shop="Zwolle").status == 404


def test_nobody_need_have_placed_an_order(shop_program: Program) -> None:
    answer = shop_program.put("/orders/1001", {**ORDER, "customer": None})
    assert answer.status == 201
    assert answer.body["order"]["customer_id"] is None
    assert not Customer.objects.exists()


def test_a_known_customer_is_recognised_by_address(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", {"email": "anna@example.com"})
    answer = shop_program.put("/orders/1001", {**ORDER, "customer": {"email": "Anna@example.com"}})
    assert answer.body["order"]["customer"] == "C-1"
    assert Customer.objects.count() == 1


def _with_line(**change: Any) -> dict[str, Any]:
    return {**ORDER, "lines": [{**ORDER["lines"][0], **change}]}


@pytest.mark.parametrize(
    ("sent", "code", "wrong"),
    [
        (_with_line(quantity="0"), "bad_line", {"lines.0.quantity": "bad_line"}),
        (_with_line(quantity=2), "invalid", {"lines.0.quantity": "amount"}),
        (_with_line(unit_price=10.9), "invalid", {"lines.0.unit_price": "amount"}),
        (_with_line(unit_price="10,90"), "invalid", {"lines.0.unit_price": "amount"}),
        (_with_line(unit_price="NaN"), "invalid", {"lines.0.unit_price": "amount"}),
        (_with_line(unit_price="1e3"), "invalid", {"lines.0.unit_price": "amount"}),
        (_with_line(unit_price="9999999999"), "invalid", {"lines.0.unit_price": "amount"}),
        (_with_line(vat_rate="101"), "invalid", {"lines.0.vat_rate": "amount"}),
        (_with_line(sku=" "), "invalid", {"lines.0.sku": "empty"}),
        (_with_line(sku="a\u0000b"), "invalid", {"lines.0.sku": "unprintable"}),
        ({**ORDER, "lines": []}, "invalid", {"lines": "too_short"}),
        ({**ORDER, "currency": "FLO"}, "invalid", {"currency": "currency"}),
        ({**ORDER, "ordered_at": "2024-11-19"}, "invalid", {"ordered_at": "moment"}),
        ({**ORDER, "ordered_at": "2126-11-19T10:00:00Z"}, "in_the_future", {}),
        ({**ORDER, "ordered_at": "0001-01-01T00:00:00+14:00"}, "invalid", {"ordered_at": "moment"}),
        ({**ORDER, "customer": {}}, "customer_unrecognisable", {}),
        ({**ORDER, "customer": {"email": "x"}}, "bad_customer_field", {"email": "not_an_address"}),
        ({**ORDER, "costumer": None}, "invalid", {"costumer": "extra_forbidden"}),
    ],
)
def test_refuses_an_order_it_cannot_keep(
    shop_program: Program, sent: dict[str, Any], code: str, wrong: dict[str, str]
) -> None:
    answer = shop_program.put("/orders/1001", sent)
    assert (answer.status, answer.code, answer.wrong) == (422, code, wrong)
    assert not Order.objects.exists()
    assert not Customer.objects.exists()  # neither the order nor who placed it


def test_lists_orders_by_customer_shop_and_moment(shop_program: Program) -> None:
    shop_program.put("/orders/1", {**ORDER, "ordered_at": "2024-10-01T10:00:00Z"})
    shop_program.put("/orders/2", {**ORDER, "shop": "Ede"})
    shop_program.put("/orders/3", {**ORDER, "customer": {"key": "C-2"}})

    def numbers(**asked: Any) -> list[str]:
        return [one["number"] for one in shop_program.get("/orders", **asked).body["items"]]

    assert numbers() == ["1", "2", "3"]
    assert numbers(customer="C-1") == ["1", "2"]
    assert numbers(customer_id=Customer.objects.get(key="C-2").pk) == ["3"]
    assert numbers(shop="Ede") == ["2"]
    assert numbers(ordered_since="2024-11-01T00:00:00+01:00") == ["2", "3"]
    assert shop_program.get("/orders", customer="C-9").status == 404


def test_of_many_orders_good_ones_are_kept(shop_program: Program) -> None:
    shop_program.put("/orders/1", ORDER)
    items = [
        {"number": "1", **ORDER},
        {"number": "2", **ORDER},
        {"number": "3", **_with_line(quantity="0")},
        {"number": "4", **_with_line(quantity="x")},
        {"number": "5", **ORDER, "customer": {"city": "Ede"}},
        {"number": "2", **_with_line(quantity="5")},
    ]
    answer = shop_program.post("/bulk/orders", {"items": items}).body
    assert [(one["key"], one["outcome"]) for one in answer["items"]] == [
        ("1", "unchanged"), ("2", "made"), ("3", "refused"), ("4", "refused"), ("5", "refused"),
        ("2", "changed"),
    ]  # fmt: skip
    assert set(Order.objects.values_list("number", flat=True)) == {"1", "2"}
    assert Order.objects.get(number="2").lines.get().quantity == 5


def test_a_thousand_orders_at_once_come_in_and_again_change_nothing(
    shop_program: Program,
) -> None:
    items = [
        {
            **ORDER,
            "number": str(n),
            "customer": {"key": f"C-{n % 400}", "email": f"c{n % 400}@example.com"},
            "lines": [
                {"sku": f"S-{(n * 7 + i) % 50}", "quantity": "1", "unit_price": "9.95"}
                for i in range(3)
            ],
        }
        for n in range(1000)
    ]
    answer = shop_program.post("/bulk/orders", {"items": items}).body
    assert answer["made"] == 1000
    again = shop_program.post("/bulk/orders", {"items": items}).body
    assert again["unchanged"] == 1000


def test_a_test_key_works_an_order_out_and_keeps_nothing(program: MakeProgram) -> None:
    answer = program(is_live=False).put("/orders/1001", ORDER)
    assert answer.body["order"]["margin"] == "8.00"
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    assert not Product.objects.exists()
