"""What codes are worth at this moment, and who is about to use them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Count, QuerySet, Sum

from stamgast.customers.models import Customer
from stamgast.loyalty.codes import rules
from stamgast.loyalty.codes.rules import Buyer, Terms
from stamgast.loyalty.models.codes import CodeCount, CodeSet, CodeUse, DiscountCode
from stamgast.loyalty.tiers.queries import tiers_at
from stamgast.sales.models import Order
from stamgast.scoring.queries import score_of


def buyer_of(customer: Customer | None, sets: Iterable[CodeSet], *, at: datetime) -> Buyer:
    """Return of who is about to buy what the conditions of these sets ask."""
    if customer is None:
        return Buyer()
    sets = list(sets)
    buyer = Buyer(id=customer.pk)
    if any(one.is_first_order for one in sets):
        bought = Order.objects.filter(
            customer=customer, is_purchase=True, is_cancelled=False, ordered_at__lt=at
        )
        buyer = replace(buyer, orders=bought.count())
    if any(one.stages for one in sets):
        score = score_of(customer)
        buyer = replace(buyer, stage=score.stage if score else "")
    if any(one.tiers for one in sets):
        buyer = replace(buyer, tiers=frozenset(tiers_at(customer, at=at)))
    return buyer


def found_codes(texts: Iterable[str]) -> dict[str, DiscountCode]:
    """Return the codes that were typed, by their tidied text, with their sets."""
    wanted = {rules.tidy_code(text) for text in texts}
    rows = DiscountCode.objects.filter(text__in=wanted).select_related("code_set")
    return {row.text: row for row in rows}


def terms_of(row: DiscountCode, buyer: Buyer, *, at: datetime) -> Terms:
    """Return a code with its conditions; what is held beyond its time counts as free."""
    of_set = row.code_set
    expired = _Overdue(row, buyer, at=at)
    ends = [end for end in (of_set.ends_at, row.valid_until) if end is not None]
    terms = Terms(
        text=row.text,
        kind=of_set.kind,
        percent=of_set.percent,
        amount_minor=of_set.amount_minor,
        currency=of_set.currency,
        most_minor=of_set.most_minor,
        least_order_minor=of_set.least_order_minor,
        skus=frozenset(of_set.skus),
        categories=frozenset(of_set.categories),
        stages=frozenset(of_set.stages),
        tiers=frozenset(of_set.tiers),
        is_first_order=of_set.is_first_order,
        starts_at=of_set.starts_at,
        ends_at=min(ends) if ends else None,
        is_exclusive=of_set.is_exclusive,
        family=of_set.family,
        rank=of_set.rank,
        owner=row.customer_id,
        is_closed=row.blocked_at is not None or of_set.closed_at is not None,
        is_used_up=_is_full(of_set.uses_per_code, row.uses, expired.of_code)
        or _is_full(of_set.uses_most, of_set.uses, expired.of_set),
        is_used_by_buyer=_is_used_by(row, buyer, expired),
        is_limited_per_buyer=of_set.uses_per_customer is not None,
    )
    if of_set.budget_minor is not None:
        left = of_set.budget_minor - of_set.spent_minor + expired.amount_of_set()
        terms = replace(terms, budget_left_minor=left)
    if row.balance_minor is not None:
        terms = replace(terms, balance_minor=row.balance_minor + expired.amount_of_code())
    return terms


def _is_full(most: int | None, uses: int, overdue: Callable[[], int]) -> bool:
    """Say whether a limit is reached; what is overdue is counted only where that matters."""
    return most is not None and uses >= most and uses - overdue() >= most


def _is_used_by(row: DiscountCode, buyer: Buyer, overdue: _Overdue) -> bool:
    most = row.code_set.uses_per_customer
    if most is None or buyer.id is None:
        return False
    count = CodeCount.objects.filter(code_set=row.code_set, customer=buyer.id).first()
    return count is not None and _is_full(most, count.uses, overdue.of_buyer)


class _Overdue:
    """What is held of a code and its set though its time is over."""

    def __init__(self, row: DiscountCode, buyer: Buyer, *, at: datetime) -> None:
        held = CodeUse.objects.filter(state="held", expires_at__lte=at)
        self._of_code = held.filter(code=row)
        self._of_set = held.filter(code__code_set=row.code_set_id)
        self._buyer = buyer.id

    def of_code(self) -> int:
        return self._of_code.count()

    def of_set(self) -> int:
        return self._of_set.count()

    def of_buyer(self) -> int:
        return self._of_set.filter(customer=self._buyer).count()

    def amount_of_code(self) -> int:
        return self._of_code.aggregate(all=Sum("amount_minor"))["all"] or 0

    def amount_of_set(self) -> int:
        return self._of_set.aggregate(all=Sum("amount_minor"))["all"] or 0


def sets() -> QuerySet[CodeSet]:
    """Return all sets with how many codes each has, the newest first."""
    return CodeSet.objects.annotate(codes_made=Count("codes")).order_by("closed_at", "-pk")


_AT_A_TIME = 10_000


def code_texts(code_set: CodeSet, *, only_free: bool = True) -> Iterator[str]:
    """Yield the codes of a set, or those that nobody has and used yet, however many there are.

    They are read in short turns, so that a slow reader holds nothing up.
    """
    rows = code_set.codes.filter(customer=None, uses=0) if only_free else code_set.codes.all()
    last = 0
    while True:
        some = list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "text")[:_AT_A_TIME])
        yield from (text for _, text in some)
        if len(some) < _AT_A_TIME:
            return
        last = some[-1][0]


def codes_of(customer: Customer, *, at: datetime) -> list[DiscountCode]:
    """Return the codes that are this customer's own, those that still hold first."""
    rows = DiscountCode.objects.filter(customer=customer).select_related("code_set")
    return sorted(rows, key=lambda row: (not holds(row, at=at), -row.pk))


def holds(row: DiscountCode, *, at: datetime) -> bool:
    """Say whether a customer may still use a code of their own, as far as the code itself goes."""
    terms = terms_of(row, Buyer(id=row.customer_id), at=at)
    is_over = terms.is_closed or terms.is_used_up or terms.is_used_by_buyer
    is_empty = terms.kind == "gift_card" and not terms.balance_minor
    return not (is_over or is_empty or (terms.ends_at is not None and at >= terms.ends_at))


def uses_of(key: str) -> Sequence[CodeUse]:
    """Return the codes in one checkout, in the order in which they are locked."""
    rows = CodeUse.objects.filter(key=key).select_related("code__code_set")
    return list(rows.order_by("code__code_set_id", "code_id"))
