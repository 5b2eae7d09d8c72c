"""Conditions on what earlier campaigns gave, and on what the loyalty programme holds for somebody."""

from __future__ import annotations

from stamgast.campaigns.audience.conditions.pieces import Given, among
from stamgast.campaigns.audience.fields import days, names, some_of, whole
from stamgast.campaigns.audience.kinds import Kind
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.campaigns.models import Assignment
from stamgast.loyalty.models import (
    Entry,
    Member,
    MemberTier,
    PointsLot,
    Referral,
    Tier,
    TierBenefit,
    Wallet,
)
from stamgast.loyalty.tiers.rules import BENEFITS
from stamgast.measurement.models import Arm, Experiment, Lot

_ASSIGNED, _ENTRY, _MEMBER, _HAS, _TIER, _LOT, _REFERRAL, _WALLET = (
    model._meta.db_table
    for model in (Assignment, Entry, Member, MemberTier, Tier, PointsLot, Referral, Wallet)
)
_BENEFIT, _DRAWN, _ARM, _TRIED = (
    model._meta.db_table for model in (TierBenefit, Lot, Arm, Experiment)
)
_TAKES_PART = "m.left_at IS NULL AND m.merged_into_id IS NULL"


def _in_campaign(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_ASSIGNED} a WHERE a.at >= %s",
        look.moment(given["days"]),
        customer="a.customer_id",
    )


def _is_member(given: Given, look: Looking) -> Sql:
    return look.who(f"FROM {_MEMBER} m WHERE {_TAKES_PART}", customer="m.customer_id")


def _joined(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_MEMBER} m WHERE {_TAKES_PART} AND m.joined_at >= %s",
        look.moment(given["days"]),
        customer="m.customer_id",
    )


def _has_points(given: Given, look: Looking) -> Sql:
    """Points that can be spent; with days also: none were spent in so long."""
    text = (
        f"FROM {_MEMBER} m JOIN {_WALLET} w ON w.member_id = m.id"
        f" WHERE {_TAKES_PART} AND w.kind = 'spendable' AND w.available >= %s"
    )
    if "days" not in given:
        return look.who(text, given["at_least"], customer="m.customer_id")
    spent = (
        f" AND NOT EXISTS (SELECT 1 FROM {_ENTRY} e"
        " WHERE e.member_id = m.id AND e.kind = 'spend' AND e.at >= %s)"
    )
    since = look.moment(given["days"])
    return look.who(text + spent, given["at_least"], since, customer="m.customer_id")


def _points_end(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_MEMBER} m JOIN {_WALLET} w ON w.member_id = m.id"
        f" JOIN {_LOT} t ON t.wallet_id = w.id"
        f" WHERE {_TAKES_PART} AND t.remaining > 0 AND t.expires_at > %s AND t.expires_at <= %s",
        look.moment(0),
        look.moment(-given["days"]),
        customer="m.customer_id",
    )


def _present(look: Looking, test: str, *filled: object) -> Sql:
    """Say something of the tier that somebody has now: after their grace the one they fall to."""
    return look.who(
        f"FROM {_MEMBER} m JOIN {_HAS} h ON h.member_id = m.id JOIN {_TIER} t"
        " ON t.id = CASE WHEN h.grace_until <= %s THEN h.falls_to_id ELSE h.tier_id END"
        f" WHERE {_TAKES_PART} AND h.until IS NULL AND {test}",
        look.moment(0),
        *filled,
        customer="m.customer_id",
    )


def _has_tier(given: Given, look: Looking) -> Sql:
    named = among("t.name", given["in"])
    return _present(look, named.text, *named.filled)


def _reached_tier(given: Given, look: Looking) -> Sql:
    return _present(look, "h.since >= %s", look.moment(given["days"]))


def _benefit_withheld(given: Given, look: Looking) -> Sql:
    kind = among("b.kind", given["in"])
    return look.who(
        f"FROM {_DRAWN} l JOIN {_ARM} a ON a.id = l.arm_id"
        f" JOIN {_TRIED} e ON e.id = l.experiment_id"
        f" JOIN {_BENEFIT} b ON e.subject = 'benefit:' || b.id"
        f" WHERE a.is_control AND e.kind = 'benefit' AND e.ended_at IS NULL AND {kind.text}",
        *kind.filled,
        customer="l.customer_id",
    )


def _brought_friend(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_REFERRAL} r JOIN {_MEMBER} m ON m.id = r.member_id WHERE r.state <> 'refused'",
        customer="m.customer_id",
    )


CONDITIONS = (
    Kind("in_campaign", "campaigns", _in_campaign, (days(),)),
    Kind("is_member", "programme", _is_member),
    Kind("joined", "programme", _joined, (days(),)),
    Kind(
        "has_points",
        "programme",
        _has_points,
        (whole("at_least", 1, 10**9), days(optional=True)),
    ),
    Kind("points_end", "programme", _points_end, (days(),)),
    Kind("has_tier", "programme", _has_tier, (names("in", "tier"),)),
    Kind("reached_tier", "programme", _reached_tier, (days(),)),
    Kind("benefit_withheld", "programme", _benefit_withheld, (some_of("in", BENEFITS),)),
    Kind("brought_friend", "programme", _brought_friend),
)
