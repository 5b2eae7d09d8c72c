"""The codes in a set: made by the million, typed, given to one customer."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from stamgast.customers.actions.people import there
from stamgast.customers.errors import AlreadyClosed, KeyReused
from stamgast.customers.models import Customer
from stamgast.database.bulk import Pace
from stamgast.events.actions import tell
from stamgast.loyalty.codes import rules
from stamgast.loyalty.codes.actions.rows import add_new, tell_made
from stamgast.loyalty.codes.errors import BadCodeSet, CodeTaken, NoSuchCode
from stamgast.loyalty.models.codes import CodeSet, DiscountCode
from stamgast.staff.queries import Who, actor, shop

MOST = 5_000_000  # codes in one set
Progress = Callable[[float], None]


def no_progress(share: float) -> None:
    """Nobody looks."""


def make_codes(
    code_set: CodeSet,
    *,
    wanted: int,
    at: datetime,
    by: Who = None,
    prefix: str = "",
    progress: Progress = no_progress,
) -> int:
    """Make unique codes until the set has `wanted`; returns how many it has then.

    Safe to do again: it goes on where it stopped. Nobody can guess them: each is drawn from half a
    thousand billion. Refuses more than five million, and a prefix that no code may have.
    """
    prefix = rules.tidy_code(prefix)
    if not 0 < wanted <= MOST:
        raise BadCodeSet(field="wanted")
    if prefix and not (rules.may_be_code(prefix + "AAA") and len(prefix) <= 20):
        raise BadCodeSet(field="prefix")
    began = there_are = code_set.codes.count()
    pace = Pace(500, most=3_000, longest=0.02)  # a long index is uneven work
    while there_are < wanted:
        texts = {prefix + _drawn() for _ in range(min(pace.size, wanted - there_are))}
        with pace.portion(len(texts)):
            there_are += len(add_new(code_set, texts, at=at))
        progress(min(0.99, there_are / wanted))
    if there_are > began:
        tell_made(code_set, there_are - began, at=at, by=by)
    return there_are


def issue_code(
    code_set: CodeSet,
    customer: Customer,
    *,
    at: datetime,
    key: str,
    by: Who = None,
    valid_for: timedelta | None = None,
) -> DiscountCode:
    """Give a customer a code of their own, that nobody else can use; joins the caller's transaction.

    A code of the set that nobody has yet, else a new one. The same key returns the code that was
    given; for another customer or set it is refused. Refuses a closed set, and a gift card, which
    needs an amount.
    """
    if code_set.closed_at is not None:
        raise AlreadyClosed()
    if code_set.kind == CodeSet.Kind.GIFT_CARD:
        raise BadCodeSet(field="kind")
    try:
        with transaction.atomic():
            if row := DiscountCode.objects.filter(key=key).first():
                return _same_owner(row, code_set, customer)
            customer = there(customer)
            until = at + valid_for if valid_for else None
            row = _free_code(code_set, customer, key, until) or DiscountCode.objects.create(
                code_set=code_set,
                text=_drawn(),
                customer=customer,
                valid_until=until,
                made_at=at,
                key=key,
            )
            _tell_issued(row, at=at, by=by)
    except IntegrityError:  # the same key arrived twice at once
        return _same_owner(DiscountCode.objects.get(key=key), code_set, customer)
    return row


def issue_gift_card(
    code_set: CodeSet,
    *,
    amount_minor: int,
    at: datetime,
    key: str,
    by: Who = None,
    customer: Customer | None = None,
    last_day: date | None = None,
) -> DiscountCode:
    """Make a gift card with money on it; whoever has the code may use it, or one customer alone.

    The same key returns the card that was made; with other facts it is refused. Refuses an amount
    that is not possible, and a card that was sold for less than two years.
    """
    zone = ZoneInfo(shop().zone)
    rules.check_gift_card(
        is_sold=code_set.is_sold,
        sold_on=at.astimezone(zone).date(),
        last_day=last_day,
        amount_minor=amount_minor,
    )
    if code_set.kind != CodeSet.Kind.GIFT_CARD:
        raise BadCodeSet(field="kind")
    if code_set.closed_at is not None:
        raise AlreadyClosed()
    until = None
    if last_day is not None:
        until = datetime.combine(last_day + timedelta(days=1), time(), tzinfo=zone)
    try:
        with transaction.atomic():
            if row := DiscountCode.objects.filter(key=key).first():
                return _same_card(row, code_set, amount_minor)
            row = DiscountCode.objects.create(
                code_set=code_set,
                text=_drawn() + _drawn()[:4],  # it is money: longer
                customer=there(customer) if customer else None,
                valid_until=until,
                initial_minor=amount_minor,
                balance_minor=amount_minor,
                made_at=at,
                key=key,
            )
            _tell_issued(row, at=at, by=by)
    except IntegrityError:  # the same key arrived twice at once
        return _same_card(DiscountCode.objects.get(key=key), code_set, amount_minor)
    return row


def block_code(text: str, *, at: datetime, by: Who = None) -> DiscountCode:
    """Let one code be used no more; what is held stays held. Refuses an unknown and a blocked one."""
    with transaction.atomic():
        row = DiscountCode.objects.filter(text=rules.tidy_code(text)).first()
        if row is None:
            raise NoSuchCode()
        if not DiscountCode.objects.filter(pk=row.pk, blocked_at=None).update(blocked_at=at):
            raise AlreadyClosed()
        row.refresh_from_db()
        tell("code_blocked", at=at, actor=actor(by), subject="code", subject_id=row.pk)
    return row


def show_code(row: DiscountCode, *, at: datetime, by: Who = None) -> str:
    """Return a whole code, such as of a gift card for whom lost the mail; that it was read is kept."""
    tell("code_shown", at=at, actor=actor(by), subject="code", subject_id=row.pk)
    return row.text


def add_code(code_set: CodeSet, text: str, *, at: datetime, by: Who = None) -> DiscountCode:
    """Add one code that people can remember; refuses a text that is no code, or taken elsewhere."""
    tidied = rules.tidy_code(text)
    if not rules.may_be_code(tidied):
        raise BadCodeSet(field="text")
    with transaction.atomic():
        row, is_new = DiscountCode.objects.get_or_create(
            text=tidied, defaults={"code_set": code_set, "made_at": at}
        )
        if row.code_set_id != code_set.pk:
            raise CodeTaken()
        if is_new:
            tell_made(code_set, 1, at=at, by=by)
    return row


def _drawn() -> str:
    number, letters = secrets.randbelow(len(rules.ALPHABET) ** rules.LENGTH), ""
    for _ in range(rules.LENGTH):
        number, place = divmod(number, len(rules.ALPHABET))
        letters += rules.ALPHABET[place]
    return letters


def _free_code(
    code_set: CodeSet, customer: Customer, key: str, until: datetime | None
) -> DiscountCode | None:
    """Give away a code that nobody has yet, by conditional update; None when there is none."""
    free = DiscountCode.objects.filter(
        code_set=code_set, customer=None, uses=0, key=None, blocked_at=None
    )
    for row in free.order_by("pk")[:20]:
        taken = free.filter(pk=row.pk).update(customer=customer, key=key, valid_until=until)
        if taken:
            row.refresh_from_db()
            return row
    return None


def _same_owner(row: DiscountCode, code_set: CodeSet, customer: Customer) -> DiscountCode:
    mine = {customer.pk, customer.merged_into_id}
    if row.code_set_id != code_set.pk or row.customer_id not in mine:
        raise KeyReused(key=row.key)
    return row


def _same_card(row: DiscountCode, code_set: CodeSet, amount_minor: int) -> DiscountCode:
    if (row.code_set_id, row.initial_minor) != (code_set.pk, amount_minor):
        raise KeyReused(key=row.key)
    return row


def _tell_issued(row: DiscountCode, *, at: datetime, by: Who) -> None:
    tell(
        "code_issued",
        at=at,
        actor=actor(by),
        subject="customer",
        subject_id=row.customer_id,
        facts={"code": row.pk, "code_set": row.code_set_id},
    )
