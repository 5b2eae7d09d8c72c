"""What comes back of a purchase: spent points are given back, earned points are taken back.

It follows what was stored with the purchase, whatever became of the rules since, and works from all
that came back so far: any number of returns, in any order, ends where one full return ends.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.db import transaction

from stamgast.customers.errors import KeyReused
from stamgast.database.prepared import first
from stamgast.loyalty import queries, rules
from stamgast.loyalty.actions.posting import posted
from stamgast.loyalty.book import Operation
from stamgast.loyalty.errors import BadCheckout, CheckoutClosed, NoSuchCheckout, ReturnTooLarge
from stamgast.loyalty.models import Checkout, CheckoutReturn
from stamgast.loyalty.parts import Basket, parts
from stamgast.staff.queries import Who, actor


class ReturnedLine(NamedTuple):
    """Pieces of a product that came back."""

    sku: str
    quantity: Decimal


def return_order(
    ref: str,
    *,
    return_ref: str,
    at: datetime,
    lines: Sequence[ReturnedLine] | None = None,
    amount_minor: int | None = None,
    by: Who = None,
) -> CheckoutReturn:
    """Take a return of a purchase: pieces, or an amount of the whole, or all that is left.

    The same `return_ref` again changes nothing, and with other facts is refused. Refuses a purchase
    that is not there or not committed, and more than can still come back.
    """
    if not 0 < len(return_ref) <= 120:
        raise BadCheckout(field="return_ref")
    told = json.dumps([[*map(str, line)] for line in lines or ()] + [amount_minor, lines is None])
    digest = hashlib.sha256(told.encode()).hexdigest()[:32]
    with transaction.atomic():
        checkout = first(queries.locked_checkouts(ref))
        if checkout is None:
            raise NoSuchCheckout(ref=ref)
        before = checkout.returns.filter(ref=return_ref).first()
        if before is not None:
            if before.digest != digest:
                raise KeyReused()
            return before
        if checkout.status != Checkout.Status.COMMITTED:
            raise CheckoutClosed(ref=ref, status=checkout.status)
        _add_up(checkout, lines, amount_minor)
        made = CheckoutReturn(checkout=checkout, ref=return_ref, digest=digest, at=at)
        _follow(checkout, made, at=at, by=by)
        made.save()
        checkout.save()
    return made


def take_difference(checkout: Checkout, basket: Basket | None, *, at: datetime, by: Who) -> None:
    """Take back what went out of an order that no longer earns: pieces, or what is paid less for them.

    What came into it earns nothing. Again it changes nothing: what was taken stands with the lines.
    """
    told = basket.lines if basket else ()
    pieces, paid = Counter[str](), Counter[str]()
    for line, left in zip(told, (basket and basket.paid) or (), strict=True):
        pieces[line.sku] += int(line.quantity * 1000)
        paid[line.sku] += left
    if gone := _gone(checkout, pieces):
        return_order(checkout.ref, return_ref=_change(checkout), lines=gone, at=at, by=by)
        checkout.refresh_from_db()
    if less := _paid_less(checkout, pieces, paid):
        return_order(checkout.ref, return_ref=_change(checkout), amount_minor=less, at=at, by=by)


def _change(checkout: Checkout) -> str:
    return f"changed:{checkout.returns.count() + 1}"


def _gone(checkout: Checkout, pieces: Mapping[str, int]) -> list[ReturnedLine]:
    """Note which pieces went out of an order since last time; returns those that had not come back."""
    gone, kept = Counter[str](), Counter(pieces)
    in_money = {line["sku"] for line in checkout.lines if line.get("less_minor")}
    for place, line in enumerate(checkout.lines):
        stays = line["quantity"] - line.get("gone", 0)
        out = 0 if line["sku"] in in_money else max(0, stays - kept[line["sku"]])
        kept[line["sku"]] -= stays - out
        line["gone"] = line.get("gone", 0) + out
        gone[line["sku"]] += min(out, line["quantity"] - checkout.returned_lines.get(str(place), 0))
    checkout.save(update_fields=["lines"])
    return [ReturnedLine(sku, Decimal(count) / 1000) for sku, count in gone.items() if count]


def _paid_less(checkout: Checkout, pieces: Mapping[str, int], paid: Mapping[str, int]) -> int:
    """Note how much less is paid than last time for the pieces that stayed; returns what is still left."""
    stay, worth = Counter[str](), dict[str, Fraction]()
    for place, (line, own) in enumerate(zip(_frozen(checkout), checkout.lines, strict=True)):
        here = line.quantity - checkout.returned_lines.get(str(place), 0)
        stay[line.sku] += here
        value = Fraction(line.amount_minor * here, line.quantity) - own.get("less_minor", 0)
        worth[line.sku] = worth.get(line.sku, Fraction(0)) + value
    less = 0
    for line in checkout.lines:
        if (sku := line["sku"]) in worth:
            now = paid[sku] * min(Fraction(1), Fraction(stay[sku], pieces[sku] or 1))
            cheaper = max(0, math.floor(worth.pop(sku) - now))
            line["less_minor"] = line.get("less_minor", 0) + cheaper
            less += cheaper
    checkout.save(update_fields=["lines"])
    returned = {int(place): count for place, count in checkout.returned_lines.items()}
    return min(less, _left_in_money(checkout, returned))


def _add_up(
    checkout: Checkout, lines: Sequence[ReturnedLine] | None, amount_minor: int | None
) -> None:
    """Add what comes back now to what came back before; refuses more than there is left."""
    returned = {int(place): pieces for place, pieces in checkout.returned_lines.items()}
    if lines is None and amount_minor is None:
        returned = {place: line["quantity"] for place, line in enumerate(checkout.lines)}
    for line in lines or ():
        _add_line(checkout, returned, line)
    if amount_minor is not None:
        if type(amount_minor) is not int or amount_minor <= 0:
            raise BadCheckout(field="amount")
        left = _left_in_money(checkout, returned)
        if amount_minor > left:
            raise ReturnTooLarge(sku="", left=str(left))
        checkout.returned_minor += amount_minor
    checkout.returned_lines = {str(place): pieces for place, pieces in sorted(returned.items())}


def _add_line(checkout: Checkout, returned: dict[int, int], line: ReturnedLine) -> None:
    pieces = line.quantity * 1000
    if not pieces.is_finite() or pieces <= 0 or pieces != int(pieces):
        raise BadCheckout(field="quantity")
    places = [place for place, own in enumerate(checkout.lines) if own["sku"] == line.sku]
    left = {place: checkout.lines[place]["quantity"] - returned.get(place, 0) for place in places}
    if pieces > sum(left.values()):
        still = Decimal(sum(left.values())) / 1000
        raise ReturnTooLarge(sku=line.sku, left=f"{still.normalize():f}")
    rest = int(pieces)
    for place in places:
        part = min(rest, left[place])
        rest -= part
        if part:
            returned[place] = returned.get(place, 0) + part


def _frozen(checkout: Checkout) -> list[rules.FrozenLine]:
    """Return the lines at what was left to pay for them after codes."""
    return [
        rules.FrozenLine(
            line["sku"],
            line["quantity"],
            line["amount_minor"] - line.get("off_minor", 0),
            line["weight"],
        )
        for line in checkout.lines
    ]


def _left_in_money(checkout: Checkout, returned: Mapping[int, int]) -> int:
    """Return what is left of what was paid, after amounts and these pieces, rounded up."""
    lines = _frozen(checkout)
    pieces = sum(
        (
            Fraction(lines[place].amount_minor * count, lines[place].quantity)
            for place, count in returned.items()
        ),
        Fraction(0),
    )
    paid = sum(line.amount_minor for line in lines) - checkout.returned_minor
    return max(0, math.ceil(paid - pieces))


def _follow(checkout: Checkout, made: CheckoutReturn, *, at: datetime, by: Who) -> None:
    """Bring what was given and taken back to where it should be after all returns so far."""
    returned = {int(place): pieces for place, pieces in checkout.returned_lines.items()}
    paid, gained = rules.came_back(_frozen(checkout), returned, checkout.returned_minor)
    give = rules.part_of(checkout.spent, paid) - checkout.given_back
    claw = rules.part_of(checkout.earned, gained) - checkout.taken_back
    less = rules.part_of(checkout.qualified, gained) - checkout.disqualified
    member = checkout.member
    if member is not None and (give or claw or less):
        whose = queries.current(member)
        outcome = posted(
            Operation(
                do="return",
                kind="return",
                key=f"checkout:{checkout.pk}:return:{made.ref}"[:160],
                member=whose.pk,
                customer=whose.customer_id,
                at=at,
                give=give,
                given=checkout.given_back,
                give_of=checkout.spending_id,
                claw=claw,
                claw_of=checkout.earning_id,
                qualifying=-less,
                grace_until=queries.terms_of(queries.programme()).grace(at),
                of_entry=checkout.earning_id or checkout.spending_id,
                rules=tuple(checkout.rules),
                by=actor(by)[:60],
                ref=made.ref,
                asked={"give": give, "claw": claw},
            )
        )
        made.entry_id = outcome.entry
    made.given_back, made.taken_back = give, claw
    checkout.given_back += give
    checkout.taken_back += claw
    checkout.disqualified += less
    for part in parts():
        part.give_back(checkout, paid, at=at, by=by)
