"""The way of codes through a checkout: priced, held, used or released, and given back.

Every limit is kept by a conditional update, so that it holds whoever comes at the same moment. Rows
are locked in one order: set, code, customer's count; sets and codes by their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from stamgast.customers.errors import KeyReused
from stamgast.customers.models import Customer
from stamgast.events.actions import tell
from stamgast.loyalty.codes import rules
from stamgast.loyalty.codes.errors import BadCodeSet, CodeHoldOver, CodeNotApplied, NoSuchCode
from stamgast.loyalty.codes.queries import buyer_of, found_codes, terms_of, uses_of
from stamgast.loyalty.codes.rules import APPLICABLE, INAPPLICABLE, SKIPPED, Answer, Cart
from stamgast.loyalty.models.codes import CodeCount, CodeSet, CodeUse, DiscountCode
from stamgast.staff.queries import Who, actor

# A gift card whose time is over when money comes back to it may be used so much longer.
GRACE = timedelta(days=30)


def quote_codes(
    cart: Cart, texts: Sequence[str], *, customer: Customer | None = None, at: datetime
) -> list[Answer]:
    """Say of every code that was typed whether it applies, why (not), and what it gives.

    Writes nothing. In the order they were typed; beyond the fifth they are skipped.
    """
    there = found_codes(texts[: rules.MOST_CODES])
    buyer = buyer_of(customer, (row.code_set for row in there.values()), at=at)
    tidied = [rules.tidy_code(text) for text in texts]
    places = [i for i, text in enumerate(tidied) if text in there]
    found = [terms_of(there[tidied[i]], buyer, at=at) for i in places]
    answers = dict(zip(places, rules.answer_codes(found, cart, buyer, at=at), strict=True))
    return [
        answers.get(i)
        or Answer(
            text,
            SKIPPED if i >= rules.MOST_CODES else INAPPLICABLE,
            "too_many" if i >= rules.MOST_CODES else "unknown_code",
        )
        for i, text in enumerate(tidied)
    ]


def hold_codes(
    cart: Cart,
    texts: Sequence[str],
    *,
    key: str,
    at: datetime,
    expires_at: datetime,
    customer: Customer | None = None,
) -> list[Answer]:
    """Set codes apart for one checkout until `expires_at`; joins the caller's transaction.

    The same key again replaces what it held. Refuses when one of the codes does not apply, with its
    reason, and when codes of this checkout were used already. Nothing is held then.
    """
    with transaction.atomic():
        before = uses_of(key)
        if any(use.state == CodeUse.State.USED for use in before):
            raise CodeHoldOver(key=key)
        for use in before:
            _let_go(use, at=at)
        _lock(texts)
        answers = quote_codes(cart, texts, customer=customer, at=at)
        for answer in answers:
            if answer.status != APPLICABLE:
                raise CodeNotApplied(text=answer.text, reason=answer.reason)
        rows = found_codes(texts)
        order = sorted(answers, key=lambda a: (rows[a.text].code_set_id, rows[a.text].pk))
        for answer in order:
            row = rows[answer.text]
            _take(row, answer, customer, at=at)
            _write_hold(row, answer, customer, key=key, at=at, expires_at=expires_at)
    return answers


def commit_codes(
    key: str,
    *,
    at: datetime,
    by: Who = None,
    amounts: Mapping[str, int] | None = None,
) -> list[CodeUse]:
    """Use what a checkout holds, each code exactly once; joins the caller's transaction.

    `amounts` says what a code gave in the end when that is less than was held; the rest comes free.
    Again it returns the same, and with other amounts it is refused. Refuses a hold whose time is
    over, and more than was held.
    """
    given = {rules.tidy_code(text): minor for text, minor in (amounts or {}).items()}
    with transaction.atomic():
        uses = uses_of(key)
        if not uses or given.keys() - {use.code.text for use in uses}:
            raise NoSuchCode()
        for use in uses:
            amount = given.get(use.code.text, use.amount_minor)
            if use.state == CodeUse.State.USED:
                if use.code.text in given and amount != use.amount_minor:
                    raise KeyReused(key=key)
                continue
            if not 0 <= amount <= use.amount_minor:
                raise BadCodeSet(field="amount_minor")
            held = CodeUse.objects.filter(pk=use.pk, state="held", expires_at__gt=at)
            if not held.update(state="used", settled_at=at, amount_minor=amount):
                raise CodeHoldOver(key=key)
            _free_amount(use.code, use.amount_minor - amount)
            use.refresh_from_db(fields=["state", "settled_at", "amount_minor"])
            tell("code_used", **_on(use, at=at, by=by, amount_minor=amount))
    return list(uses)


def release_codes(key: str, *, at: datetime) -> list[CodeUse]:
    """Let go of what a checkout holds; again changes nothing. Refuses codes that were used."""
    with transaction.atomic():
        uses = uses_of(key)
        if any(use.state == CodeUse.State.USED for use in uses):
            raise CodeHoldOver(key=key)
        for use in uses:
            _let_go(use, at=at)
    return list(uses)


def give_back_codes(
    key: str, *, paid_minor: int, returned_minor: int, at: datetime, by: Who = None
) -> int:
    """Give back what codes gave on what came back of an order; returns how much money on cards.

    `returned_minor` is what came back so far in all, of `paid_minor`: told in any number of parts,
    in the end it is exactly what was used. A card whose time is over lives thirty days longer. A code
    may be used once more when everything came back and its set says so.
    """
    on_cards = 0
    with transaction.atomic():
        for use in uses_of(key):
            if use.state != CodeUse.State.USED:
                continue
            use = CodeUse.objects.select_for_update().get(pk=use.pk)
            back = rules.back_of(
                use.amount_minor,
                use.back_minor,
                paid_minor=paid_minor,
                returned_minor=returned_minor,
            )
            is_all = returned_minor >= paid_minor
            _use_back(use, at=at, is_all=is_all)
            if not back:
                continue
            CodeUse.objects.filter(pk=use.pk).update(back_minor=F("back_minor") + back)
            _free_amount(use.code, back)
            if use.code.balance_minor is not None:
                on_cards += back
                DiscountCode.objects.filter(pk=use.code_id, valid_until__lt=at + GRACE).update(
                    valid_until=at + GRACE
                )
            tell("code_given_back", **_on(use, at=at, by=by, amount_minor=back))
    return on_cards


def undo_codes(key: str, *, at: datetime, by: Who = None) -> None:
    """Take back that a checkout used codes, as if it never had; again changes nothing."""
    with transaction.atomic():
        for use in uses_of(key):
            used = CodeUse.objects.filter(pk=use.pk, state="used")
            if not used.update(state="released", settled_at=at):
                continue
            left = use.amount_minor - use.back_minor
            _free_amount(use.code, left)
            if not use.is_use_back:
                _free_place(use)
            tell("code_given_back", **_on(use, at=at, by=by, amount_minor=left))


def release_expired(*, at: datetime, most: int = 500) -> int:
    """Let go of what is held beyond its time. Nothing anybody may use depends on when this runs."""
    expired = CodeUse.objects.filter(state="held", expires_at__lte=at).order_by("pk")
    count = 0
    for use in expired.select_related("code__code_set")[:most]:
        with transaction.atomic():
            count += _let_go(use, at=at)
    return count


def _lock(texts: Sequence[str]) -> None:
    """Lock sets with limits, then codes, so that what is priced is what can be taken."""
    codes = DiscountCode.objects.filter(text__in=[rules.tidy_code(text) for text in texts])
    limited = Q(uses_most__isnull=False) | Q(budget_minor__isnull=False)
    sets = CodeSet.objects.filter(limited, pk__in=codes.values("code_set"))
    list(sets.select_for_update().order_by("pk").values_list("pk"))
    list(codes.select_for_update().order_by("code_set_id", "pk").values_list("pk"))


# --- limits -------------------------------------------------------------------------------------


def _take(row: DiscountCode, answer: Answer, customer: Customer | None, *, at: datetime) -> None:
    """Take a place in every limit; once more after letting go of what is held beyond its time."""
    steps: tuple[tuple[str, Callable[[], bool], Q], ...] = (
        ("used_up", lambda: _take_of_set(row, answer), Q(code__code_set=row.code_set_id)),
        ("used_up", lambda: _take_of_code(row, answer), Q(code=row.pk)),
        (
            "used_by_you",
            lambda: _take_of_buyer(row, customer),
            Q(code__code_set=row.code_set_id, customer=customer and customer.pk),
        ),
    )
    for reason, take, where in steps:
        if take():
            continue
        expired = CodeUse.objects.filter(where, state="held", expires_at__lte=at)
        for use in expired.select_related("code__code_set").order_by("code_id", "pk"):
            _let_go(use, at=at)
        if not take():
            raise CodeNotApplied(text=row.text, reason=reason)


def _take_of_set(row: DiscountCode, answer: Answer) -> bool:
    of_set = row.code_set
    if of_set.uses_most is None and of_set.budget_minor is None:
        return True
    fits = Q(uses_most=None) | Q(uses__lt=F("uses_most"))
    fits &= Q(budget_minor=None) | Q(spent_minor__lte=F("budget_minor") - answer.amount_minor)
    return bool(
        CodeSet.objects.filter(fits, pk=of_set.pk, closed_at=None).update(
            uses=F("uses") + 1, spent_minor=F("spent_minor") + answer.amount_minor
        )
    )


def _take_of_code(row: DiscountCode, answer: Answer) -> bool:
    there = DiscountCode.objects.filter(pk=row.pk, blocked_at=None)
    most = row.code_set.uses_per_code
    if most is not None:
        there = there.filter(uses__lt=most)
    change: dict[str, Any] = {"uses": F("uses") + 1}
    if row.balance_minor is not None:
        there = there.filter(balance_minor__gte=answer.amount_minor)
        change["balance_minor"] = F("balance_minor") - answer.amount_minor
    return bool(there.update(**change))


def _take_of_buyer(row: DiscountCode, customer: Customer | None) -> bool:
    most = row.code_set.uses_per_customer
    if most is None or customer is None:
        return True
    try:
        with transaction.atomic():
            CodeCount.objects.get_or_create(code_set=row.code_set, customer=customer)
    except IntegrityError:  # made by another at the same moment
        pass
    count = CodeCount.objects.filter(code_set=row.code_set, customer=customer, uses__lt=most)
    return bool(count.update(uses=F("uses") + 1))


def _let_go(use: CodeUse, *, at: datetime) -> int:
    """Release one hold, exactly once; returns 1 when it was this call that did."""
    held = CodeUse.objects.filter(pk=use.pk, state="held")
    if not held.update(state="released", settled_at=at):
        return 0
    _free_amount(use.code, use.amount_minor)
    _free_place(use)
    return 1


def _free_amount(code: DiscountCode, minor: int) -> None:
    """Give an amount back to the budget of the set and to the balance of a card."""
    if not minor:
        return
    if code.code_set.budget_minor is not None or code.code_set.uses_most is not None:
        CodeSet.objects.filter(pk=code.code_set_id, spent_minor__gte=minor).update(
            spent_minor=F("spent_minor") - minor
        )
    if code.balance_minor is not None:
        DiscountCode.objects.filter(pk=code.pk).update(balance_minor=F("balance_minor") + minor)


def _free_place(use: CodeUse) -> None:
    """Give the place in every limit back."""
    of_set = use.code.code_set
    if of_set.budget_minor is not None or of_set.uses_most is not None:
        CodeSet.objects.filter(pk=of_set.pk, uses__gt=0).update(uses=F("uses") - 1)
    DiscountCode.objects.filter(pk=use.code_id, uses__gt=0).update(uses=F("uses") - 1)
    if use.customer_id is not None:
        counts = CodeCount.objects.filter(code_set=of_set, customer=use.customer_id, uses__gt=0)
        counts.update(uses=F("uses") - 1)


def _use_back(use: CodeUse, *, at: datetime, is_all: bool) -> None:
    """Let a code be used once more, once, when everything came back and its set allows it."""
    if not (is_all and use.code.code_set.is_use_given_back):
        return
    if CodeUse.objects.filter(pk=use.pk, is_use_back=False).update(is_use_back=True):
        _free_place(use)


def _write_hold(
    row: DiscountCode,
    answer: Answer,
    customer: Customer | None,
    *,
    key: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    facts = {
        "customer": customer,
        "state": CodeUse.State.HELD,
        "amount_minor": answer.amount_minor,
        "held_at": at,
        "expires_at": expires_at,
        "settled_at": None,
    }
    again = CodeUse.objects.filter(key=key, code=row, state="released")
    if not again.update(**facts):
        CodeUse.objects.create(key=key, code=row, **facts)


def _on(use: CodeUse, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a use of a code."""
    facts = {"code": use.code_id, "code_set": use.code.code_set_id, "use": use.pk, **facts}
    about = {"subject": "customer", "subject_id": use.customer_id, "facts": facts}
    return {"at": at, "actor": actor(by), **about}
