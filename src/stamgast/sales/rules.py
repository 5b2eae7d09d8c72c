"""How an order's amounts are worked out: values in, values out.

The same arithmetic stands in `in_bulk.py` for many orders at once; a test holds the two together.
All rounding is half up (away from zero), in whole numbers, so that both come to the same cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from hashlib import md5

from stamgast.kernel import Money, minor_digits

DEFAULT_MARGIN = Decimal("0.40")
SALE, RETURN = "sale", "return"


def to_minor(amount: Decimal, currency: str) -> int:
    """Return an amount in whole minor units, rounded half up."""
    scaled = amount.scaleb(minor_digits(currency))
    return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))


def part_of(whole: int, numerator: int, denominator: int) -> int:
    """Return whole times numerator over denominator (positive), rounded half away from zero."""
    product = whole * numerator
    half = (2 * abs(product) + denominator) // (2 * denominator)
    return half if product >= 0 else -half


def without_vat(minor: int, rate: Decimal) -> int:
    """Take VAT out of an amount that includes it; the rate is in per cent, two decimals count."""
    hundredths = int(rate * 100)
    return part_of(minor, 10_000, 10_000 + hundredths)


def assumed_cost(net_minor: int, margin: Decimal) -> int:
    """Return the cost of goods that goes with a margin rate (a share, four decimals count)."""
    return net_minor - part_of(net_minor, int(margin * 10_000), 10_000)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of one line before its amounts are worked out."""

    quantity: Decimal
    unit_price: Decimal
    amount_minor: int
    discount_minor: int = 0
    cost_minor: int | None = None  # of the whole line; None where no cost is known
    margin: Decimal = DEFAULT_MARGIN  # assumed where no cost is known
    vat_rate: Decimal = Decimal(0)
    is_charge: bool = False
    content: int = 0


@dataclass(frozen=True, slots=True)
class WholeFacts:
    """What the source states for the order as a whole."""

    kind: str = SALE
    discount_minor: int = 0
    charges_minor: int = 0
    refund_minor: int = 0
    fees_minor: int | None = None
    is_vat_included: bool = False
    vat_rate: Decimal = Decimal(0)  # for what is stated for the whole order


@dataclass(slots=True)
class Amounts:
    """An order worked out, before the returns of its lines."""

    net_minor: list[int] = field(default_factory=list)  # per line
    total_minor: int = 0
    revenue_minor: int = 0
    charges_minor: int = 0
    discount_minor: int = 0
    cost_minor: int = 0
    margin_minor: int = 0
    refund_minor: int = 0  # of what is stated for the whole order, without VAT
    refund_margin_minor: int = 0
    units: int = 0
    is_margin_assumed: bool = False
    is_purchase: bool = False


def work_out(lines: Sequence[LineFacts], whole: WholeFacts) -> Amounts:
    """Work out an order from its lines and what is stated for it as a whole."""
    result = Amounts(total_minor=sum(line.amount_minor for line in lines))
    shares = _share_discount(lines, whole.discount_minor)
    units = Decimal(0)
    for line, share in zip(lines, shares, strict=True):
        paid = line.amount_minor - line.discount_minor - share
        listed = line.amount_minor
        if whole.is_vat_included:
            paid, listed = without_vat(paid, line.vat_rate), without_vat(listed, line.vat_rate)
        result.net_minor.append(paid)
        if line.is_charge:
            result.charges_minor += paid
            continue
        result.revenue_minor += paid
        result.discount_minor += listed - paid
        units += line.quantity
        if line.cost_minor is None:
            result.cost_minor += assumed_cost(paid, line.margin)
            result.is_margin_assumed = result.is_margin_assumed or paid != 0
        else:
            result.cost_minor += line.cost_minor
        is_bought = whole.kind == SALE and line.quantity > 0 and line.unit_price > 0
        result.is_purchase = result.is_purchase or is_bought
    result.units = int(units.to_integral_value(rounding=ROUND_HALF_UP))
    _finish(result, whole)
    return result


def _finish(result: Amounts, whole: WholeFacts) -> None:
    """Add what is stated for the whole order, and the margin."""
    charges, refund = whole.charges_minor, whole.refund_minor
    if whole.is_vat_included:
        charges, refund = without_vat(charges, whole.vat_rate), without_vat(refund, whole.vat_rate)
    result.charges_minor += charges
    fees = result.charges_minor if whole.fees_minor is None else whole.fees_minor
    result.margin_minor = result.revenue_minor + result.charges_minor - result.cost_minor - fees
    result.refund_minor, result.refund_margin_minor = refund_of(
        refund, result.revenue_minor, result.cost_minor
    )


def refund_of(refund_minor: int, revenue_minor: int, cost_minor: int) -> tuple[int, int]:
    """Return what a refund for the whole order takes off revenue and margin.

    Never more than the revenue. The goods come back in proportion, so their cost is saved.
    """
    taken = max(0, min(refund_minor, revenue_minor))
    if not taken:
        return 0, 0
    return taken, taken - part_of(cost_minor, taken, revenue_minor)


def _share_discount(lines: Sequence[LineFacts], discount_minor: int) -> list[int]:
    """Split a discount on the whole order over its products by what each costs after its own.

    The largest remainders get the odd cents; between equals the lines' digests decide, so that the
    order of lines does not matter. Without products the discount is on the charges.
    """
    for wanted in (False, True):
        order = sorted(
            (i for i, line in enumerate(lines) if line.is_charge is wanted and _worth(line) > 0),
            key=lambda i: (lines[i].content, i),
        )
        weights = [_worth(lines[i]) for i in order]
        if order and discount_minor > 0:
            parts = Money(min(discount_minor, sum(weights)), "EUR").split(weights)
            shares = [0] * len(lines)
            for i, part in zip(order, parts, strict=True):
                shares[i] = part.minor
            return shares
    return [0] * len(lines)


def _worth(line: LineFacts) -> int:
    return line.amount_minor - line.discount_minor


# --- identity ----------------------------------------------------------------------------------


def digest(text: str) -> int:
    """Return 63 bits of the text's MD5; the engine works out the same (`md5_number_lower`)."""
    return int.from_bytes(md5(text.encode(), usedforsecurity=False).digest()[8:], "little") >> 1


def order_digest(contents: Iterable[int], *, currency: str, is_vat_included: bool) -> int:
    """Return what tells whether an order changed; its lines may come in any order."""
    every = list(contents)
    vat = "true" if is_vat_included else "false"
    return digest(f"{len(every)}:{sum(every)}:{currency}:{vat}")


# --- returns -----------------------------------------------------------------------------------


THOUSAND = 1000  # quantities are counted in thousandths of a piece here


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a sale that something may have come back of."""

    id: int
    order: int
    customer: int
    product: int
    at: str  # a moment that can be compared
    quantity: int  # thousandths
    net_minor: int
    cost_minor: int | None  # None: unknown, then the margin is assumed
    margin: Decimal = DEFAULT_MARGIN
    sort: tuple[str, int] = ("", 0)  # between sales at one moment: number, digest


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line of a return: its quantity and refund as positive figures."""

    id: int
    customer: int
    product: int
    at: str
    quantity: int  # thousandths
    refund_minor: int
    saved_minor: int | None = None  # what the goods are worth again; None: what they had cost
    of_order: int | None = None
    sort: tuple[str, int] = ("", 0)


def match_returns(
    returned: Iterable[ReturnedLine], sold: Iterable[SoldLine]
) -> dict[int, int | None]:
    """Say which line of a sale every returned line reduces, or None.

    Each return, oldest first, takes the customer's latest sale of the product before it that has
    enough left; one that names its order looks there only.
    """
    shelves: dict[tuple[int, int], list[SoldLine]] = defaultdict(list)
    for line in sold:
        shelves[line.customer, line.product].append(line)
    for shelf in shelves.values():
        shelf.sort(key=lambda line: (line.at, line.sort), reverse=True)
    left = {line.id: line.quantity for shelf in shelves.values() for line in shelf}
    found: dict[int, int | None] = {}
    # Who names an order goes first: nobody else may use up what was bought there.
    for back in sorted(returned, key=lambda b: (b.of_order is None, b.at, b.sort, -b.quantity)):
        found[back.id] = None
        for line in shelves.get((back.customer, back.product), ()):
            fits = line.at <= back.at if back.of_order is None else line.order == back.of_order
            if fits and left[line.id] >= back.quantity:
                left[line.id] -= back.quantity
                found[back.id] = line.id
                break
    return found


def returned_of(
    matches: Mapping[int, int | None], returned: Iterable[ReturnedLine], sold: Iterable[SoldLine]
) -> dict[int, tuple[int, int]]:
    """Return per order what came back of its lines: revenue, and margin.

    Of a line never more comes back than was paid for it; what the goods are worth again is saved.
    """
    lines = {line.id: line for line in sold}
    whole: dict[int, int] = defaultdict(int)  # pieces that are worth again what they had cost
    saved: dict[int, int] = defaultdict(int)
    refund: dict[int, int] = defaultdict(int)
    for back in returned:
        of_line = matches.get(back.id)
        if of_line is None:
            continue
        refund[of_line] += back.refund_minor
        if back.saved_minor is None:
            whole[of_line] += back.quantity
        else:
            saved[of_line] += back.saved_minor
    taken: dict[int, tuple[int, int]] = {}
    for name, paid_back in refund.items():
        line = lines[name]
        revenue = max(0, min(paid_back, line.net_minor))
        own = line.cost_minor
        own = assumed_cost(line.net_minor, line.margin) if own is None else own
        cost = saved[name] + part_of(own, whole[name], line.quantity)
        before = taken.get(line.order, (0, 0))
        taken[line.order] = before[0] + revenue, before[1] + revenue - cost
    return taken
