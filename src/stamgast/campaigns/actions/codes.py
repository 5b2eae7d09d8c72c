"""Discount codes of the shop's own: taken in, and found back in orders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from stamgast.campaigns import rules
from stamgast.campaigns.actions.programme import used_at_checkout
from stamgast.campaigns.errors import BadCampaign, BadCodes
from stamgast.campaigns.models import Assignment, Code, CodeList, Delivery
from stamgast.customers.rules import tidy
from stamgast.events.actions import tell
from stamgast.measurement.models import Cost
from stamgast.sales.models import Order
from stamgast.staff.queries import Who, actor, employee
from stamgast.strategy.actions import settle

_AT_ONCE = 400
# Clocks of shop and mail differ a little, and an order carries the moment it was begun.
_BEFORE = timedelta(days=1)
# So long after its end a code may still turn up, in orders that came in late.
_LATEST = timedelta(days=180)


def make_code_list(name: str, text: str, *, at: datetime, by: Who = None) -> CodeList:
    """Take in a list of the shop's own codes, pasted or from a CSV, to hand out once each.

    Refuses no name or one that is taken, no code at all, one that is there twice, and one that
    another list has.
    """
    clean = tidy(name)
    if not 1 <= len(clean) <= 80:
        raise BadCampaign(field="name")
    codes = rules.read_codes(text)
    try:
        with transaction.atomic():
            row = CodeList.objects.create(name=clean, made_at=at, made_by=employee(by))
    except IntegrityError:
        raise BadCampaign(field="name") from None
    with transaction.atomic():
        _add(row, codes)
        _tell(row, len(codes), at=at, by=by)
    return row


def add_codes(code_list: CodeList, text: str, *, at: datetime, by: Who = None) -> int:
    """Add codes to a list; those it has already are passed over. Returns how many are new.

    Refuses what `make_code_list` refuses.
    """
    with transaction.atomic():
        row = CodeList.objects.select_for_update().get(pk=code_list.pk)
        there = set(Code.objects.filter(list=row).values_list("text", flat=True))
        new = [code for code in rules.read_codes(text) if code not in there]
        _add(row, new)
        if new:
            _tell(row, len(new), at=at, by=by)
    return len(new)


def _add(row: CodeList, codes: list[str]) -> None:
    for start in range(0, len(codes), _AT_ONCE):
        part = codes[start : start + _AT_ONCE]
        taken = Code.objects.filter(text__in=part).values_list("text", flat=True).first()
        if taken is not None:
            raise BadCodes(line=codes.index(taken) + 1, problem="taken")
    Code.objects.bulk_create((Code(list=row, text=code) for code in codes), batch_size=_AT_ONCE)


def _tell(row: CodeList, codes: int, *, at: datetime, by: Who) -> None:
    tell(
        "codes_added",
        at=at,
        actor=actor(by),
        subject="code_list",
        subject_id=row.pk,
        facts={"codes": codes},
    )


def settle_used_codes(*, at: datetime) -> int:
    """Find handed-out codes in orders, and spend what was set aside for them; returns how many.

    Whoever passed a code on has it counted as used all the same: the discount was given.
    """
    settled = 0
    for part in _open_codes(at):
        settled += sum(_settle_checkout(one, at=at) for one in part if one.issued is not None)
        texts = {_text(one): one for one in part}
        first = min(one.at for one in part) - _BEFORE
        orders = Order.objects.filter(
            ordered_at__gte=first,
            kind=Order.Kind.SALE,
            is_cancelled=False,
        ).exclude(discount_code="")
        named = orders.order_by("ordered_at", "pk").values_list(
            "discount_code", "number", "discount_minor"
        )
        for code, number, discount in named.iterator(chunk_size=2_000):
            one = texts.pop(rules.code_text(code), None)
            if one is not None:
                settled += _settle(one, number, discount, at=at)
    return settled


def _text(one: Assignment) -> str:
    code = one.code or one.issued
    return code.text if code is not None else ""


def _settle_checkout(one: Assignment, *, at: datetime) -> int:
    """Settle a code of the programme that was used in a purchase at the till."""
    used = used_at_checkout(one)
    return 0 if used is None else _settle(one, *used, at=at)


def _open_codes(at: datetime) -> Iterator[list[Assignment]]:
    """Yield the assignments whose code may still turn up, many at a time."""
    last = 0
    rows = Assignment.objects.filter(
        Q(code__isnull=False) | Q(issued__isnull=False),
        order_number="",
        expires_at__gt=at - _LATEST,
        state__in=[Assignment.State.GIVEN, Assignment.State.EXPIRED],
    ).select_related("code", "issued", "reservation")
    while part := list(rows.filter(pk__gt=last).order_by("pk")[:20_000]):
        yield part
        last = part[-1].pk


def _settle(one: Assignment, number: str, discount: int, *, at: datetime) -> int:
    with transaction.atomic():
        row = Assignment.objects.select_for_update().get(pk=one.pk)
        if row.order_number:
            return 0
        if one.reservation is not None:
            settle(one.reservation, max(0, discount) + sent_cost(row), at=at)
        row.state, row.ended_at, row.order_number = Assignment.State.USED, at, number
        row.save(update_fields=["state", "ended_at", "order_number"])
    return 1


def sent_cost(assignment: Assignment) -> int:
    """Return what it cost to reach this customer: booked for each contact, less what did not go."""
    mine = Delivery.objects.filter(assignment=assignment).values_list("pk", flat=True)
    keys = [f"delivery:{pk}{end}" for pk in mine for end in ("", ":back")]
    booked = Cost.objects.filter(key__in=keys)
    return sum(booked.values_list("amount_minor", flat=True))
