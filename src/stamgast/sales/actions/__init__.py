"""The writers of this room: orders, returns, products, contracts, margin rates."""

from stamgast.sales.actions.contracts import record_contract
from stamgast.sales.actions.flags import (
    CategoryFlags,
    ProductFlags,
    set_category_flags,
    set_product_flags,
)
from stamgast.sales.actions.margins import recalculate_margins, set_margin_rates
from stamgast.sales.actions.orders import (
    OrderFacts,
    OrderLine,
    RecordedOrder,
    ReturnFacts,
    cancel_order,
    record_order,
    record_orders,
    record_return,
    record_returns,
)
from stamgast.sales.actions.placing import Placed, record_many_placed, record_placed
from stamgast.sales.actions.products import (
    ProductFacts,
    RecordedProduct,
    record_product,
    record_products,
)

__all__ = [
    "CategoryFlags",
    "OrderFacts",
    "OrderLine",
    "Placed",
    "ProductFacts",
    "ProductFlags",
    "RecordedOrder",
    "RecordedProduct",
    "ReturnFacts",
    "cancel_order",
    "recalculate_margins",
    "record_contract",
    "record_many_placed",
    "record_order",
    "record_orders",
    "record_placed",
    "record_product",
    "record_products",
    "record_return",
    "record_returns",
    "set_category_flags",
    "set_margin_rates",
    "set_product_flags",
]
