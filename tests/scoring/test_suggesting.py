"""What may suit whom: worked out from the shop's own orders, shown at once, and never what is gone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from scoring.shops import AS_OF, make_customers
from stamgast.customers.actions import object_to_profiling
from stamgast.customers.models import Customer
from stamgast.events.models import Event
from stamgast.sales.models import Line, Order, Product
from stamgast.scoring.errors import NothingToScore
from stamgast.scoring.models import CurrentRun, Run, Suggestion
from stamgast.scoring.queries import suggestions_of
from stamgast.scoring.suggesting import suggest_products

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def silently(share: float, doing: str) -> None:
    """Show no progress."""


def bought(who: Customer, day: date, *products: Product, at: datetime) -> None:
    order = Order.objects.create(
        customer=who, number=f"{who.pk}-{day}", ordered_at=at - (at.date() - day), day=day,
        currency="EUR", total_minor=1000, revenue_minor=1000, margin_minor=400, is_purchase=True,
    )  # fmt: skip
    for place, product in enumerate(products, 1):
        Line.objects.create(
            order=order, position=place, product=product, quantity=1, unit_price=10,
            amount_minor=1000, net_minor=1000, cost_minor=600,
        )  # fmt: skip


def show(at: datetime) -> Run:
    run = Run.objects.create(as_of=AS_OF, status="ready", started_at=at, ended_at=at)
    CurrentRun.objects.update_or_create(pk=1, defaults={"run": run})
    return run


def test_refuses_before_the_first_scoring(at: datetime) -> None:
    with pytest.raises(NothingToScore):
        suggest_products(at=at, progress=silently)


def test_suggests_from_orders_shows_at_once_and_forgets_the_old(at: datetime) -> None:
    beans, mill, cup = (
        Product.objects.create(sku=s, name=s.title()) for s in ("beans", "mill", "cup")
    )
    everybody = make_customers(62, at)
    both, others, few = everybody[:20], everybody[20:60], everybody[60:]
    for who in both:
        for ago in (90, 60, 30):
            bought(who, AS_OF - ago * DAY, beans, *([mill] if ago == 60 else []), at=at)
    for who in others:
        bought(who, AS_OF - 20 * DAY, cup, at=at)
    anna, bram = few
    for who in few:
        bought(who, AS_OF - 25 * DAY, beans, at=at)
    object_to_profiling(bram, at=at, by="test")
    run = show(at)
    written = suggest_products(at=at, progress=silently)
    assert written == Suggestion.objects.filter(run=run).count() > 20
    told = {one.kind: one for one in suggestions_of(anna)}
    assert (told["together"].product, told["together"].because) == (mill, beans)
    assert (told["again"].product, told["again"].days) == (beans, 30)
    assert told["again"].due_on == AS_OF + 5 * DAY
    assert suggestions_of(bram) == []
    assert Event.objects.get(kind="products_suggested").facts == {"suggestions": written}
    # The same scores again change nothing; new ones replace what was shown.
    assert suggest_products(at=at, progress=silently) == written
    Product.objects.filter(pk=mill.pk).update(in_stock=False)
    assert [one.kind for one in suggestions_of(anna)] == ["again"]
    newer = show(at)
    suggest_products(at=at, progress=silently)
    assert set(Suggestion.objects.values_list("run", flat=True)) == {newer.pk}
    assert not Suggestion.objects.filter(product=mill).exists()
