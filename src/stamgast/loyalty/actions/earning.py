"""What a purchase earns: by what is left to pay of it after codes and points."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from stamgast.loyalty import queries, rules
from stamgast.loyalty.actions.baskets import about_checkout
from stamgast.loyalty.actions.posting import posted
from stamgast.loyalty.book import MOST, Operation
from stamgast.loyalty.models import Checkout, Member, Programme
from stamgast.loyalty.parts import Basket, Effect
from stamgast.staff.queries import Who


def earn(
    checkout: Checkout,
    basket: Basket,
    due: rules.Due,
    effects: Sequence[Effect],
    settings: Programme,
    *,
    ordered_at: datetime,
    at: datetime,
    by: Who,
) -> None:
    """Give what a purchase earns, and keep with it by which line and rule, to be saved with the rest."""
    member = checkout.member
    gained = earned(basket, member, due, effects, settings, ordered_at=ordered_at)
    checkout.lines = [
        {**line, "weight": weight}
        for line, weight in zip(checkout.lines, gained.weights, strict=True)
    ]
    checkout.rules = list(gained.rules)
    if member is None or member.left_at is not None or not (gained.points or gained.qualifying):
        return
    terms = queries.terms_of(settings)
    lot = terms.lot(gained.points, ordered_at)
    got = posted(
        Operation(
            do="issue",
            kind="earn",
            key=f"checkout:{checkout.pk}:earn",
            points=gained.points,
            qualifying=gained.qualifying,
            lots=(lot,) if gained.points else (),
            does_forgive=terms.does_forgive,
            rules=gained.rules,
            asked={"points": gained.points},
            **about_checkout(checkout, member, at, by),
        )
    )
    checkout.earning_id = got.entry
    checkout.earned, checkout.qualified = gained.points, gained.qualifying


def earned(
    basket: Basket,
    member: Member | None,
    due: rules.Due,
    effects: Sequence[Effect],
    settings: Programme,
    *,
    ordered_at: datetime,
) -> rules.Earned:
    """Return what a member earns by what is left of the lines; shipping earns nothing."""
    if member is None or not queries.is_running(settings, ordered_at):
        return rules.Earned(0, 0, [0] * len(basket.lines), ())
    lines = [
        line._replace(amount_minor=left)
        for line, left in zip(basket.lines, due.earning, strict=True)
    ]
    terms = queries.rules_now()
    asks_first = any(rule.action == "first_order" for rule in terms)
    gained = rules.earned(
        lines,
        terms,
        at=ordered_at,
        rounding=settings.rounding,
        is_first=asks_first and queries.is_first_order(member, ref=basket.ref, at=ordered_at),
        factor=max((effect.factor for effect in effects), default=1),
    )
    return gained._replace(points=min(gained.points, MOST), qualifying=min(gained.qualifying, MOST))
