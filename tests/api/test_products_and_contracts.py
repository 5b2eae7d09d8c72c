"""Products and contracts through the API."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import Program
from stamgast.sales.models import Contract, Product

COFFEE = {"name": "Espresso 1 kg", "category": "Coffee", "price": "14.95", "cost": "8.20"}
CONTRACT: dict[str, Any] = {
    "customer": {"key": "C-1"},
    "name": "Beans every month",
    "started_on": "2024-01-01",
    "months": 1,
    "amount": "29.90",
    "margin": "11.00",
    "currency": "EUR",
}


def test_makes_a_product_and_completes_it(shop_program: Program) -> None:
    made = shop_program.put("/products/ESP%2F1000", COFFEE)
    assert (made.status, made.body["outcome"]) == (201, "made")
    assert made.body["product"] == {
        **COFFEE, "sku": "ESP/1000", "cost": "8.2", "brand": "", "vat_rate": None,
        "is_charge": False,
        "in_stock": None,
        "url": "",
    }  # fmt: skip
    changed = shop_program.put("/products/ESP%2F1000", {"vat_rate": "9"})
    assert changed.body["outcome"] == "changed"
    assert (changed.body["product"]["vat_rate"], changed.body["product"]["price"]) == ("9", "14.95")
    assert (
        shop_program.put("/products/ESP%2F1000", {"vat_rate": "9"}).body["outcome"] == "unchanged"
    )
    assert shop_program.get("/products/ESP%2F1000").body == changed.body["product"]
    assert shop_program.get("/products/nothing").code == "no_such_product"


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"price": "-1"}, {"price": "amount"}),
        ({"vat_rate": "100.01"}, {"vat_rate": "amount"}),
        ({"is_charge": 1}, {"is_charge": "bool_type"}),
        ({"sku": "x"}, {"sku": "extra_forbidden"}),
    ],
)
def test_refuses_a_product_it_cannot_keep(
    shop_program: Program, facts: dict[str, Any], wrong: dict[str, str]
) -> None:
    answer = shop_program.put("/products/ESP", facts)
    assert (answer.status, answer.wrong) == (422, wrong)
    assert not Product.objects.exists()


def test_many_products_are_answered_apart_and_listed(shop_program: Program) -> None:
    items = [{"sku": f"S-{i}", **COFFEE} for i in range(3)]
    sent = {"items": [*items, {"name": "no code"}, items[0]]}
    answer = shop_program.post("/bulk/products", sent).body
    outcomes = [one["outcome"] for one in answer["items"]]
    assert outcomes == ["made", "made", "made", "refused", "unchanged"]
    page = shop_program.get("/products", limit=2).body
    rest = shop_program.get("/products", limit=2, cursor=page["next"]).body
    listed = [one["sku"] for one in (*page["items"], *rest["items"])]
    assert listed == ["S-0", "S-1", "S-2"]


def test_makes_a_contract_and_notes_the_notice(shop_program: Program) -> None:
    shop_program.put("/customers/C-1", {"email": "anna@example.com"})
    made = shop_program.put("/contracts/K-1", CONTRACT)
    assert (made.status, made.body["outcome"]) == (201, "made")
    told = made.body["contract"]
    assert (told["customer"], told["amount"], told["margin"]) == ("C-1", "29.90", "11.00")
    assert shop_program.put("/contracts/K-1", CONTRACT).body["outcome"] == "unchanged"
    ended = {**CONTRACT, "notice_on": "2024-11-20", "ends_on": "2024-12-31"}
    changed = shop_program.put("/contracts/K-1", ended)
    assert (changed.status, changed.body["outcome"]) == (200, "changed")
    assert shop_program.get("/contracts/K-1").body["notice_on"] == "2024-11-20"
    assert shop_program.get("/contracts/K-2").code == "no_such_contract"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"ends_on": "2023-12-31"}, 422, "bad_contract"),
        ({"months": 0}, 422, "invalid"),
        ({"amount": "-1"}, 422, "invalid"),
        ({"customer": {"key": "C-9"}}, 404, "no_such_customer"),
    ],
)
def test_refuses_a_contract_that_cannot_be(
    shop_program: Program, change: dict[str, Any], status: int, code: str
) -> None:
    shop_program.put("/customers/C-1", {"email": "anna@example.com"})
    answer = shop_program.put("/contracts/K-1", {**CONTRACT, **change})
    assert (answer.status, answer.code) == (status, code)
    assert not Contract.objects.exists()
