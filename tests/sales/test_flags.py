"""What ties buyers to us, told of a product, of a category, or by a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from stamgast.events.models import Event
from stamgast.sales.actions import (
    ProductFacts,
    record_product,
    set_category_flags,
    set_product_flags,
)
from stamgast.sales.errors import BadProduct
from stamgast.sales.models import Category, Product
from stamgast.sales.queries import ProductGroup, flagged_products, product_groups

pytestmark = pytest.mark.django_db


def make(sku: str, category: str = "", **facts: bool) -> Product:
    return Product.objects.create(sku=sku, category=category, **facts)


def flagged() -> dict[str, tuple[bool, bool, bool]]:
    rows = flagged_products().values_list("sku", "sole_source", "consumable", "platform")
    return {sku: (sole, consumable, platform) for sku, sole, consumable, platform in rows}


def test_a_product_has_a_flag_of_its_own(at: datetime) -> None:
    make("beans")
    set_product_flags(make("machine"), is_platform=True, at=at, by="cli")
    assert flagged() == {"machine": (False, False, True)}
    told = Event.objects.get(kind="product_flagged")
    assert (told.actor, told.facts) == ("cli", {"is_platform": True})


def test_products_inherit_the_flags_of_their_category(at: datetime) -> None:
    make("capsule", "capsules")
    make("beans", "beans")
    set_category_flags("capsules", is_consumable=True, at=at)
    assert flagged() == {"capsule": (False, True, False)}


def test_a_product_may_say_otherwise_than_its_category(at: datetime) -> None:
    set_product_flags(make("fits-all", "capsules"), is_consumable=False, at=at)
    make("fits-ours", "capsules")
    set_category_flags("capsules", is_consumable=True, at=at)
    assert set(flagged()) == {"fits-ours"}
    set_product_flags(Product.objects.get(sku="fits-all"), is_consumable=None, at=at)
    assert set(flagged()) == {"fits-ours", "fits-all"}


def test_the_same_again_changes_and_tells_nothing(at: datetime) -> None:
    product = make("capsule", "capsules")
    for _ in range(2):
        set_product_flags(product, is_sole_source=True, at=at)
        set_category_flags("capsules", is_sole_source=False, is_consumable=True, at=at)
    assert Event.objects.filter(kind="product_flagged").count() == 1
    assert Event.objects.filter(kind="category_flagged").count() == 1


def test_refuses_to_flag_a_charge(at: datetime) -> None:
    with pytest.raises(BadProduct):
        set_product_flags(make("postage", is_charge=True), is_platform=True, at=at)


@pytest.mark.parametrize("name", ["", "no such category"])
def test_refuses_a_category_that_no_product_has(at: datetime, name: str) -> None:
    make("beans")
    with pytest.raises(BadProduct):
        set_category_flags(name, is_platform=True, at=at)
    assert not Category.objects.exists()


def test_categories_are_listed_with_what_they_say(at: datetime) -> None:
    make("a", "capsules")
    make("postage", "capsules", is_charge=True)
    set_product_flags(make("b", "capsules"), is_sole_source=True, at=at)
    make("c", "beans")
    set_category_flags("capsules", is_consumable=True, at=at)
    assert product_groups() == [
        ProductGroup("beans", 1, False, False, False, 0),
        ProductGroup("capsules", 2, False, True, False, 1),
    ]


def test_recording_a_product_without_flags_leaves_them(at: datetime) -> None:
    record_product(ProductFacts(sku="m", is_platform=True), at=at)
    record_product(ProductFacts(sku="m", name="Machine"), at=at)
    product = Product.objects.get()
    assert (product.is_platform, product.is_consumable, product.name) == (True, None, "Machine")


@pytest.mark.django_db(transaction=True)
def test_a_file_of_products_may_tell_the_flags(home: Path, at: datetime) -> None:
    from stamgast.importers.actions import import_file

    file = home / "products.csv"
    file.write_text(
        "SKU,Naam,Prijs,is_platform,consumable,sole source\n"
        "M-1,Machine,299.00,yes,no,no\nC-1,Capsules,4.50,no,ja,\n",
        "utf-8",
    )
    import_file(file, at=at, progress=lambda *_: None)
    assert flagged() == {"M-1": (False, False, True), "C-1": (False, True, False)}
