"""Products: what they are called, what they cost, and what is no product but a charge."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field

from stamgast.api.paging import Page
from stamgast.api.v1.schemas.common import (
    Bulk,
    Line,
    Outcome,
    Percent,
    Positive,
    Said,
    Sku,
    Told,
    Yes,
    plain_if,
)
from stamgast.sales.actions import ProductFacts
from stamgast.sales.models import Product


class ProductSaid(Said):
    """What is known of a product. Absent or null: not said, so it stays as it is."""

    name: Annotated[str, Line] | None = Field(
        default=None, max_length=200, examples=["Espresso 1 kg"]
    )
    category: Annotated[str, Line] | None = Field(default=None, max_length=120, examples=["Coffee"])
    brand: Annotated[str, Line] | None = Field(default=None, max_length=80)
    price: Positive | None = Field(default=None, description="For one, in the shop's currency.")
    cost: Positive | None = Field(default=None, description="What one costs the shop, without VAT.")
    vat_rate: Percent | None = Field(default=None, description="In per cent.")
    is_charge: Yes | None = Field(
        default=None, description="Billed but no product: postage, payment costs."
    )
    in_stock: Yes | None = Field(
        default=None, description="What is not is never suggested to customers."
    )
    url: Annotated[str, Line] | None = Field(
        default=None,
        max_length=500,
        description="Its page in the shop.",
        examples=["https://shop.example/espresso"],
    )

    def facts(self, sku: str) -> ProductFacts:
        """Return them as the room takes them."""
        said = {name: getattr(self, name) for name in ProductSaid.model_fields}
        return ProductFacts(sku=sku, **said)


class ProductItem(ProductSaid):
    """A product among many."""

    sku: Sku = Field(description="Your own code.", examples=["ESP-1000"])


class ManyProducts(Bulk[ProductItem]):
    """Up to 1,000 products."""


class ProductTold(Told):
    """A product as we know it."""

    sku: str
    name: str
    category: str
    brand: str
    price: str | None = Field(examples=["14.95"])
    cost: str | None = Field(examples=["8.2"])
    vat_rate: str | None = Field(description="Null: the shop's.", examples=["9"])
    is_charge: bool
    in_stock: bool | None = Field(description="Null: nobody said.")
    url: str

    @classmethod
    def of(cls, product: Product) -> Self:
        """Return a product for an answer."""
        own = {name: getattr(product, name) for name in cls.model_fields}
        for name in ("price", "cost", "vat_rate"):
            own[name] = plain_if(own[name])
        return cls.model_construct(**own)


class ProductPage(Page[ProductTold]):
    """A page of products."""


class ProductRecorded(Told):
    """What became of a product that was sent."""

    outcome: Outcome
    product: ProductTold
