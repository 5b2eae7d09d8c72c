"""What is earned where no cost is known, as stated on the settings page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from stamgast.sales.models import MarginRate, Product
from web.base_in_figures import show_base
from web.conftest import SignIn
from web.pages import get, text


def test_offers_the_categories_that_lack_a_cost(signed_in: SignIn, at: datetime) -> None:
    Product.objects.create(sku="1", category="Coffee")
    Product.objects.create(sku="2", category="Tea", cost=3)
    Product.objects.create(sku="3", category="Postage", is_charge=True)
    page = get(signed_in("admin"), "/settings/margin")
    assert "Coffee" in page
    assert "Tea" not in page
    assert "Postage" not in page


def test_keeps_rates_and_takes_back_those_left_empty(signed_in: SignIn, at: datetime) -> None:
    Product.objects.create(sku="1", category="Coffee")
    MarginRate.objects.create(category="Coffee", share=Decimal("0.5"))
    client = signed_in("admin", language="nl")
    assert 'value="50"' in get(client, "/settings/margin")
    answer = client.post("/settings/margin", {"rate_0": "38,5", "rate_1": ""})
    assert answer.status_code == 302
    held = dict(MarginRate.objects.values_list("category", "share"))
    assert held == {"": Decimal("0.3850")}
    assert 'value="38,5"' in get(client, "/settings/margin")


def test_refuses_a_margin_that_cannot_be(signed_in: SignIn) -> None:
    client = signed_in("admin")
    for wrong in ("100", "-1", "a lot"):
        assert client.post("/settings/margin", {"rate_0": wrong}).status_code == 400
    assert not MarginRate.objects.exists()


def test_says_how_much_rests_on_it(signed_in: SignIn) -> None:
    client = signed_in("admin")
    assert "Say what you earn where no costs are known." in text(get(client, "/settings/margin"))
    show_base(assumed_share=0.42)
    assert "42% of your margin rests on what you state here." in text(
        get(client, "/settings/margin")
    )
