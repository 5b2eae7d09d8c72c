"""Codes in a purchase at the till: what `parts.Part` asks of whoever takes part."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from stamgast.customers.models import Customer
from stamgast.loyalty.codes.actions import (
    commit_codes,
    give_back_codes,
    hold_codes,
    quote_codes,
    release_codes,
    undo_codes,
)
from stamgast.loyalty.codes.errors import CodeNotApplied
from stamgast.loyalty.codes.queries import uses_of
from stamgast.loyalty.codes.rules import APPLICABLE, Answer, Cart, CartLine, tidy_code
from stamgast.loyalty.models import Checkout, CodeUse, Member
from stamgast.loyalty.parts import Basket, Effect
from stamgast.loyalty.referrals.queries import invitations
from stamgast.staff.queries import Who

PART = "codes"


class CodesPart:
    """Discount codes and gift cards in a purchase, under the purchase's own number."""

    def quote(self, basket: Basket, member: Member | None, *, at: datetime) -> list[Effect]:
        """Return what each code would do, or why not."""
        texts = _texts(basket)
        if not texts:
            return []
        answers = quote_codes(_cart(basket), texts, customer=_customer(member), at=at)
        return [_effect(answer) for answer in answers]

    def hold(
        self, checkout: Checkout, basket: Basket, *, at: datetime, until: datetime, by: Who
    ) -> list[Effect]:
        """Keep codes apart, in place of those kept before; refuses one that does not apply."""
        texts = _texts(basket)
        if not texts:
            return []
        answers = hold_codes(
            _cart(basket),
            texts,
            key=_key(checkout),
            at=at,
            expires_at=until,
            customer=_customer(checkout.member),
        )
        return [_effect(answer) for answer in answers]

    def commit(self, checkout: Checkout, basket: Basket, *, at: datetime, by: Who) -> list[Effect]:
        """Use what is kept apart.

        An order that never was held has been paid: it takes the codes that apply, and tells of the
        others why they do not, as of a code that the shop gave elsewhere.
        """
        effects = [Effect.of(one) for one in _kept(checkout)]
        if not (basket.codes or effects):
            return []
        key = _key(checkout)
        if not any(use.state == CodeUse.State.HELD for use in uses_of(key)):
            effects = _take_at_once(checkout, basket, key, at=at)
        if any(use.state == CodeUse.State.HELD for use in uses_of(key)):
            commit_codes(key, at=at, by=by)
        return effects

    def release(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Let go what is kept apart."""
        if _kept(checkout):
            release_codes(_key(checkout), at=at)

    def give_back(self, checkout: Checkout, share: Fraction, *, at: datetime, by: Who) -> None:
        """Bring what came back in all up to this share of what was paid."""
        if not _kept(checkout):
            return
        give_back_codes(
            _key(checkout),
            paid_minor=share.denominator,
            returned_minor=share.numerator,
            at=at,
            by=by,
        )

    def undo(self, checkout: Checkout, *, at: datetime, by: Who) -> None:
        """Let the codes be as if this purchase had not used them."""
        if _kept(checkout):
            undo_codes(_key(checkout), at=at, by=by)


def _take_at_once(checkout: Checkout, basket: Basket, key: str, *, at: datetime) -> list[Effect]:
    """Keep apart the codes of an order that apply, by when it was bought; returns what became of all."""
    customer, cart = _customer(checkout.member), _cart(basket)
    soon = at + timedelta(minutes=1)  # used in this very transaction
    at = min(at, basket.ordered_at or at)
    answers = quote_codes(cart, _texts(basket), customer=customer, at=at)
    texts = [answer.text for answer in answers if answer.status == APPLICABLE]
    others = [_effect(answer) for answer in answers if answer.status != APPLICABLE]
    while texts:
        try:
            taken = hold_codes(cart, texts, key=key, at=at, expires_at=soon, customer=customer)
        except CodeNotApplied as refusal:  # another took the last place at this moment
            text, reason = refusal.facts["text"], refusal.facts["reason"]
            texts.remove(text)
            others.append(Effect(PART, text, "inapplicable", reason))
        else:
            return [*(_effect(answer) for answer in taken), *others]
    return others


def _kept(checkout: Checkout) -> list[dict[str, Any]]:
    """Return what codes did for a purchase as it keeps that: the codes themselves go with who is erased."""
    return [effect for effect in checkout.effects if effect["part"] == PART]


def _key(checkout: Checkout) -> str:
    return f"checkout:{checkout.pk}"


def _texts(basket: Basket) -> list[str]:
    """Return the codes that were entered, without invitations of members: those are no codes of ours."""
    invited = invitations(basket.codes)
    return [text for text in basket.codes if tidy_code(text) not in invited]


def _customer(member: Member | None) -> Customer | None:
    return member.customer if member else None


def _cart(basket: Basket) -> Cart:
    lines: Iterable[CartLine] = (
        CartLine(line.sku, line.amount_minor, line.category) for line in basket.lines
    )
    given = None
    if basket.paid is not None:
        given = sum(line.amount_minor for line in basket.lines) - sum(basket.paid)
    return Cart(basket.currency, tuple(lines), basket.shipping_minor, basket.points_minor, given)


def _plain(value: Any) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _effect(answer: Answer) -> Effect:
    return Effect(
        part=PART,
        name=answer.text,
        status=answer.status.lower(),
        reason=answer.reason,
        discount_minor=answer.amount_minor,
        lines=answer.lines,
        is_payment=answer.is_payment,
        facts={name: _plain(value) for name, value in answer.facts.items()},
    )


part = CodesPart()
