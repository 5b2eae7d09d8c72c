"""What ties buyers to us: told of a product, or of a whole category."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction

from stamgast.events.actions import tell
from stamgast.sales.errors import BadProduct
from stamgast.sales.models import Category, Product
from stamgast.staff.queries import Who, actor


class ProductFlags(TypedDict, total=False):
    """Flags of a product: None for "as its category says", absent for "as it is"."""

    is_sole_source: bool | None
    is_consumable: bool | None
    is_platform: bool | None


class CategoryFlags(TypedDict, total=False):
    """Flags of a category; absent for "as it is"."""

    is_sole_source: bool
    is_consumable: bool
    is_platform: bool


def set_product_flags(
    product: Product, *, at: datetime, by: Who = None, **flags: Unpack[ProductFlags]
) -> Product:
    """Say what ties buyers of this product to us; None leaves it to its category.

    It counts from the next scoring. The same again changes nothing. Refuses a charge, which is no
    product.
    """
    with transaction.atomic():
        row = Product.objects.select_for_update().get(pk=product.pk)
        if row.is_charge:
            raise BadProduct(field="is_charge")
        news = {name: value for name, value in flags.items() if getattr(row, name) != value}
        if news:
            for name, value in news.items():
                setattr(row, name, value)
            row.save(update_fields=sorted(news))
            tell(
                "product_flagged",
                at=at,
                actor=actor(by),
                subject="product",
                subject_id=row.pk,
                facts=news,
            )
    return row


def set_category_flags(
    name: str, *, at: datetime, by: Who = None, **flags: Unpack[CategoryFlags]
) -> Category:
    """Say what ties buyers of a category to us; products that say otherwise themselves keep to it.

    It counts from the next scoring. The same again changes nothing. Refuses a category that no
    product has.
    """
    if not name or not Product.objects.filter(category=name).exists():
        raise BadProduct(field="category")
    with transaction.atomic():
        row, _ = Category.objects.select_for_update().get_or_create(name=name)
        news = {flag: value for flag, value in flags.items() if getattr(row, flag) != value}
        if news:
            for flag, value in news.items():
                setattr(row, flag, value)
            row.save(update_fields=sorted(news))
            tell(
                "category_flagged",
                at=at,
                actor=actor(by),
                subject="category",
                subject_id=row.pk,
                facts=news,
            )
    return row
