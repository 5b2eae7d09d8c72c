"""What a purchase would do: quoted, and nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stamgast.loyalty import balances, queries, rules
from stamgast.loyalty.actions.baskets import buyer_of, due_of, paying, refuse_bad
from stamgast.loyalty.actions.earning import earned
from stamgast.loyalty.models import Member
from stamgast.loyalty.parts import Basket, Effect, parts


@dataclass(frozen=True, slots=True)
class Quote:
    """What a purchase would do, as long as nothing changes."""

    available: int
    usable: int  # points that can be spent on it
    spend: int
    spend_minor: int  # what the points to be spent are worth here
    total_minor: int
    to_pay_minor: int  # in money, after codes, points and gift cards
    earns: int
    qualifies: int
    available_at: datetime | None  # when what it earns may be spent
    ends_at: datetime | None  # and until when; None where it never ends
    effects: tuple[Effect, ...]


def quote(basket: Basket, member: Member | None, *, at: datetime, points: int = 0) -> Quote:
    """Return what a purchase would spend and earn; writes nothing and refuses what cannot be."""
    settings = queries.programme()
    refuse_bad(basket, settings)
    member = buyer_of(member)
    spend = rules.whole(points, field="spend", least=0)
    available = balances.balance_of(member, as_of=at).available if member else 0
    basket = paying(basket, min(spend, available), settings)
    effects = [effect for part in parts() for effect in part.quote(basket, member, at=at)]
    due = due_of(basket, effects)
    usable = min(available, rules.points_for(due.most_minor, settings.point_value))
    gained = earned(basket, member, due, effects, settings, ordered_at=at)
    lot = queries.terms_of(settings).lot(gained.points, at) if gained.points else None
    return Quote(
        available=available,
        usable=usable,
        spend=min(spend, usable),
        spend_minor=due.points_minor,
        total_minor=basket.total_minor,
        to_pay_minor=due.to_pay_minor,
        earns=gained.points,
        qualifies=gained.qualifying,
        available_at=lot.activates_at if lot else None,
        ends_at=balances.end_of(lot.expires_at) if lot else None,
        effects=tuple(effects),
    )
