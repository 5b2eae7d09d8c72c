"""The writers of tiers: the rule, the tiers with their benefits, and who has which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from stamgast.events.actions import tell
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.programme import Programme
from stamgast.loyalty.models.tiers import MemberTier, Tier, TierBenefit, TierRule
from stamgast.loyalty.tiers import queries, rules
from stamgast.loyalty.tiers.errors import BadTier
from stamgast.staff.queries import Who, actor

_RULE = ("measure", "window", "months", "downgrade", "grace_days")
AT_ONCE = 500  # members that are judged in one transaction


def set_rule(*, at: datetime, by: Who = None, **facts: Any) -> TierRule:
    """Say how tiers are reached and kept; what is not given stays. Refuses what cannot be."""
    with transaction.atomic():
        row = TierRule.objects.select_for_update().filter(pk=1).first() or TierRule(pk=1)
        for name, value in facts.items():
            if name not in _RULE:
                raise TypeError(f"a tier rule has no {name}")
            setattr(row, name, value)
        rules.check_rule(**{name: getattr(row, name) for name in _RULE})
        row.save()
        tell("tier_rule_set", at=at, actor=actor(by), facts={"changed": sorted(facts)})
    return row


def set_tier(
    *,
    name: str,
    threshold: int,
    benefits: Iterable[Mapping[str, Any]] = (),
    at: datetime,
    by: Who = None,
    tier: Tier | None = None,
) -> Tier:
    """Make a tier, or change one with its benefits; the next judging follows it.

    Refuses an empty name, a threshold of another tier or none, and a benefit that cannot be.
    """
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise BadTier(field="name")
    if not 0 < threshold <= 10**15:
        raise BadTier(field="threshold")
    clean = [_benefit(one) for one in benefits]
    try:
        with transaction.atomic():
            if tier is None:
                if queries.tiers().count() >= rules.MOST_TIERS:
                    raise BadTier(field="threshold")
                tier = Tier(code=_free_code(name))
            tier.name, tier.threshold, tier.removed_at = name, threshold, None
            tier.save()
            _keep_benefits(tier, clean)
            tell("tier_set", at=at, actor=actor(by), subject="tier", subject_id=tier.pk)
    except IntegrityError:
        raise BadTier(field="threshold") from None
    return tier


def _keep_benefits(tier: Tier, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Write the benefits of a tier; one that stays is the same one, for a lot may have been drawn on it."""
    known = list(tier.benefits.order_by("pk"))
    for facts in wanted:
        alike = [one for one in known if one.kind == facts["kind"]]
        row = next((one for one in alike if one.text == facts["text"]), alike[0] if alike else None)
        if row is None:
            TierBenefit.objects.create(tier=tier, **facts)
            continue
        known.remove(row)
        for name, value in facts.items():
            setattr(row, name, value)
        row.save()
    TierBenefit.objects.filter(pk__in=[one.pk for one in known]).delete()


def remove_tier(tier: Tier, *, at: datetime, by: Who = None) -> None:
    """Take a tier away; its members get what they qualify for at the next judging."""
    with transaction.atomic():
        if Tier.objects.filter(pk=tier.pk, removed_at=None).update(removed_at=at):
            tell("tier_removed", at=at, actor=actor(by), subject="tier", subject_id=tier.pk)


def judge_members(*, at: datetime, only: Sequence[Member] | None = None) -> int:
    """Look at what members measured, and give or take tiers; returns how many changed.

    Safe to do again. It reads what there is at `at`; what anybody may enjoy follows from the rows and
    the time, so coming late changes nothing.
    """
    rows = Member.objects.filter(merged_into=None, left_at=None).order_by("pk")
    if only is not None:
        rows = rows.filter(pk__in=[member.pk for member in only])
    programme = Programme.objects.filter(pk=1).first() or Programme(pk=1)
    rule, every = queries.tier_rule(), list(queries.tiers())
    changed, last = 0, 0
    while some := list(rows.filter(pk__gt=last)[:AT_ONCE]):
        last = some[-1].pk
        with transaction.atomic():
            changed += _judge(some, rule, programme, every, at=at)
    return changed


def _judge(
    members: Sequence[Member],
    rule: TierRule,
    programme: Programme,
    every: Sequence[Tier],
    *,
    at: datetime,
) -> int:
    day = at.astimezone(ZoneInfo(programme.zone)).date()
    amounts = queries.measured(members, rule, programme, day=day)
    present = {
        row.member_id: row
        for row in MemberTier.objects.select_for_update(of=("self",))
        .filter(member__in=members, until=None)
        .select_related("tier", "falls_to")
        .order_by("member_id")
    }
    changed = 0
    for member in members:
        row = present.get(member.pk)
        before = queries.standing_of(row)
        after = rules.judged(
            before,
            amounts[member.pk],
            queries.levels(every),
            at=at,
            downgrade=rule.downgrade,
            grace=timedelta(days=rule.grace_days),
        )
        changed += _write(member, row, after, amounts[member.pk], at=at)
    return changed


def _write(
    member: Member, row: MemberTier | None, after: rules.Standing, amount: int, *, at: datetime
) -> int:
    """Keep what was judged: a new stretch when the tier differs, else the same one up to date."""
    tier = after.level.id if after.level else None
    falls_to = after.falls_to.id if after.falls_to else None
    if row is None and tier is None:
        return 0
    facts = {
        "measured": amount,
        "measured_on": at.date(),
        "grace_until": after.grace_until,
        "falls_to_id": falls_to,
    }
    if row is not None and row.tier_id == tier:
        is_new_grace = row.grace_until is None and after.grace_until is not None
        MemberTier.objects.filter(pk=row.pk).update(**facts)
        if is_new_grace:
            tell("tier_grace_began", **_on(member, at=at, tier=tier))
        return int(is_new_grace)
    moment = at
    if row is not None:  # it ended when its grace did, whenever this runs
        moment = max(row.since, min(at, row.grace_until) if row.grace_until else at)
        MemberTier.objects.filter(pk=row.pk).update(until=moment)
    MemberTier.objects.create(member=member, tier_id=tier, since=moment, **facts)
    is_up = (
        row is None
        or row.tier is None
        or (after.level is not None and after.level.threshold > row.tier.threshold)
    )
    tell("tier_reached" if is_up else "tier_lost", **_on(member, at=at, tier=tier))
    return 1


def _benefit(facts: Mapping[str, Any]) -> dict[str, Any]:
    text = " ".join(str(facts.get("text", "")).split())
    value, cost = int(facts.get("value_minor") or 0), int(facts.get("cost_minor") or 0)
    if facts.get("kind") not in rules.BENEFITS or not text or len(text) > 200:
        raise BadTier(field="benefits")
    if not (0 <= value <= 10**12 and 0 <= cost <= 10**12):
        raise BadTier(field="benefits")
    factor = Decimal(facts.get("factor") or 1)
    if not (factor.is_finite() and 1 <= factor <= 20):
        raise BadTier(field="factor")
    return {
        "kind": facts["kind"],
        "text": text,
        "factor": factor,
        "value_minor": value,
        "cost_minor": cost,
    }


def _free_code(name: str) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:30] or "tier"
    taken = set(Tier.objects.filter(code__startswith=base).values_list("code", flat=True))
    return next(
        code for n in range(1, 1000) if (code := base if n == 1 else f"{base}-{n}") not in taken
    )


def _on(member: Member, *, at: datetime, tier: int | None) -> dict[str, Any]:
    """Return what an event says about a member's tier."""
    facts = {"member": member.pk, "tier": tier}
    about = {"subject": "customer", "subject_id": member.customer_id, "facts": facts}
    return {"at": at, "actor": "nightly", **about}
