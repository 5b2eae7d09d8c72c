"""Recording one order or return as a program tells it: by the shop's own number, safe to repeat."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from stamgast.customers.errors import CustomerErased, InTheFuture
from stamgast.customers.models import Customer
from stamgast.customers.queries import current
from stamgast.customers.rules import is_in_future
from stamgast.events.actions import tell
from stamgast.kernel import Refusal
from stamgast.kernel.money import CURRENCIES
from stamgast.sales import rules
from stamgast.sales.actions.rates import current_rates
from stamgast.sales.actions.returning import match_returns
from stamgast.sales.actions.writing import LineDraft, OrderDraft, write_order
from stamgast.sales.errors import (
    BadLine,
    BadOrderNumber,
    MoreReturnedThanBought,
    NoSuchOrder,
    OrderWithoutLines,
    ReturnedBeforeSold,
    UnknownCurrency,
)
from stamgast.sales.models import Line, Order
from stamgast.staff.queries import Who, actor, shop

Outcome = Literal["made", "changed", "unchanged"]
_MOST_PIECES, _MOST_MONEY = Decimal(1_000_000), Decimal(10) ** 9
_MILLIONTH, _THOUSANDTH = Decimal("0.000001"), Decimal("0.001")
_LENGTHS = {"shop": 60, "brand": 60, "country": 40, "channel": 40, "discount_code": 80}


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line, in major units; on a return the quantity and price are positive too."""

    quantity: Decimal
    unit_price: Decimal
    sku: str = ""
    name: str = ""
    category: str = ""
    discount: Decimal = Decimal(0)  # on the whole line
    cost: Decimal | None = None  # per unit, without VAT; None: not known
    vat_rate: Decimal | None = None  # per cent
    is_charge: bool = False


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a program tells of an order: all there is of it."""

    number: str
    ordered_at: datetime
    currency: str
    lines: Sequence[OrderLine]
    customer: Customer | None = None
    shop: str = ""
    brand: str = ""
    country: str = ""
    channel: str = ""
    discount_code: str = ""
    discount: Decimal | None = None  # on the order as a whole
    shipping: Decimal | None = None  # charged for it
    refund: Decimal | None = None  # paid back for it as a whole
    fees: Decimal | None = None  # what shipping and payment cost the shop, without VAT
    is_vat_included: bool | None = None  # None: as the shop is set up
    is_cancelled: bool = False
    promised_on: date | None = None
    delivered_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReturnFacts:
    """What a program tells of a return; `of_order` is the number of the order it came from."""

    number: str
    returned_at: datetime
    lines: Sequence[OrderLine]
    of_order: str = ""
    customer: Customer | None = None
    currency: str = ""  # empty: that of the order, else the shop's
    shop: str = ""
    is_vat_included: bool | None = None


class RecordedOrder(NamedTuple):
    """What became of an order: it, or why not."""

    order: Order | None
    outcome: Outcome | None
    refusal: Refusal | None = None


def record_order(facts: OrderFacts, *, at: datetime, by: Who = None) -> tuple[Order, Outcome]:
    """Write down an order by its number and shop; the same again changes nothing.

    An order told otherwise before is replaced. Refuses an unknown currency, an empty number, an order
    without lines, impossible quantities and amounts, the future, and an erased customer.
    """
    draft = _draft(facts, at)
    try:
        return _record(draft, at=at, by=by, event="order_recorded")
    except IntegrityError:  # the same order arrived twice at once
        return _record(draft, at=at, by=by, event="order_recorded")


def record_orders(
    many: Iterable[OrderFacts], *, at: datetime, by: Who = None
) -> list[RecordedOrder]:
    """Write down many orders, each in a transaction of its own; one refused stops no other."""
    results = []
    for facts in many:
        try:
            results.append(RecordedOrder(*record_order(facts, at=at, by=by)))
        except Refusal as refusal:
            results.append(RecordedOrder(None, None, refusal))
    return results


def record_return(facts: ReturnFacts, *, at: datetime, by: Who = None) -> tuple[Order, Outcome]:
    """Write down a return by its number and shop; the same again changes nothing.

    Refuses what record_order refuses; and where it names its order: an order that is not there, a
    return before it was bought, and more pieces than are left of what was bought.
    """
    sale = None
    if facts.of_order:
        number = facts.of_order.strip()
        sale = Order.objects.filter(number=number, shop=facts.shop, kind="sale").first()
        if sale is None:
            raise NoSuchOrder(number=number)
        if facts.returned_at < sale.ordered_at:
            raise ReturnedBeforeSold(number=number)
    draft = _return_draft(facts, sale, at)
    with transaction.atomic():
        if sale is not None:
            _refuse_more_than_bought(facts, sale)
        return _record(draft, at=at, by=by, event="return_recorded")


def record_returns(
    many: Iterable[ReturnFacts], *, at: datetime, by: Who = None
) -> list[RecordedOrder]:
    """Write down many returns, each in a transaction of its own; one refused stops no other."""
    results = []
    for facts in many:
        try:
            results.append(RecordedOrder(*record_return(facts, at=at, by=by)))
        except Refusal as refusal:
            results.append(RecordedOrder(None, None, refusal))
    return results


def cancel_order(order: Order, *, at: datetime, by: Who = None) -> Order:
    """Call an order off: it is no purchase any more; what came back of it stays with it."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=order.pk)
        if order.is_cancelled:
            return order
        order.is_cancelled, order.is_purchase = True, False
        order.save(update_fields=["is_cancelled", "is_purchase"])
        tell("order_cancelled", **_about(order, at=at, by=by))
        _match(order, {order.customer_id})
    return order


def _match(order: Order, customers: Iterable[int | None]) -> None:
    """Match returns anew: of these customers, and of the anonymous sale that this is or names."""
    whose = {customer for customer in customers if customer is not None}
    match_returns(whose, current_rates(), anonymous={order.of_order_id or order.pk})


def _record(draft: OrderDraft, *, at: datetime, by: Who, event: str) -> tuple[Order, Outcome]:
    rates = current_rates()
    with transaction.atomic():
        there = (
            Order.objects.select_for_update()
            .filter(number=draft.number, shop=draft.shop, kind=draft.kind)
            .first()
        )
        digest = rules.order_digest(
            (line.content for line in draft.lines),
            currency=draft.currency,
            is_vat_included=draft.is_vat_included,
        )
        if there is not None and there.content == digest and there.customer_id == draft.customer:
            return there, "unchanged"
        before = there.customer_id if there is not None else None
        order, _ = write_order(draft, there=there, mode="replace", rates=rates)
        about = _about(order, at=at, by=by, outcome="changed" if there else "made")
        if event == "order_recorded":
            tell("order_recorded", **about)
        else:
            tell("return_recorded", **about)
        if there is not None or _may_be_reduced(order):
            _match(order, {before, order.customer_id})
            order.refresh_from_db()
    return order, "changed" if there else "made"


def _may_be_reduced(order: Order) -> bool:
    """Say whether returns have to be matched after writing this new order: mostly there are none."""
    if order.kind == rules.RETURN or order.whole_refund_minor:
        return True
    theirs = Order.objects.filter(customer=order.customer_id, kind=rules.RETURN)
    return order.customer_id is not None and theirs.exists()


def _draft(facts: OrderFacts, at: datetime) -> OrderDraft:
    own = shop()
    _refuse_bad(facts.number, facts.currency, facts.lines, facts.ordered_at, at)
    for name, limit in _LENGTHS.items():
        if len(getattr(facts, name)) > limit:
            raise BadLine(line=0, field=name)
    for name in ("discount", "shipping", "refund", "fees"):
        amount = getattr(facts, name)
        if amount is not None and not _is_money(amount):
            raise BadLine(line=0, field=name)
    included = own.vat == "included" if facts.is_vat_included is None else facts.is_vat_included
    # What holds for the whole order goes into every line's digest: a change of it is a change.
    whole = [str(getattr(facts, name)) for name in _WHOLE]
    return OrderDraft(
        number=facts.number.strip(),
        shop=facts.shop,
        ordered_at=facts.ordered_at,
        day=facts.ordered_at.astimezone(ZoneInfo(own.zone)).date(),
        currency=facts.currency,
        is_vat_included=included,
        lines=[_line(line, whole, sign=1) for line in facts.lines],
        customer=_whom(facts.customer),
        brand=facts.brand,
        country=facts.country,
        channel=facts.channel,
        discount_code=facts.discount_code,
        is_cancelled=facts.is_cancelled,
        promised_on=facts.promised_on,
        delivered_on=facts.delivered_on,
        discount=facts.discount,
        charges=facts.shipping,
        refund=facts.refund,
        fees=facts.fees,
    )


_WHOLE = (
    "ordered_at", "brand", "country", "channel", "discount_code", "discount", "shipping", "refund",
    "fees", "is_cancelled", "promised_on", "delivered_on",
)  # fmt: skip


def _return_draft(facts: ReturnFacts, sale: Order | None, at: datetime) -> OrderDraft:
    own = shop()
    currency = facts.currency or (sale.currency if sale else own.currency)
    _refuse_bad(facts.number, currency, facts.lines, facts.returned_at, at)
    if sale is not None and currency != sale.currency:
        raise UnknownCurrency(currency=currency)
    included = facts.is_vat_included
    if included is None:
        included = sale.is_vat_included if sale is not None else own.vat == "included"
    whose = _whom(facts.customer)
    whole = [str(facts.returned_at), str(sale.pk if sale else "")]
    return OrderDraft(
        number=facts.number.strip(),
        shop=facts.shop,
        kind=rules.RETURN,
        ordered_at=facts.returned_at,
        day=facts.returned_at.astimezone(ZoneInfo(own.zone)).date(),
        currency=currency,
        is_vat_included=included,
        lines=[_line(line, whole, sign=-1) for line in facts.lines],
        customer=whose if whose is not None or sale is None else sale.customer_id,
        of_order=sale.pk if sale else None,
    )


def _whom(customer: Customer | None) -> int | None:
    if customer is None:
        return None
    if customer.erased_at is not None:
        raise CustomerErased(customer=customer.pk)
    return current(customer).pk


def _refuse_bad(
    number: str, currency: str, lines: Sequence[OrderLine], moment: datetime, at: datetime
) -> None:
    if not 0 < len(number.strip()) <= 64:
        raise BadOrderNumber()
    if currency not in CURRENCIES:
        raise UnknownCurrency(currency=currency)
    if is_in_future(moment, at):
        raise InTheFuture()
    if not lines:
        raise OrderWithoutLines()
    for place, line in enumerate(lines, start=1):
        if not _is_quantity(line.quantity):
            raise BadLine(line=place, field="quantity")
        for name in ("unit_price", "discount", "cost", "vat_rate"):
            amount = getattr(line, name)
            if amount is not None and not _is_money(amount):
                raise BadLine(line=place, field=name)
        if line.vat_rate is not None and not 0 <= line.vat_rate <= 100:
            raise BadLine(line=place, field="vat_rate")
        for name, limit in (("sku", 80), ("name", 200), ("category", 120)):
            if len(getattr(line, name)) > limit or "\x00" in getattr(line, name):
                raise BadLine(line=place, field=name)


def _is_quantity(quantity: Decimal) -> bool:
    is_number = quantity.is_finite() and abs(quantity) <= _MOST_PIECES
    return is_number and quantity.quantize(_THOUSANDTH, ROUND_HALF_UP) != 0


def _is_money(amount: Decimal) -> bool:
    return amount.is_finite() and abs(amount) < _MOST_MONEY


def _line(line: OrderLine, whole: list[str], *, sign: int) -> LineDraft:
    quantity = line.quantity.quantize(_THOUSANDTH, ROUND_HALF_UP)
    quantity = quantity if sign > 0 else -abs(quantity)
    price = line.unit_price.quantize(_MILLIONTH, ROUND_HALF_UP)
    told: list[Any] = [
        *(line.sku, line.name, line.category, quantity, price, line.discount, line.cost),
        *(line.vat_rate, line.is_charge, *whole),
    ]
    text = json.dumps([None if v is None else str(v) for v in told])
    return LineDraft(
        quantity=quantity,
        unit_price=price,
        content=rules.digest(f"told:{text}"),
        sku=line.sku.strip(),
        name=" ".join(line.name.split()),
        category=line.category,
        discount=abs(line.discount) if quantity > 0 else -abs(line.discount),
        cost=line.cost,
        vat_rate=line.vat_rate,
        is_charge=line.is_charge,
    )


def _refuse_more_than_bought(facts: ReturnFacts, sale: Order) -> None:
    """Refuse a return of more pieces of a product than the order still has."""
    lines = Line.objects.filter(order=sale, is_charge=False, quantity__gt=0)
    left: dict[str, Decimal] = defaultdict(Decimal)
    ids = []
    for pk, sku, quantity in lines.values_list("pk", "product__sku", "quantity"):
        left[sku or ""] += quantity
        ids.append(pk)
    earlier = Line.objects.filter(order__kind="return", order__of_order=sale).exclude(
        order__number=facts.number.strip(), order__shop=facts.shop
    )
    others = Line.objects.filter(of_line__in=ids, order__of_order=None)
    for sku, quantity in [
        *earlier.values_list("product__sku", "quantity"),
        *others.filter(order__customer=sale.customer_id).values_list("product__sku", "quantity"),
    ]:
        left[sku or ""] += quantity
    for line in facts.lines:
        if line.is_charge:
            continue
        sku = line.sku.strip()
        if abs(line.quantity) > left[sku]:
            raise MoreReturnedThanBought(sku=sku, left=str(max(left[sku], Decimal(0)).normalize()))
        left[sku] -= abs(line.quantity)


def _about(order: Order, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    return {
        "at": at,
        "actor": actor(by),
        "subject": "order",
        "subject_id": order.pk,
        "facts": facts,
    }
