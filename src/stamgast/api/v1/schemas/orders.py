"""Orders and returns, with their lines."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field

from stamgast.api.paging import Page, PageQuery
from stamgast.api.v1.schemas.common import (
    Amount,
    Bulk,
    Code,
    Currency,
    CustomerRef,
    Day,
    Line,
    Moment,
    Number,
    Outcome,
    Percent,
    Positive,
    Quantity,
    Said,
    ShopKey,
    Told,
    Yes,
    amount,
    amount_if,
    plain,
    plain_if,
)
from stamgast.api.v1.schemas.customers import CustomerItem
from stamgast.sales.actions import OrderFacts, OrderLine, Placed, ReturnFacts
from stamgast.sales.models import Line as OrderRow
from stamgast.sales.models import Order

MOST_LINES = 500


class LineSaid(Said):
    """One line of an order."""

    sku: Annotated[str, Code] | None = Field(
        default=None,
        max_length=80,
        description="Your own code; a product we do not know yet is written down.",
        examples=["ESP-1000"],
    )
    name: Annotated[str, Line] = Field(default="", max_length=200, examples=["Espresso 1 kg"])
    category: Annotated[str, Line] = Field(
        default="", max_length=120, description="Of a product we do not know yet."
    )
    quantity: Quantity = Field(description="How many; never zero.")
    unit_price: Amount = Field(description="For one, before discount.")
    discount: Positive | None = Field(default=None, description="On the whole line.")
    cost: Positive | None = Field(
        default=None, description="What one costs the shop, without VAT; absent: the product's."
    )
    vat_rate: Percent | None = Field(
        default=None, description="In per cent; absent: the product's, else the shop's."
    )
    is_charge: Yes = Field(default=False, description="Postage and the like: no product.")

    def facts(self) -> OrderLine:
        """Return them as the room takes them."""
        own = {name: getattr(self, name) for name in LineSaid.model_fields}
        own["sku"] = own["sku"] or ""
        if own["discount"] is None:
            del own["discount"]
        return OrderLine(**own)


Lines = Annotated[list[LineSaid], Field(min_length=1, max_length=MOST_LINES)]


class OrderSaid(Said):
    """All there is of an order: what you leave out is not there (any more)."""

    customer: CustomerItem | None = Field(
        default=None,
        description="Who ordered: recognised, or written down. Absent: nobody knows.",
    )
    ordered_at: Moment
    currency: Currency
    lines: Lines
    shop: Annotated[str, Line] = Field(
        default="", max_length=60, description="Which of your shops; numbers are apart per shop."
    )
    is_vat_included: Yes | None = Field(
        default=None, description="In the amounts here; absent: as the shop is set up."
    )
    discount: Positive | None = Field(default=None, description="On the order as a whole.")
    shipping: Positive | None = Field(default=None, description="What the customer pays for it.")
    refund: Positive | None = Field(default=None, description="Paid back for the order as a whole.")
    fees: Positive | None = Field(
        default=None, description="What shipping and payment cost the shop, without VAT."
    )
    discount_code: Annotated[str, Line] = Field(default="", max_length=80)
    brand: Annotated[str, Line] = Field(default="", max_length=60)
    country: Annotated[str, Line] = Field(default="", max_length=40)
    channel: Annotated[str, Line] = Field(default="", max_length=40, examples=["web"])
    is_cancelled: Yes = False
    promised_on: Day | None = Field(default=None, description="When it was to be delivered.")
    delivered_on: Day | None = None

    def placed(self, number: str) -> Placed:
        """Return it as the room takes it, with who ordered."""
        own = {name: getattr(self, name) for name in OrderSaid.model_fields if name != "customer"}
        own["lines"] = [line.facts() for line in self.lines]
        who = {"key": self.customer.key, **self.customer.facts()} if self.customer else None
        return Placed(OrderFacts(number=number, **own), who)


class OrderItem(OrderSaid):
    """An order among many."""

    number: Number = Field(description="Your own number.", examples=["1001"])


class ManyOrders(Bulk[OrderItem]):
    """Up to 1,000 orders."""


class LineTold(Told):
    """A line as we hold it; amounts as they were stated, `net` without VAT and discount."""

    sku: str | None
    name: str
    quantity: str = Field(description="Negative on a return.", examples=["2"])
    unit_price: str = Field(examples=["14.95"])
    amount: str = Field(description="Quantity times price, as stated.", examples=["29.90"])
    discount: str = Field(examples=["0.00"])
    net: str = Field(examples=["27.43"])
    cost: str | None = Field(description="Null: not known.", examples=["16.40"])
    vat_rate: str | None = Field(examples=[None])
    is_charge: bool

    @classmethod
    def of(cls, row: OrderRow, currency: str) -> Self:
        """Return a line for an answer."""
        return cls.model_construct(
            sku=row.product.sku if row.product else None,
            name=row.name or (row.product.name if row.product else ""),
            quantity=plain(row.quantity),
            unit_price=plain(row.unit_price),
            amount=amount(row.amount_minor, currency),
            discount=amount(row.discount_minor, currency),
            net=amount(row.net_minor, currency),
            cost=amount_if(row.cost_minor, currency),
            vat_rate=plain_if(row.vat_rate),
            is_charge=row.is_charge,
        )


class _Head(Told):
    number: str
    shop: str
    customer_id: int | None = Field(description="Our own number of the customer.")
    customer: str | None = Field(description="Your own key of the customer.")
    currency: str
    is_vat_included: bool = Field(description="In the amounts as stated.")
    total: str = Field(description="The lines as stated.", examples=["29.90"])
    lines: list[LineTold]

    @staticmethod
    def _shared(order: Order) -> dict[str, Any]:
        return {
            "number": order.number,
            "shop": order.shop,
            "customer_id": order.customer_id,
            "customer": order.customer.key if order.customer else None,
            "currency": order.currency,
            "is_vat_included": order.is_vat_included,
            "total": amount(order.total_minor, order.currency),
            "lines": [
                LineTold.of(line, order.currency)
                for line in sorted(order.lines.all(), key=lambda line: line.position)
            ],
        }


class OrderTold(_Head):
    """An order as we hold it. From `revenue` on amounts are without VAT."""

    ordered_at: Moment
    day: Day = Field(description="The business day, in the shop's zone.")
    revenue: str = Field(description="Of products, after discount.")
    charges: str
    discount: str
    cost: str = Field(description="Of the goods; may rest on an assumed rate.")
    fees: str | None = Field(description="Null: taken to equal the charges.")
    returned: str = Field(description="Revenue that came back.")
    margin: str = Field(description="After returns.")
    is_margin_assumed: bool = Field(description="Part of it rests on an assumed rate.")
    is_purchase: bool = Field(description="At least one product was bought.")
    is_cancelled: bool
    discount_code: str
    brand: str
    country: str
    channel: str
    promised_on: Day | None
    delivered_on: Day | None

    @classmethod
    def of(cls, order: Order) -> Self:
        """Return an order for an answer."""
        plain_fields = (
            *("ordered_at", "day", "is_margin_assumed", "is_purchase", "is_cancelled"),
            *("discount_code", "brand", "country", "channel", "promised_on", "delivered_on"),
        )
        amounts = ("revenue", "charges", "discount", "cost", "returned", "margin")
        own = {name: getattr(order, name) for name in plain_fields}
        for name in amounts:
            own[name] = amount(getattr(order, f"{name}_minor"), order.currency)
        fees = amount_if(order.fees_minor, order.currency)
        return cls.model_construct(**cls._shared(order), **own, fees=fees)


class OrderPage(Page[OrderTold]):
    """A page of orders."""


class OrderRecorded(Told):
    """What became of an order that was sent."""

    outcome: Outcome
    order: OrderTold


class OrderQuery(Said):
    """Which shop the number is of."""

    shop: Annotated[str, Line] = Field(default="", max_length=60)


class OrdersQuery(PageQuery):
    """Which orders. Several conditions all have to hold."""

    customer: ShopKey | None = Field(default=None, description="Your own key.")
    customer_id: int | None = Field(default=None, ge=1, le=2**53, description="Our own number.")
    shop: Annotated[str, Line] | None = Field(default=None, max_length=60)
    ordered_since: Moment | None = Field(default=None, description="At or after this moment.")


class ReturnLineSaid(Said):
    """What came back: quantities and prices as positive figures."""

    sku: Annotated[str, Code] | None = Field(
        default=None, max_length=80, description="As on the order.", examples=["ESP-1000"]
    )
    name: Annotated[str, Line] = Field(default="", max_length=200)
    quantity: Quantity = Field(description="How many came back.")
    unit_price: Positive = Field(description="What is paid back for one.")
    is_charge: Yes = Field(default=False, description="Postage and the like: no product.")

    def facts(self) -> OrderLine:
        """Return them as the room takes them."""
        return OrderLine(
            quantity=self.quantity,
            unit_price=self.unit_price,
            sku=self.sku or "",
            name=self.name,
            is_charge=self.is_charge,
        )


class ReturnSaid(Said):
    """All there is of a return."""

    of_order: Annotated[str, Line] = Field(
        default="", max_length=64, description="The number of the order it came from, when known."
    )
    customer: CustomerRef | None = Field(
        default=None, description="Who sent it back; absent: who ordered."
    )
    returned_at: Moment
    currency: Currency | None = Field(default=None, description="Absent: that of the order.")
    shop: Annotated[str, Line] = Field(default="", max_length=60)
    is_vat_included: Yes | None = Field(default=None, description="Absent: as the order.")
    lines: Annotated[list[ReturnLineSaid], Field(min_length=1, max_length=MOST_LINES)]

    def facts(self, number: str, customer: Any) -> ReturnFacts:
        """Return them as the room takes them."""
        return ReturnFacts(
            number=number,
            returned_at=self.returned_at,
            lines=[line.facts() for line in self.lines],
            of_order=self.of_order,
            customer=customer,
            currency=self.currency or "",
            shop=self.shop,
            is_vat_included=self.is_vat_included,
        )


class ReturnTold(_Head):
    """A return as we hold it; its quantities and amounts are negative."""

    returned_at: Moment
    of_order: str | None = Field(description="The number of the order it came from.")

    @classmethod
    def of(cls, order: Order) -> Self:
        """Return a return for an answer."""
        source = order.of_order.number if order.of_order else None
        return cls.model_construct(
            **cls._shared(order), returned_at=order.ordered_at, of_order=source
        )


class ReturnRecorded(Told):
    """What became of a return that was sent."""

    outcome: Outcome
    # Not called "return": that is no name in many languages.
    returned: ReturnTold
