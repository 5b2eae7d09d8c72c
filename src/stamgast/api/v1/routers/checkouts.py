"""Purchases at the till: quoted, held, committed, released, returned; each write is done once."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Path

from stamgast.api.auth import ApiRequest, actor
from stamgast.api.contract import Operations
from stamgast.api.keyed import Did, IdempotencyKey, once
from stamgast.api.v1.schemas.loyalty import (
    BackSaid,
    BackTold,
    BasketSaid,
    CheckoutTold,
    CommitSaid,
    HoldSaid,
    PurchaseSaid,
    QuoteTold,
    Ref,
    minor,
)
from stamgast.loyalty import actions
from stamgast.loyalty.models import Checkout, Member
from stamgast.loyalty.queries import checkout_by_ref, member_by_ref

checkouts = Operations("loyalty")


def _member(ref: str | None) -> Member | None:
    return member_by_ref(ref) if ref is not None else None


def _did(checkout: Checkout, *, is_new: bool = False) -> Did:
    return Did(201 if is_new else 200, CheckoutTold.of(checkout), checkout.member)


@checkouts.post("/quotes", scope="loyalty:read", answers=QuoteTold, fails=[404, 409])
def quote(request: ApiRequest, said: BasketSaid) -> QuoteTold:
    """Say what a purchase would spend and earn; writes nothing."""
    found = actions.quote(
        said.basket("quote"), _member(said.member), at=request.at, points=said.points
    )
    return QuoteTold.of(found, said.currency)


@checkouts.post(
    "/checkouts", scope="loyalty:write", answers=CheckoutTold, makes=True, fails=[404, 409]
)
def record_purchase(request: ApiRequest, said: PurchaseSaid, key: IdempotencyKey) -> HttpResponse:
    """Spend and earn at once for a purchase that was never held.

    For a till that was off-line, or a shop that holds nothing. Your `ref` earns once as well, whatever
    the key.
    """

    def do() -> Did:
        row, is_new = actions.record_purchase(
            said.basket(said.ref),
            _member(said.member),
            at=request.at,
            ordered_at=said.ordered_at,
            points=said.points,
            by=actor(request),
        )
        return _did(row, is_new=is_new)

    return once(request, key, do)


@checkouts.post(
    "/checkouts/{own:ref}/commit", scope="loyalty:write", answers=CheckoutTold, fails=[404, 409]
)
def commit_checkout(
    request: ApiRequest, ref: Annotated[Ref, Path()], said: CommitSaid, key: IdempotencyKey
) -> HttpResponse:
    """Spend what is held for a purchase, or a part of it, and earn for it."""

    def do() -> Did:
        row = actions.commit_checkout(ref, at=request.at, points=said.points, by=actor(request))
        return _did(row)

    return once(request, key, do)


@checkouts.post(
    "/checkouts/{own:ref}/release", scope="loyalty:write", answers=CheckoutTold, fails=[404, 409]
)
def release_checkout(
    request: ApiRequest, ref: Annotated[Ref, Path()], key: IdempotencyKey
) -> HttpResponse:
    """Let go what is held for a purchase; it happens by itself when the time is over."""
    return once(
        request,
        key,
        lambda: _did(actions.release_checkout(ref, at=request.at, by=actor(request))),
    )


@checkouts.post(
    "/checkouts/{own:ref}/returns",
    scope="loyalty:write",
    answers=BackTold,
    makes=True,
    fails=[404, 409],
)
def return_order(
    request: ApiRequest, ref: Annotated[Ref, Path()], said: BackSaid, key: IdempotencyKey
) -> HttpResponse:
    """Give spent points back and take earned points back for what came back of a purchase.

    Any number of times, in any order: it ends where one full return ends. Without lines or an amount
    all that is left comes back.
    """

    def do() -> Did:
        paid = None
        if said.amount is not None:
            paid = minor(said.amount, checkout_by_ref(ref).currency)
        row = actions.return_order(
            ref,
            return_ref=said.return_ref,
            lines=said.returned(),
            amount_minor=paid,
            at=request.at,
            by=actor(request),
        )
        checkout = checkout_by_ref(ref)
        return Did(201, BackTold.of(row, checkout), checkout.member)

    return once(request, key, do)


@checkouts.get("/checkouts/{own:ref}", scope="loyalty:read", answers=CheckoutTold, fails=[404])
def get_checkout(request: ApiRequest, ref: Annotated[Ref, Path()]) -> CheckoutTold:
    """Return a purchase as it stands."""
    return CheckoutTold.of(checkout_by_ref(ref))


@checkouts.put(
    "/checkouts/{own:ref}", scope="loyalty:write", answers=CheckoutTold, fails=[404, 409]
)
def hold_checkout(
    request: ApiRequest, ref: Annotated[Ref, Path()], said: HoldSaid, key: IdempotencyKey
) -> HttpResponse:
    """Keep apart what a purchase needs; the same `ref` again takes the place of what was held."""

    def do() -> Did:
        row, is_new = actions.hold_checkout(
            said.basket(ref),
            _member(said.member),
            at=request.at,
            points=said.points,
            minutes=said.minutes,
            by=actor(request),
        )
        return _did(row, is_new=is_new)

    return once(request, key, do)
