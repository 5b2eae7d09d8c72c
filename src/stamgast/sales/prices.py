"""What "was" may say beside "now": the lowest price of the thirty days before a reduction.

Directive 98/6/EC, article 6a; in the Netherlands article 5a of the Besluit prijsaanduiding producten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from stamgast.sales.errors import NoPriorPrice, NoReduction
from stamgast.sales.models import PriceSeen, Product

LOOKS_BACK = timedelta(days=30)
# Steps of one reduction that grows without a break may all name the price before the first.
PROGRESSIVE_FOR = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class WasNow:
    """What may be announced."""

    was: Decimal
    now: Decimal


def lowest_before(prices: Iterable[tuple[datetime, Decimal]], *, at: datetime) -> Decimal | None:
    """Return the lowest price in force in the thirty days before `at`.

    `prices` are the moments from which each price held, in any order. None when it is not known what
    the price was at the beginning of those days.
    """
    start = at - LOOKS_BACK
    before = sorted((since, price) for since, price in prices if since < at)
    at_start = [price for since, price in before if since <= start]
    if not at_start:
        return None
    return min([at_start[-1], *(price for since, price in before if since > start)])


def prior_price(product: Product, *, at: datetime) -> Decimal | None:
    """Return the lowest price of a product in the thirty days before `at`, or None."""
    seen = PriceSeen.objects.filter(product=product, since__lt=at).order_by("since", "pk")
    return lowest_before(seen.values_list("since", "price"), at=at)


def was_now(
    product: Product, now: Decimal, *, at: datetime, reduced_since: datetime | None = None
) -> WasNow:
    """Return what may be announced of a price that goes down; nothing to do with members' own points.

    `reduced_since` is when a reduction began that has grown step by step since, for three months at
    most. Refuses when the earlier prices are not known, and what is no reduction.
    """
    from_ = at
    if reduced_since is not None and at - PROGRESSIVE_FOR <= reduced_since <= at:
        from_ = reduced_since
    was = prior_price(product, at=from_)
    if was is None:
        raise NoPriorPrice(sku=product.sku)
    if now >= was:
        raise NoReduction(sku=product.sku, lowest=was)
    return WasNow(was, now)


def reduction_of(product: Product, *, at: datetime) -> WasNow | None:
    """Return what may be announced of the price a product has, or None where it is no reduction.

    For thirty days: after that the lower price is simply the price.
    """
    seen = (
        PriceSeen.objects.filter(product=product, since__lte=at).order_by("-since", "-pk").first()
    )
    if seen is None or seen.price != product.price or at - seen.since > LOOKS_BACK:
        return None
    try:
        return was_now(product, seen.price, at=seen.since)
    except (NoPriorPrice, NoReduction):
        return None
