"""Purchases at the till: held, committed or let go; and orders that never were held."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from stamgast.customers.errors import InTheFuture, KeyReused
from stamgast.customers.rules import is_in_future
from stamgast.database.prepared import first
from stamgast.loyalty import balances, queries, rules
from stamgast.loyalty.actions.baskets import (
    about_checkout,
    basket_of,
    buyer_of,
    commit_digest,
    digest_of,
    due_of,
    keep_basket,
    paying,
    plain,
    refuse_above,
    refuse_bad,
)
from stamgast.loyalty.actions.earning import earn
from stamgast.loyalty.actions.posting import posted
from stamgast.loyalty.book import Operation
from stamgast.loyalty.errors import (
    BadCheckout,
    CheckoutClosed,
    HoldLapsed,
    NoSuchCheckout,
    NotAMember,
)
from stamgast.loyalty.models import Checkout, Hold, Member, Programme
from stamgast.loyalty.parts import Basket, parts
from stamgast.staff.queries import Who


def hold_checkout(
    basket: Basket,
    member: Member | None,
    *,
    at: datetime,
    points: int = 0,
    minutes: int | None = None,
    by: Who = None,
) -> tuple[Checkout, bool]:
    """Keep apart what a purchase needs, in place of what was kept for it; returns whether it is new.

    The same again changes nothing while it lasts. Refuses a purchase that was committed or released,
    too few points, more points than it comes to, and who left; then what was kept before is still kept.
    """
    settings = queries.programme()
    refuse_bad(basket, settings)
    member = buyer_of(member)
    spend = rules.whole(points, field="spend", least=0)
    if spend and member is None:
        raise NotAMember()
    until = at + timedelta(minutes=minutes or settings.hold_minutes)
    asked, basket = digest_of(basket, member, spend), paying(basket, spend, settings)
    with transaction.atomic():
        checkout, is_new = _found_or_made(basket, member, at)
        if checkout.status != Checkout.Status.HELD:
            raise CheckoutClosed(ref=basket.ref, status=checkout.status)
        lasts = checkout.expires_at is not None and checkout.expires_at > at
        if not is_new and checkout.digest == asked and lasts:
            return checkout, False
        before = checkout.hold_id
        if not is_new:
            _let_go(checkout, at=at, by=by)
        checkout.member, checkout.digest, checkout.expires_at = member, asked, until
        keep_basket(checkout, basket)
        if spend and member is not None:
            kept = posted(
                Operation(
                    do="hold",
                    kind="hold",
                    key=f"checkout:{checkout.pk}:hold:{before or 0}",
                    points=spend,
                    hold_until=until + balances.ahead_of(member, at),
                    asked={"points": spend, "until": until.isoformat()},
                    **about_checkout(checkout, member, at, by),
                )
            )
            checkout.hold_id = kept.made
        effects = [
            effect
            for part in parts()
            for effect in part.hold(checkout, basket, at=at, until=until, by=by)
        ]
        due = due_of(basket, effects)
        refuse_above(due, spend, settings)
        checkout.effects, checkout.to_pay_minor = plain(effects), due.to_pay_minor
        checkout.save()
    return checkout, is_new


def commit_checkout(
    ref: str, *, at: datetime, points: int | None = None, by: Who = None
) -> Checkout:
    """Spend what is held for a purchase, or fewer points, and earn for it.

    The same again changes nothing. Refuses a purchase that is not there, was released, or whose hold
    lapsed; and more points than are held.
    """
    with transaction.atomic():
        checkout = _locked(ref)
        asked = commit_digest(checkout, points)
        if checkout.status == Checkout.Status.COMMITTED:
            if checkout.digest != asked:
                raise KeyReused()
            return checkout
        if checkout.status == Checkout.Status.RELEASED:
            raise CheckoutClosed(ref=ref, status=checkout.status)
        if checkout.expires_at is not None and checkout.expires_at <= at:
            raise HoldLapsed()
        if checkout.hold is not None:
            _spend_held(checkout, points, at=at, by=by)
        elif points:
            rules.whole(points)
            raise BadCheckout(field="points")
        settings = queries.programme()
        basket = paying(basket_of(checkout), checkout.spent, settings)
        _finish(checkout, basket, asked, settings, ordered_at=at, at=at, by=by)
    return checkout


def release_checkout(ref: str, *, at: datetime, by: Who = None) -> Checkout:
    """Let go what is held for a purchase; the same again changes nothing.

    Refuses a purchase that is not there or was committed: that takes a return.
    """
    with transaction.atomic():
        checkout = _locked(ref)
        if checkout.status == Checkout.Status.COMMITTED:
            raise CheckoutClosed(ref=ref, status=checkout.status)
        if checkout.status == Checkout.Status.HELD:
            _let_go(checkout, at=at, by=by)
            checkout.status, checkout.expires_at = Checkout.Status.RELEASED, None
            checkout.save()
    return checkout


def record_purchase(
    basket: Basket,
    member: Member | None,
    *,
    at: datetime,
    ordered_at: datetime | None = None,
    points: int = 0,
    by: Who = None,
    earns: bool = True,
) -> tuple[Checkout, bool]:
    """Spend and earn for an order that was never held; returns whether it is new.

    The same again changes nothing, the same `ref` with other facts is refused; so are too few points,
    more points than it comes to, who left, and what is ordered in the future. An order from before the
    programme's start earns nothing.
    """
    settings = queries.programme()
    refuse_bad(basket, settings)
    if ordered_at is not None and is_in_future(ordered_at, at):
        raise InTheFuture()
    member = buyer_of(member)
    spend = rules.whole(points, field="spend", least=0)
    if spend and member is None:
        raise NotAMember()
    asked = digest_of(basket, member, spend)
    basket = replace(paying(basket, spend, settings), ordered_at=ordered_at or at)
    with transaction.atomic():
        checkout, is_new = _found_or_made(basket, member, at)
        if not is_new:
            if checkout.status != Checkout.Status.COMMITTED:
                raise CheckoutClosed(ref=basket.ref, status=checkout.status)
            if checkout.digest != asked:
                raise KeyReused()
            return checkout, False
        keep_basket(checkout, basket)
        if spend and member is not None:
            took = posted(
                Operation(
                    do="spend",
                    kind="spend",
                    key=f"checkout:{checkout.pk}:spend",
                    points=spend,
                    asked={"points": spend},
                    **about_checkout(checkout, member, at, by),
                )
            )
            checkout.spending_id, checkout.spent = took.entry, spend
        moment = ordered_at or at
        due = _finish(
            checkout, basket, asked, settings, ordered_at=moment, at=at, by=by, earns=earns
        )
        refuse_above(due, spend, settings)
    return checkout, True


def let_go_overdue(*, at: datetime) -> int:
    """Let go what is held for purchases whose time is over, where a clock that was ahead keeps it held."""
    late = Checkout.objects.filter(
        status=Checkout.Status.HELD,
        expires_at__lte=at,
        hold__status=Hold.Status.OPEN,
        hold__expires_at__gt=at,
    )
    refs = list(late.order_by("pk").values_list("ref", flat=True))
    for ref in refs:
        with transaction.atomic():
            checkout = _locked(ref)
            if checkout.expires_at is not None and checkout.expires_at <= at:
                _let_go(checkout, at=at, by="ledger")
    return len(refs)


# --- steps -----------------------------------------------------------------------------------------


def _found_or_made(basket: Basket, member: Member | None, at: datetime) -> tuple[Checkout, bool]:
    found = first(queries.locked_checkouts(basket.ref))
    if found is not None:
        return found, False
    try:
        with transaction.atomic():
            made = Checkout.objects.create(
                ref=basket.ref,
                member=member,
                at=at,
                currency=basket.currency,
                total_minor=basket.total_minor,
            )
        return made, True
    except IntegrityError:  # the same purchase arrived twice at once
        return _locked(basket.ref), False


def _locked(ref: str) -> Checkout:
    found = first(queries.locked_checkouts(ref))
    if found is None:
        raise NoSuchCheckout(ref=ref)
    return found


def _let_go(checkout: Checkout, *, at: datetime, by: Who) -> None:
    """Let go what is held; what lapsed by itself is let go already."""
    hold = checkout.hold
    if hold is not None and checkout.member is not None:
        about = about_checkout(checkout, checkout.member, at, by)
        posted(Operation(do="settle", **{k: about[k] for k in ("member", "customer", "at")}))
        if Hold.objects.filter(pk=hold.pk, status=Hold.Status.OPEN).exists():
            posted(
                Operation(
                    do="release",
                    kind="release",
                    key=f"hold:{hold.pk}:release",
                    hold=hold.pk,
                    of_entry=hold.entry_id,
                    **about,
                )
            )
        checkout.hold = None
    for part in parts():
        part.release(checkout, at=at, by=by)


def _spend_held(checkout: Checkout, points: int | None, *, at: datetime, by: Who) -> None:
    hold, member = checkout.hold, checkout.member
    assert hold is not None
    assert member is not None
    count = hold.points if points is None else rules.whole(points, least=0)
    took = posted(
        Operation(
            do="commit",
            kind="spend",
            key=f"checkout:{checkout.pk}:spend",
            points=count,
            hold=hold.pk,
            of_entry=hold.entry_id,
            asked={"points": count},
            **about_checkout(checkout, member, at, by),
        )
    )
    checkout.spending_id, checkout.spent = took.entry, count


def _finish(
    checkout: Checkout,
    basket: Basket,
    asked: str,
    settings: Programme,
    *,
    ordered_at: datetime,
    at: datetime,
    by: Who,
    earns: bool = True,
) -> rules.Due:
    """Let the parts take theirs, earn, and keep everything a return will need."""
    effects = [e for part in parts() for e in part.commit(checkout, basket, at=at, by=by)]
    due = due_of(basket, effects)
    checkout.effects, checkout.to_pay_minor = plain(effects), due.to_pay_minor
    checkout.lines = [
        {**line, "off_minor": line["amount_minor"] - left}
        for line, left in zip(checkout.lines, due.lines, strict=True)
    ]
    if earns:
        earn(checkout, basket, due, effects, settings, ordered_at=ordered_at, at=at, by=by)
    checkout.status, checkout.digest = Checkout.Status.COMMITTED, asked
    checkout.committed_at, checkout.expires_at = at, None
    checkout.save()
    return due
