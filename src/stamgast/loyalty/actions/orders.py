"""Orders that were recorded in `sales`: members earn by them, and what comes back is taken back.

The shop's own order number is the purchase's reference, so an order that went through the till as well
is one purchase and earns once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Concat

from stamgast.customers.errors import KeyReused
from stamgast.database.prepared import first
from stamgast.loyalty import queries
from stamgast.loyalty.actions.checkouts import record_purchase
from stamgast.loyalty.actions.members import join_programme
from stamgast.loyalty.actions.returns import ReturnedLine, return_order, take_difference
from stamgast.loyalty.book.operation import FOREVER
from stamgast.loyalty.codes.rules import spread
from stamgast.loyalty.errors import CheckoutClosed, NoSuchCheckout, OtherCurrency, ReturnTooLarge
from stamgast.loyalty.models import Checkout, Member, Programme
from stamgast.loyalty.parts import Basket, parts
from stamgast.loyalty.referrals.actions import bring_friend
from stamgast.loyalty.referrals.errors import ReferralRefused
from stamgast.loyalty.referrals.queries import invitations
from stamgast.loyalty.rules import BoughtLine
from stamgast.sales.models import Line, Order
from stamgast.staff.queries import shop

_BY = "orders"


def follow_order(order: Order, *, at: datetime) -> Checkout | None:
    """Bring a member's points where this order as it stands now wants them; None for nobody's.

    A new order earns, a changed one earns anew, one called off gives back what it did. Doing it again
    changes nothing.
    """
    _note_friend(order)
    with transaction.atomic():
        ref = queries.reference_of(order)
        before = first(queries.locked_checkouts(ref))
        if order.is_cancelled:
            return _called_off(before, at=at)
        member, basket = _member(order, before, at), _basket(order)
        if member is not None and before is not None and _is_other(before, basket):
            _step_aside(before, at=at)
        if member is None or basket is None:
            return _no_longer_theirs(order, before, basket, at=at)
        when = min(order.ordered_at, at)  # a file may date an order a little ahead of our clock
        try:
            checkout, is_new = record_purchase(basket, member, at=at, ordered_at=when, by=_BY)
        except (KeyReused, CheckoutClosed):  # it went through the till, which knows better
            return before
        except OtherCurrency:
            return None
        if is_new:
            Checkout.objects.filter(pk=checkout.pk).update(is_from_order=True)
        _take_refund(order, checkout, at=at)
        if is_new and (before is not None or order.returned_minor):
            for returned in _returns_of(order):
                follow_return(returned, at=at)
    return checkout


def _note_friend(order: Order) -> None:
    """Note who brought the customer, when they ordered with an invitation: also who is no member."""
    texts = [order.discount_code] if order.discount_code else []
    if order.customer is None or order.is_cancelled or not invitations(texts):
        return
    with suppress(ReferralRefused):
        ref = queries.reference_of(order)
        bring_friend(texts[0], order.customer, at=order.ordered_at, by=_BY, but=ref)


def orders_of_file(batch: int) -> QuerySet[Order]:
    """Return the sales of a file that may earn or bring a friend, and those that earned before."""
    settings = queries.programme()
    since = queries.files_earn_since(settings)
    is_news = Q(customer__isnull=False, ordered_at__gte=since)
    may_earn = is_news & (_of_members(settings) | ~Q(discount_code=""))
    return _sales().filter(may_earn | Q(_did_earn()), batch=batch)


def orders_since_start(*, until: datetime) -> QuerySet[Order]:
    """Return sales up to a moment that earned nothing yet and may do so now; later ones tell themselves."""
    settings = queries.programme()
    is_new = Q(batch=None) | Q(ordered_at__gte=queries.files_earn_since(settings))
    return _sales().filter(
        is_new,
        _of_members(settings),
        ~_did_earn(),
        ordered_at__gte=settings.started_at or FOREVER,
        ordered_at__lte=until,
        is_cancelled=False,
    )


def _of_members(settings: Programme) -> Q:
    """Find orders of who took part then, or of everybody where buying makes a member."""
    if settings.joining == Programme.Joining.FIRST_ORDER:
        return Q(customer__isnull=False)
    took_part = Member.objects.filter(
        customer=OuterRef("customer"),
        merged_into=None,
        left_at=None,
        joined_at__lte=OuterRef("ordered_at"),
    )
    return Q(Exists(took_part))


def _sales() -> QuerySet[Order]:
    ref = Case(When(shop="", then=F("number")), default=Concat("shop", Value(":"), "number"))
    sales = Order.objects.filter(kind=Order.Kind.SALE).annotate(ref=ref)
    return sales.select_related("customer").order_by("ordered_at", "pk")


def _did_earn() -> Exists:
    return Exists(Checkout.objects.filter(ref=OuterRef("ref")))


def _returns_of(order: Order) -> QuerySet[Order]:
    lines = Line.objects.filter(of_line__in=order.lines.values("pk"))
    told = Q(of_order=order) | Q(pk__in=lines.values("order"))
    return Order.objects.filter(told, kind=Order.Kind.RETURN).order_by("pk")


def follow_return(returned: Order, *, at: datetime) -> int:
    """Take back what came back of orders that earned; returns of how many purchases."""
    lines = list(returned.lines.filter(is_charge=False, quantity__lt=0).select_related("product"))
    sold = Line.objects.select_related("order", "product").in_bulk(
        [line.of_line for line in lines if line.of_line is not None]
    )
    by_order: dict[int, list[ReturnedLine]] = {}
    orders: dict[int, Order] = {}
    for line in lines:
        sale = sold[line.of_line].order if line.of_line in sold else returned.of_order
        if sale is not None:
            orders[sale.pk] = sale
            sku = _sku(sold.get(line.of_line or 0, line))
            by_order.setdefault(sale.pk, []).append(ReturnedLine(sku, abs(line.quantity)))
    return sum(
        _took(orders[pk], returned, pieces, at=at) for pk, pieces in sorted(by_order.items())
    )


def reward_orders(orders: Iterable[Order], *, at: datetime) -> int:
    """Let orders of the past earn, each in a transaction of its own; returns how many did."""
    return sum(follow_order(order, at=at) is not None for order in orders)


def follow_returns(returns: Iterable[Order], *, at: datetime) -> int:
    """Take back what came back, each in a transaction of its own; returns of how many purchases."""
    return sum(follow_return(returned, at=at) for returned in returns)


def _took(order: Order, returned: Order, pieces: list[ReturnedLine], *, at: datetime) -> bool:
    try:
        return_order(
            queries.reference_of(order), return_ref=returned.number, lines=pieces, at=at, by=_BY
        )
    except (NoSuchCheckout, CheckoutClosed):  # it earned nothing
        return False
    except KeyReused:  # the till told of this return before
        return False
    except ReturnTooLarge:  # so did another return
        return False
    return True


def _member(order: Order, before: Checkout | None, at: datetime) -> Member | None:
    settings = queries.programme()
    if order.customer is None or not queries.is_running(settings, order.ordered_at):
        return None
    is_new = before is None and order.batch is not None
    if is_new and order.ordered_at < queries.files_earn_since(settings):
        return None
    member = queries.member_of(order.customer)
    joins = settings.joining == Programme.Joining.FIRST_ORDER
    if member is None and joins and order.is_purchase:
        member, _ = join_programme(order.customer, at=at, joined_at=order.ordered_at, by=_BY)
    if member is None or member.left_at is not None or member.joined_at > order.ordered_at:
        return None
    return member


def _sku(line: Line) -> str:
    return line.product.sku if line.product else line.name


def _basket(order: Order) -> Basket | None:
    """Return what was bought, VAT included, per line that is a product.

    With a code the lines are told before what it took off: the discount on the order as a whole, or
    that on its lines where it states none. What was paid for them stands beside it.
    """
    products = order.lines.filter(is_charge=False, quantity__gt=0)
    kept = products.filter(amount_minor__gte=F("discount_minor")).select_related("product")
    rows = list(kept.order_by("position"))
    after_own = [row.amount_minor - row.discount_minor for row in rows]
    whole = min(order.whole_discount_minor, sum(after_own))
    usual = shop().vat_rate
    lines, paid = [], []
    for row, told, off in zip(rows, after_own, spread(whole, after_own), strict=True):
        before = told - off
        if order.discount_code:
            before = told if whole else row.amount_minor
        rate = row.vat_rate if row.vat_rate is not None else usual
        add = Decimal(0) if order.is_vat_included else rate
        category = row.product.category if row.product else ""
        lines.append(BoughtLine(_sku(row), category, row.quantity, _with_vat(before, add)))
        paid.append(_with_vat(told - off, add))
    codes = [order.discount_code] if order.discount_code else []
    return (
        Basket(queries.reference_of(order), order.currency, lines, codes, paid=paid)
        if lines
        else None
    )


def _with_vat(net_minor: int, rate: Decimal) -> int:
    gross = net_minor * (100 + rate) / 100
    return int(gross.to_integral_value(rounding=ROUND_HALF_UP))


def _is_other(before: Checkout, basket: Basket | None) -> bool:
    """Say whether an order says something else now than when it was last followed."""
    if before.status != Checkout.Status.COMMITTED or not before.is_from_order:
        return False
    if basket is None:
        return True
    kept = [
        (line["sku"], line["quantity"], line["amount_minor"], _left_of(line))
        for line in before.lines
    ]
    told = [
        (line.sku, int(line.quantity * 1000), line.amount_minor, paid)
        for line, paid in zip(basket.lines, basket.paid or (), strict=True)
    ]
    return (kept, before.codes) != (told, list(basket.codes))


def _left_of(line: Mapping[str, Any]) -> int:
    """Return what was left to pay of a line as a purchase keeps it."""
    return int(line["amount_minor"] - line.get("off_minor", 0))


def _step_aside(before: Checkout, *, at: datetime) -> None:
    """Take back all that an order did before it was changed, and leave its number to the new one."""
    for part in parts():
        part.undo(before, at=at, by=_BY)
    _return_all(before, "changed", at=at)
    before.status = Checkout.Status.REPLACED
    Checkout.objects.filter(pk=before.pk).update(
        ref=f"{before.ref[:100]}~{before.pk}", status=before.status
    )


def _no_longer_theirs(
    order: Order, before: Checkout | None, basket: Basket | None, *, at: datetime
) -> Checkout | None:
    """Follow what went out of an order that earned before its buyer left; else it is nobody's."""
    if before is None or before.status != Checkout.Status.COMMITTED:
        return None
    if before.is_from_order:
        take_difference(before, basket, at=at, by=_BY)
    _take_refund(order, before, at=at)
    return before


def _called_off(before: Checkout | None, *, at: datetime) -> Checkout | None:
    if before is not None and before.status == Checkout.Status.COMMITTED:
        _return_all(before, "cancelled", at=at)
    return before


def _return_all(checkout: Checkout, why: str, *, at: datetime) -> None:
    return_order(checkout.ref, return_ref=why, at=at, by=_BY)


def _take_refund(order: Order, checkout: Checkout, *, at: datetime) -> None:
    """Take back what was paid back of the order as a whole, past what came back of that so far."""
    if order.whole_refund_minor <= 0:
        return
    checkout.refresh_from_db(fields=["lines", "returned_minor"])
    so_far = checkout.returned_minor - sum(line.get("less_minor", 0) for line in checkout.lines)
    amount = min(order.whole_refund_minor, sum(map(_left_of, checkout.lines))) - so_far
    if amount > 0:
        ref = f"refund:{so_far + amount}"
        # What came back in pieces says it already, or the till told of it by this name.
        with suppress(ReturnTooLarge, KeyReused):
            return_order(checkout.ref, return_ref=ref, amount_minor=amount, at=at, by=_BY)
