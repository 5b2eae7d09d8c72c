"""Products: written down under the shop's own code, read and listed."""

from __future__ import annotations

from typing import Annotated

from ninja import Path, Query
from ninja.responses import Status

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.errors import Fault
from stamgast.api.paging import PageQuery, page_of
from stamgast.api.v1.bulk import Result, answer_bulk
from stamgast.api.v1.schemas.common import BulkAnswer, Sku
from stamgast.api.v1.schemas.products import (
    ManyProducts,
    ProductItem,
    ProductPage,
    ProductRecorded,
    ProductSaid,
    ProductTold,
)
from stamgast.sales import actions
from stamgast.sales.models import Product

products = Operations("products")


@products.get("/products", scope="products:read", answers=ProductPage)
def list_products(request: ApiRequest, asked: Query[PageQuery]) -> ProductPage:
    """List all products, and the charges among them."""
    found, following = page_of(Product.objects.all(), asked)
    return ProductPage(items=[ProductTold.of(one) for one in found], next=following)


@products.get("/products/{own:sku}", scope="products:read", answers=ProductTold, fails=[404])
def get_product(request: ApiRequest, sku: Annotated[Sku, Path()]) -> ProductTold:
    """Return the product with this code of yours."""
    product = Product.objects.filter(sku=sku).first()
    if product is None:
        raise Fault(404, "no_such_product", "No product has this code.")
    return ProductTold.of(product)


@products.put("/products/{own:sku}", scope="products:write", answers=ProductRecorded)
def record_product(
    request: ApiRequest, sku: Annotated[Sku, Path()], said: ProductSaid
) -> Status[ProductRecorded]:
    """Write down what you know of a product, under your own code.

    What you leave out stays as it is. A new cost changes the margin of the orders it is in.
    """
    product, outcome = actions.record_product(said.facts(sku), at=request.at, by=actor(request))
    told = ProductRecorded(outcome=outcome, product=ProductTold.of(product))
    return Status(201 if outcome == "made" else 200, told)


@products.post("/bulk/products", scope="products:write", answers=BulkAnswer)
def record_products(request: ApiRequest, sent: ManyProducts) -> BulkAnswer:
    """Write down up to 1,000 products; each is answered apart, and the good ones are kept."""

    def record(items: list[ProductItem]) -> list[Result]:
        facts = [item.facts(item.sku) for item in items]
        recorded = actions.record_products(facts, at=request.at, by=actor(request))
        return [Result(one.outcome, one.refusal) for one in recorded]

    return answer_bulk(request, sent, record, key="sku")
