"""Returns through the API: they refer to an order and reduce what it brought in."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Program
from api.test_orders import ORDER
from stamgast.sales.models import Order

RETURN: dict[str, Any] = {
    "of_order": "1001",
    "returned_at": "2024-11-20T08:00:00Z",
    "lines": [{"sku": "ESP-1000", "quantity": "1", "unit_price": "10.90"}],
}


@pytest.fixture(autouse=True)
def _order(shop_program: Program) -> None:
    shop_program.put("/orders/1001", {**ORDER, "ordered_at": "2024-11-19T10:00:00Z"})


def test_a_return_reduces_its_order(shop_program: Program) -> None:
    answer = shop_program.put("/returns/R-1", RETURN)
    assert (answer.status, answer.body["outcome"]) == (201, "made")
    told = answer.body["returned"]
    assert (told["of_order"], told["customer"], told["total"]) == ("1001", "C-1", "-10.90")
    assert [line["quantity"] for line in told["lines"]] == ["-1"]
    assert shop_program.get("/returns/R-1").body == told
    order = shop_program.get("/orders/1001").body
    # VAT of the return is the shop's where its product says none; never more than the line's own.
    assert order["returned"] == "9.01"
    assert order["margin"] == "4.99"  # 8.00 less 9.01 plus the cost of one


def test_the_same_return_again_changes_nothing(shop_program: Program) -> None:
    shop_program.put("/returns/R-1", RETURN)
    again = shop_program.put("/returns/R-1", RETURN)
    assert (again.status, again.body["outcome"]) == (200, "unchanged")
    assert Order.objects.filter(kind="return").count() == 1


def test_a_return_need_not_name_its_order(shop_program: Program) -> None:
    sent = {**RETURN, "of_order": "", "customer": {"key": "C-1"}, "currency": "EUR"}
    assert shop_program.put("/returns/R-1", sent).status == 201
    assert shop_program.get("/orders/1001").body["returned"] != "0.00"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"of_order": "9999"}, 404, "no_such_order"),
        ({"customer": {"key": "C-9"}}, 404, "no_such_customer"),
        ({"returned_at": "2024-11-01T08:00:00Z"}, 409, "returned_before_sold"),
        ({"lines": [{**RETURN["lines"][0], "quantity": "3"}]}, 409, "more_returned_than_bought"),
        ({"lines": [{**RETURN["lines"][0], "quantity": "0"}]}, 422, "bad_line"),
        ({"lines": []}, 422, "invalid"),
    ],
)
def test_refuses_a_return_that_cannot_be(
    shop_program: Program, change: dict[str, Any], status: int, code: str
) -> None:
    answer = shop_program.put("/returns/R-1", {**RETURN, **change})
    assert (answer.status, answer.code) == (status, code)
    assert not Order.objects.filter(kind="return").exists()


def test_says_that_a_return_is_not_there(shop_program: Program) -> None:
    assert shop_program.get("/returns/1001").code == "no_such_return"
