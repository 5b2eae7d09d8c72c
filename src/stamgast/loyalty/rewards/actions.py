"""The writers of rewards and claims."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from stamgast.customers.actions import add_task
from stamgast.customers.errors import AlreadyClosed, KeyReused, NotClosed
from stamgast.customers.models import Task
from stamgast.events.actions import tell
from stamgast.loyalty.actions import give_back_spent, spend_points
from stamgast.loyalty.codes.actions import block_code, issue_code
from stamgast.loyalty.models.codes import CodeUse
from stamgast.loyalty.models.members import Member
from stamgast.loyalty.models.rewards import Claim, Reward
from stamgast.loyalty.rewards import queries, rules
from stamgast.loyalty.rewards.errors import BadReward, ClaimInUse, MayNotClaim
from stamgast.loyalty.tiers.queries import tiers_at
from stamgast.staff.queries import Who, actor

FACTS = (
    "name", "text", "kind", "points", "stock", "tiers", "most_each", "starts_at", "ends_at",
    "cost_minor", "currency", "vat_kind", "vat_rate", "requires_purchase", "code_set", "code_days",
)  # fmt: skip
_DEFAULTS = {
    name: Reward._meta.get_field(name).get_default()  # type: ignore[union-attr]
    for name in FACTS
}
FULFIL_WITHIN = timedelta(days=7)


def make_reward(*, at: datetime, by: Who = None, key: str | None = None, **facts: Any) -> Reward:
    """Put a reward up.

    The same key with the same facts returns the reward that is there; with other facts it is
    refused. Refuses what `rules.check_reward` refuses.
    """
    unknown = facts.keys() - set(FACTS)
    if unknown:
        raise TypeError(f"a reward has no {sorted(unknown)}")
    clean = _clean({**_DEFAULTS, **facts})
    try:
        with transaction.atomic():
            if key and (row := Reward.objects.filter(key=key).first()):
                return _same(row, clean)
            row = Reward.objects.create(**clean, made_at=at, key=key or None)
            tell("reward_made", **_on(row, at=at, by=by, kind=row.kind))
    except IntegrityError:  # the same key arrived twice at once
        return _same(Reward.objects.get(key=key), clean)
    return row


def change_reward(reward: Reward, *, at: datetime, by: Who = None, **facts: Any) -> Reward:
    """Change a reward from now on; claims keep what they were. Refuses a stock below what is out."""
    with transaction.atomic():
        row = Reward.objects.select_for_update().get(pk=reward.pk)
        clean = _clean({**{name: getattr(row, name) for name in FACTS}, **facts})
        changed = [name for name in FACTS if getattr(row, name) != clean[name]]
        for name in changed:
            setattr(row, name, clean[name])
        if row.stock is not None and row.stock < row.claimed:
            raise BadReward(field="stock")
        if changed:
            row.save(update_fields=changed)
            tell("reward_changed", **_on(row, at=at, by=by, changed=changed))
    return row


def close_reward(reward: Reward, *, at: datetime, by: Who = None) -> Reward:
    """Take a reward down; what was claimed stays. Refuses one that is down."""
    with transaction.atomic():
        if not Reward.objects.filter(pk=reward.pk, closed_at=None).update(closed_at=at):
            raise AlreadyClosed()
        reward.refresh_from_db()
        tell("reward_closed", **_on(reward, at=at, by=by))
    return reward


def reopen_reward(reward: Reward, *, at: datetime, by: Who = None) -> Reward:
    """Put a reward up again; refuses one that is up."""
    with transaction.atomic():
        rows = Reward.objects.filter(pk=reward.pk, closed_at__isnull=False)
        if not rows.update(closed_at=None):
            raise NotClosed()
        reward.refresh_from_db()
        tell("reward_reopened", **_on(reward, at=at, by=by))
    return reward


def claim_reward(
    reward: Reward, member: Member, *, key: str, at: datetime, by: Who = None
) -> Claim:
    """Take a reward for points: a code is given, or a colleague gets a task; joins the caller's
    transaction.

    The same key returns the claim that is there; for another member or reward it is refused. Refuses
    with a reason: too few points, out of stock, another tier, had as often as one may, not now, and
    no late purchase that it can go with.
    """
    return _taken(reward, member, reward.points, key=key, at=at, by=by)


def give_reward(reward: Reward, member: Member, *, key: str, at: datetime, by: Who = None) -> Claim:
    """Give a member a reward that takes no points; refuses what `claim_reward` refuses otherwise.

    Nor does it count as one of those they may claim.
    """
    return _taken(reward, member, 0, key=key, at=at, by=by)


def _taken(
    reward: Reward, member: Member, points: int, *, key: str, at: datetime, by: Who
) -> Claim:
    try:
        with transaction.atomic():
            if row := Claim.objects.filter(key=key).first():
                return _same_claim(row, reward, member)
            return _claim(reward, member, points, key=key, at=at, by=by)
    except IntegrityError:  # the same key arrived twice at once
        row = Claim.objects.filter(key=key).first()
        if row is None:
            raise
        return _same_claim(row, reward, member)


def _claim(
    reward: Reward, member: Member, points: int, *, key: str, at: datetime, by: Who
) -> Claim:
    reward.refresh_from_db()
    member = Member.objects.select_for_update().get(pk=member.pk)  # counts what they had
    mine = frozenset(tiers_at(member.customer, at=at))
    asked = queries.asked_of(
        reward,
        member,
        available=rules.MOST_POINTS,  # the ledger itself refuses too few
        mine=mine,
        had=queries.had_of(member).get(reward.pk, 0) if points else 0,
        purchases=queries.purchases_left(member, at=at) if points else 1,
    )
    if reason := rules.refusal_of(asked, at=at):
        raise MayNotClaim(reason=reason)
    in_stock = Reward.objects.filter(Q(stock=None) | Q(claimed__lt=F("stock")), pk=reward.pk)
    if not in_stock.update(claimed=F("claimed") + 1):
        raise MayNotClaim(reason="out_of_stock")
    entry = None
    if points:
        entry = spend_points(
            member, points, key=f"claim:{key}", at=at, by=by, reason=reward.name[:200]
        ).entry
    code = task = None
    if reward.code_set is not None:
        valid_for = timedelta(days=reward.code_days)
        code = issue_code(
            reward.code_set, member.customer, at=at, key=f"claim:{key}", valid_for=valid_for
        )
    else:
        due = (at + FULFIL_WITHIN).date()
        task = add_task(
            member.customer, title=reward.name[:200], reason=Task.Reason.REWARD, at=at, due=due
        )
    row = Claim.objects.create(
        reward=reward,
        member=member,
        state=Claim.State.FULFILLED if code else Claim.State.CLAIMED,
        points=points,
        cost_minor=reward.cost_minor,
        entry_id=entry,
        code=code,
        task=task,
        at=at,
        fulfilled_at=at if code else None,
        key=key,
    )
    tell("reward_claimed", **_of(row, at=at, by=by))
    return row


def fulfil_claim(claim: Claim, *, at: datetime, by: Who = None) -> Claim:
    """Say that a member has their reward; its task is done. Refuses one that was, or was undone."""
    with transaction.atomic():
        waiting = Claim.objects.filter(pk=claim.pk, state=Claim.State.CLAIMED)
        if not waiting.update(state=Claim.State.FULFILLED, fulfilled_at=at):
            raise AlreadyClosed()
        claim.refresh_from_db()
        Task.objects.filter(pk=claim.task_id or 0, done_at=None).update(done_at=at)
        tell("claim_fulfilled", **_of(claim, at=at, by=by))
    return claim


def undo_claim(claim: Claim, *, at: datetime, by: Who = None, reason: str = "") -> Claim:
    """Take a claim back: points and stock return, its code dies, its task is closed.

    Refuses one that was undone, and one whose code is held or used.
    """
    with transaction.atomic():
        live = Claim.objects.filter(pk=claim.pk).exclude(state=Claim.State.UNDONE)
        if not live.update(state=Claim.State.UNDONE, undone_at=at):
            raise AlreadyClosed()
        claim.refresh_from_db()
        if claim.code is not None:
            _kill(claim, at=at, by=by)
        if claim.entry is not None:
            key, why = f"undo-claim:{claim.pk}", reason or "claim undone"
            back = give_back_spent(claim.entry, key=key, at=at, by=by, reason=why)
            Claim.objects.filter(pk=claim.pk).update(reversal=back.entry)
        claim.refresh_from_db()
        Reward.objects.filter(pk=claim.reward_id, claimed__gt=0).update(claimed=F("claimed") - 1)
        Task.objects.filter(pk=claim.task_id or 0, done_at=None).update(done_at=at)
        tell("claim_undone", **_of(claim, at=at, by=by))
    return claim


def _kill(claim: Claim, *, at: datetime, by: Who) -> None:
    """Block the code of a claim; refuses when it is on its way through a checkout, or was used."""
    code = claim.code
    assert code is not None
    if code.blocked_at is None:
        block_code(code.text, at=at, by=by)
    live = CodeUse.objects.filter(code=code).exclude(state="released")
    if live.filter(Q(state="used") | Q(expires_at__gt=at)).exists():
        raise ClaimInUse()


def _clean(facts: dict[str, Any]) -> dict[str, Any]:
    clean = dict(facts)
    clean["name"] = " ".join(str(clean["name"] or "").split())
    clean["text"] = str(clean["text"] or "").strip()
    clean["tiers"] = sorted({str(one) for one in clean["tiers"] or ()})
    rules.check_reward(clean)
    return clean


def _same(row: Reward, clean: dict[str, Any]) -> Reward:
    if any(getattr(row, name) != clean[name] for name in FACTS):
        raise KeyReused(key=row.key)
    return row


def _same_claim(row: Claim, reward: Reward, member: Member) -> Claim:
    if row.reward_id != reward.pk or row.member_id not in {member.pk, member.merged_into_id}:
        raise KeyReused(key=row.key)
    return row


def _on(row: Reward, *, at: datetime, by: Who, **facts: Any) -> dict[str, Any]:
    """Return what an event says about a reward."""
    about = {"subject": "reward", "subject_id": row.pk, "facts": facts}
    return {"at": at, "actor": actor(by), **about}


def _of(row: Claim, *, at: datetime, by: Who) -> dict[str, Any]:
    """Return what an event says about a claim."""
    facts = {"claim": row.pk, "reward": row.reward_id, "member": row.member_id}
    about = {"subject": "customer", "subject_id": row.member.customer_id, "facts": facts}
    return {"at": at, "actor": actor(by), **about}
