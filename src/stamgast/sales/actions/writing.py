"""Writing one order with its lines, worked out anew from everything that is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from stamgast.sales import rules
from stamgast.sales.actions.rates import Rates
from stamgast.sales.models import Line, Order, Product
from stamgast.sales.rules import LineFacts, WholeFacts

ZERO = Decimal(0)


@dataclass(slots=True)
class LineDraft:
    """A line as it was read: amounts in major units, as the source states them."""

    quantity: Decimal
    unit_price: Decimal
    content: int
    sku: str = ""
    name: str = ""
    category: str = ""
    exact: Decimal | None = None  # the amount, when the source gives it rather than a price
    discount: Decimal = ZERO  # on this line, of the amount's sign
    cost: Decimal | None = None  # per unit, without VAT
    vat_rate: Decimal | None = None
    is_charge: bool = False


@dataclass(slots=True)
class OrderDraft:
    """An order as it was read; None means that the source does not say it."""

    number: str
    ordered_at: datetime
    day: date
    currency: str
    is_vat_included: bool
    lines: list[LineDraft] = field(default_factory=list)
    shop: str = ""
    kind: str = rules.SALE
    customer: int | None = None
    brand: str = ""
    country: str = ""
    channel: str = ""
    discount_code: str = ""
    discount: Decimal | None = None
    charges: Decimal | None = None
    refund: Decimal | None = None
    fees: Decimal | None = None
    is_cancelled: bool | None = None
    promised_on: date | None = None
    delivered_on: date | None = None
    of_order: int | None = None
    derives_kind: bool = False  # nothing says sale or return but the quantities


Mode = Literal["replace", "add"]


def write_order(
    draft: OrderDraft, *, there: Order | None, mode: Mode, rates: Rates, batch: int | None = None
) -> tuple[Order, int]:
    """Write an order; returns it and how many lines are new.

    "replace": the draft is all there is of it; lines equal in digest and place among equals stay.
    "add": all lines of the draft come on top of those that are there, and what is known of the order
    is only completed, in the way a file is brought together (`importers.orders`). Call it inside a
    transaction.
    """
    order = there or Order(number=draft.number, shop=draft.shop, kind=draft.kind)
    if there is None or mode == "replace":
        _take_over(order, draft)
    else:
        _complete(order, draft)
    if batch is not None:
        order.batch = batch
    products = _products(draft.lines)
    kept = list(there.lines.select_related("product").order_by("id")) if there else []
    lines, new, gone = _pair(kept, draft, products, order, mode)
    if draft.derives_kind:
        order.kind = _derived_kind(lines)
    _work_out(order, lines, rates)
    order.save()
    Line.objects.filter(pk__in=[line.pk for line in gone]).delete()
    for line in new:
        line.order = order
    stayed = [line for line in lines if line.pk is not None]
    Line.objects.bulk_update(stayed, ["position", "net_minor"])
    Line.objects.bulk_create(new)
    return order, len(new)


def _take_over(order: Order, draft: OrderDraft) -> None:
    """Let the order say what the draft says."""
    order.kind = draft.kind
    order.customer_id = draft.customer
    order.ordered_at, order.day = draft.ordered_at, draft.day
    order.currency, order.is_vat_included = draft.currency, draft.is_vat_included
    order.brand, order.country, order.channel = draft.brand, draft.country, draft.channel
    order.discount_code = draft.discount_code
    order.whole_discount_minor = _minor(draft.discount, draft.currency)
    order.whole_charges_minor = _minor(draft.charges, draft.currency)
    order.whole_refund_minor = _minor(draft.refund, draft.currency)
    order.fees_minor = None if draft.fees is None else _minor(draft.fees, draft.currency)
    order.is_cancelled = bool(draft.is_cancelled)
    order.promised_on, order.delivered_on = draft.promised_on, draft.delivered_on
    order.of_order_id = draft.of_order


def _complete(order: Order, draft: OrderDraft) -> None:
    """Add to an order what another row of it says: the least or greatest, as a whole file would."""
    if draft.ordered_at < order.ordered_at:
        order.ordered_at, order.day = draft.ordered_at, draft.day
    if order.customer_id is None:
        order.customer_id = draft.customer
    for name in ("brand", "country", "channel", "discount_code"):
        told, had = getattr(draft, name), getattr(order, name)
        setattr(order, name, min(told, had) if told and had else told or had)
    for name in ("promised_on", "delivered_on"):
        days = [day for day in (getattr(draft, name), getattr(order, name)) if day is not None]
        setattr(order, name, min(days, default=None))
    for name in ("discount", "charges", "refund"):
        own = f"whole_{name}_minor"
        setattr(order, own, max(getattr(order, own), _minor(getattr(draft, name), order.currency)))
    if draft.fees is not None:
        order.fees_minor = max(order.fees_minor or 0, _minor(draft.fees, order.currency))
    order.is_cancelled = order.is_cancelled or bool(draft.is_cancelled)
    order.of_order_id = order.of_order_id or draft.of_order


def _minor(amount: Decimal | None, currency: str) -> int:
    return 0 if amount is None else rules.to_minor(abs(amount), currency)


def _products(lines: Iterable[LineDraft]) -> dict[str, Product]:
    """Return the products of the lines by their codes; new ones are written down."""
    wanted = {line.sku: line for line in lines if line.sku}
    found = {p.sku: p for p in Product.objects.filter(sku__in=list(wanted))}
    for sku, line in wanted.items():
        if sku not in found:
            found[sku] = Product.objects.create(
                sku=sku, name=line.name, category=line.category, is_charge=line.is_charge
            )
    return found


def _pair(
    kept: Sequence[Line],
    draft: OrderDraft,
    products: dict[str, Product],
    order: Order,
    mode: Mode,
) -> tuple[list[Line], list[Line], list[Line]]:
    """Return all lines of the order as it will be, those that are new, and those that go."""
    if mode == "add":
        new = [_line(wanted, products.get(wanted.sku), order) for wanted in draft.lines]
        for place, line in enumerate(new, start=1 + max((k.position for k in kept), default=0)):
            line.position = place
        return [*kept, *new], new, []
    by_digest: dict[tuple[int, int], Line] = {}
    seen: Counter[int] = Counter()
    for line in kept:
        by_digest[line.content, seen[line.content]] = line
        seen[line.content] += 1
    told: Counter[int] = Counter()
    paired, new = [], []
    for place, wanted in enumerate(draft.lines, start=1):
        key = wanted.content, told[wanted.content]
        told[wanted.content] += 1
        found = by_digest.pop(key, None)
        if found is None:
            found = _line(wanted, products.get(wanted.sku), order)
            new.append(found)
        found.position = place
        paired.append(found)
    return paired, new, list(by_digest.values())


def _derived_kind(lines: Iterable[Line]) -> str:
    """Return whether lines make a sale or a return, where only their quantities tell."""
    has_sold = any(line.quantity > 0 and not line.is_charge for line in lines)
    return rules.RETURN if not has_sold and any(line.quantity < 0 for line in lines) else rules.SALE


def _line(draft: LineDraft, product: Product | None, order: Order) -> Line:
    exact = draft.quantity * draft.unit_price if draft.exact is None else draft.exact
    cost = draft.cost if draft.cost is not None else product.cost if product else None
    currency = order.currency
    return Line(
        product=product,
        name=draft.name if product is None or draft.name != product.name else "",
        is_charge=draft.is_charge or (product is not None and product.is_charge),
        quantity=draft.quantity,
        unit_price=draft.unit_price,
        amount_minor=rules.to_minor(exact, currency),
        discount_minor=rules.to_minor(draft.discount, currency),
        cost_minor=None if cost is None else rules.to_minor(cost * draft.quantity, currency),
        vat_rate=draft.vat_rate,
        content=draft.content,
    )


def _work_out(order: Order, lines: Sequence[Line], rates: Rates) -> None:
    """Work out the order's amounts, margin and digest from its lines."""
    facts = [line_facts(line, rates) for line in lines]
    amounts = rules.work_out(facts, whole_facts(order, rates))
    for line, net in zip(lines, amounts.net_minor, strict=True):
        line.net_minor = net
    order.total_minor = amounts.total_minor
    order.revenue_minor, order.charges_minor = amounts.revenue_minor, amounts.charges_minor
    order.discount_minor, order.cost_minor = amounts.discount_minor, amounts.cost_minor
    order.is_margin_assumed, order.units = amounts.is_margin_assumed, amounts.units
    order.is_purchase = amounts.is_purchase and not order.is_cancelled
    if order.pk is None:
        order.returned_minor = amounts.refund_minor
        order.returned_margin_minor = amounts.refund_margin_minor
    order.margin_minor = amounts.margin_minor - order.returned_margin_minor
    order.content = rules.order_digest(
        (line.content for line in lines),
        currency=order.currency,
        is_vat_included=order.is_vat_included,
    )


def line_facts(line: Line, rates: Rates) -> LineFacts:
    """Return a stored line as the rules take it."""
    product = line.product
    vat = line.vat_rate
    if vat is None:
        vat = (
            product.vat_rate if product is not None and product.vat_rate is not None else rates.vat
        )
    return LineFacts(
        quantity=line.quantity,
        unit_price=line.unit_price,
        amount_minor=line.amount_minor,
        discount_minor=line.discount_minor,
        cost_minor=line.cost_minor,
        margin=rates.of(product.category if product else ""),
        vat_rate=vat,
        is_charge=line.is_charge,
        content=line.content,
    )


def whole_facts(order: Order, rates: Rates) -> WholeFacts:
    """Return what is stated for the whole of a stored order as the rules take it."""
    is_sale = order.kind == rules.SALE
    return WholeFacts(
        kind=order.kind,
        discount_minor=order.whole_discount_minor if is_sale else 0,
        charges_minor=order.whole_charges_minor if is_sale else 0,
        refund_minor=order.whole_refund_minor if is_sale else 0,
        fees_minor=order.fees_minor if is_sale else None,
        is_vat_included=order.is_vat_included,
        vat_rate=rates.vat,
    )


def rework_order(order: Order, rates: Rates, *, charges: dict[int, bool] | None = None) -> None:
    """Work a stored order out anew; `charges` says of products whether they are charges now."""
    lines = list(order.lines.select_related("product").order_by("id"))
    for line in lines:
        if charges and line.product_id in charges:
            line.is_charge = charges[line.product_id]
    _work_out(order, lines, rates)
    order.save()
    Line.objects.bulk_update(lines, ["net_minor", "is_charge"])
