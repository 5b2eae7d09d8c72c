"""Points: earned, held, spent, granted, taken, moved and undone. All join the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction

from stamgast.database.bulk import Pace
from stamgast.kernel import Points, Refusal
from stamgast.loyalty import queries, rules
from stamgast.loyalty.actions.posting import hear, posted, refusal_of
from stamgast.loyalty.book import NewLot, Operation, Outcome, post_many
from stamgast.loyalty.errors import (
    AlreadyReversed,
    CannotReverse,
    MemberLeft,
    NoSuchHold,
    OverYourLimit,
    PointsNeedAReason,
    ProgrammeNotRunning,
    SameMember,
)
from stamgast.loyalty.models import Checkout, EarningRule, Entry, Hold, LotUse, Member, Wallet
from stamgast.staff.queries import Who, actor, employee

_AT_ONCE = 200
_REVERSIBLE = {"earn", "grant", "deduct", "correct"}


def earn_points(
    member: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who = None,
    happened_at: datetime | None = None,
    qualifying: int | None = None,
    reason: str = "",
    ref: str = "",
    versions: Sequence[int] = (),
    is_pending: bool = True,
) -> Outcome:
    """Give a member points for something they did, pending as the programme says.

    `qualifying` count for a tier; as many as are earned when left out. Refuses who left, a number
    that cannot be, and a key that came before with other facts.
    """
    member = queries.taking_part(member)
    count = rules.whole(points, least=0 if qualifying else 1)
    more = count if qualifying is None else rules.whole(qualifying, field="qualifying", least=0)
    terms = queries.terms_of(queries.programme())
    lot = terms.lot(count, happened_at or at, is_pending=is_pending)
    return posted(
        Operation(
            do="issue",
            kind=Entry.Kind.EARN,
            points=count,
            qualifying=more,
            lots=(lot,) if count else (),
            does_forgive=terms.does_forgive,
            rules=tuple(versions),
            asked={"points": count, "qualifying": more},
            **_about(member, at, key, by, reason=reason, ref=ref),
        )
    )


def earn_by_action(
    member: Member,
    action: str,
    *,
    at: datetime,
    key: str,
    by: Who = None,
    happened_at: datetime | None = None,
    ref: str = "",
) -> list[Outcome]:
    """Give a member what the rules promise for an action such as a review; nothing when none does.

    Refuses while the programme does not run, and who left. A rule with a limit gives no more often.
    """
    member = queries.taking_part(member)
    moment = happened_at or at
    if not queries.is_running(queries.programme(), moment):
        raise ProgrammeNotRunning()
    outcomes = []
    with transaction.atomic():
        Wallet.objects.select_for_update().get(member=member, kind="spendable")
        for rule in queries.rules_now():
            if rule.kind != EarningRule.Kind.ACTION or rule.action != action:
                continue
            own_key = f"{key}:rule:{rule.rule}"
            if not rule.holds_at(moment) or _is_used_up(member, rule, own_key):
                continue
            outcomes.append(
                earn_points(
                    member,
                    rule.points,
                    at=at,
                    key=own_key,
                    by=by,
                    happened_at=moment,
                    qualifying=rule.points if rule.does_qualify else 0,
                    reason=action,
                    ref=ref,
                    versions=[rule.version],
                    is_pending=False,
                )
            )
    return outcomes


def _is_used_up(member: Member, rule: rules.RuleTerms, key: str) -> bool:
    if not rule.most_times:
        return False
    times = Entry.objects.filter(member=member, key__endswith=f":rule:{rule.rule}").exclude(key=key)
    return times.count() >= rule.most_times


def spend_points(
    member: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who = None,
    reason: str = "",
    ref: str = "",
) -> Outcome:
    """Spend points at once; refuses more than there are, and who left."""
    member = queries.taking_part(member)
    count = rules.whole(points)
    return posted(
        Operation(
            do="spend",
            kind=Entry.Kind.SPEND,
            points=count,
            asked={"points": count},
            **_about(member, at, key, by, reason=reason, ref=ref),
        )
    )


def hold_points(
    member: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    until: datetime,
    by: Who = None,
    ref: str = "",
) -> Outcome:
    """Keep points apart until a moment; `made` is the hold. Refuses more than there are."""
    member = queries.taking_part(member)
    count = rules.whole(points)
    return posted(
        Operation(
            do="hold",
            kind=Entry.Kind.HOLD,
            points=count,
            hold_until=until,
            asked={"points": count},
            **_about(member, at, key, by, ref=ref),
        )
    )


def commit_hold(
    hold: Hold | int,
    *,
    at: datetime,
    key: str,
    points: Points | int | None = None,
    by: Who = None,
    ref: str = "",
) -> Outcome:
    """Spend what was kept apart, or a part of it, and let the rest go.

    Refuses a hold that lapsed or was closed, and more than was held.
    """
    row = _hold(hold)
    count = row.points if points is None else rules.whole(points, least=0)
    return posted(
        Operation(
            do="commit",
            kind=Entry.Kind.SPEND,
            points=count,
            hold=row.pk,
            of_entry=row.entry_id,
            asked={"points": count, "hold": row.pk},
            **_about(row.wallet.member, at, key, by, ref=ref),
        )
    )


def release_hold(hold: Hold | int, *, at: datetime, key: str = "", by: Who = None) -> Outcome:
    """Let points go that were kept apart; refuses a hold that lapsed or was closed otherwise."""
    row = _hold(hold)
    return posted(
        Operation(
            do="release",
            kind=Entry.Kind.RELEASE,
            hold=row.pk,
            of_entry=row.entry_id,
            asked={"hold": row.pk},
            **_about(row.wallet.member, at, key or f"hold:{row.pk}:release", by),
        )
    )


# --- by hand -----------------------------------------------------------------------------------------


def grant_points(
    member: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who,
    reason: str,
    does_qualify: bool = False,
) -> Outcome:
    """Give points by hand, to be spent at once; needs a reason, within the limit of one's role."""
    member = queries.taking_part(member)
    count = _by_hand(points, reason, by)
    terms = queries.terms_of(queries.programme())
    return posted(
        Operation(
            do="issue",
            kind=Entry.Kind.GRANT,
            points=count,
            qualifying=count if does_qualify else 0,
            lots=(terms.lot(count, at, is_pending=False),),
            does_forgive=terms.does_forgive,
            asked={"points": count, "qualifying": does_qualify},
            **_about(member, at, key, by, reason=reason),
        )
    )


def deduct_points(
    member: Member, points: Points | int, *, at: datetime, key: str, by: Who, reason: str
) -> Outcome:
    """Take points by hand; needs a reason, within the limit of one's role, and enough points."""
    member = queries.current(member)
    count = _by_hand(points, reason, by)
    return posted(
        Operation(
            do="spend",
            kind=Entry.Kind.DEDUCT,
            points=count,
            to="issued",
            asked={"points": count},
            **_about(member, at, key, by, reason=reason),
        )
    )


def correct_points(
    member: Member, points: Points | int, *, at: datetime, key: str, by: Who, reason: str
) -> Outcome:
    """Put a mistake right by giving (more than zero) or taking (less); what lacks becomes a debt."""
    member = queries.current(member)
    signed = points.count if isinstance(points, Points) else points
    is_more = type(signed) is not int or signed >= 0
    count = _by_hand(signed if is_more else -signed, reason, by)
    terms = queries.terms_of(queries.programme())
    facts: dict[str, Any] = {"do": "return", "claw": count, "to": "issued"}
    if is_more:
        lot = terms.lot(count, at, is_pending=False)
        facts = {"do": "issue", "points": count, "lots": (lot,)}
    return posted(
        Operation(
            **facts,
            kind=Entry.Kind.CORRECT,
            does_forgive=terms.does_forgive,
            asked={"points": signed},
            **_about(member, at, key, by, reason=reason),
        )
    )


def transfer_points(
    member: Member,
    to: Member,
    points: Points | int,
    *,
    at: datetime,
    key: str,
    by: Who,
    reason: str,
) -> tuple[Outcome, Outcome]:
    """Move points from one member to another; each keeps the date on which it ends.

    Refuses more than there are, who left, and moving them to the same member.
    """
    member, other = queries.taking_part(member), queries.taking_part(to)
    if member.pk == other.pk:
        raise SameMember()
    count = _by_hand(points, reason, by)
    asked = {"points": count, "from": member.pk, "to": other.pk}
    with transaction.atomic():
        both = Wallet.objects.filter(member__in=[member, other], kind="spendable")
        list(both.select_for_update().order_by("pk"))  # in one order, so that nobody waits twice
        out = posted(
            Operation(
                do="spend",
                kind=Entry.Kind.TRANSFER_OUT,
                points=count,
                to="issued",
                asked=asked,
                **_about(member, at, key, by, reason=reason),
            )
        )
        uses = LotUse.objects.filter(entry=out.entry, remaining__lt=0).order_by("pk")
        ends = uses.values_list("remaining", "lot__expires_at")
        came = posted(
            Operation(
                do="issue",
                kind=Entry.Kind.TRANSFER_IN,
                points=count,
                lots=tuple(NewLot(-taken, at, end) for taken, end in ends),
                of_entry=out.entry,
                asked=asked,
                **_about(other, at, f"{key}:in", by, reason=reason),
            )
        )
    return out, came


def reverse_entry(entry: Entry, *, at: datetime, by: Who, reason: str, key: str = "") -> Outcome:
    """Undo an entry made by hand or by an action: its exact opposite, once.

    Refuses an entry of another kind (an order is undone by a return), and one that was undone before
    under another key.
    """
    if entry.kind not in _REVERSIBLE or Checkout.objects.filter(earning=entry).exists():
        raise CannotReverse(kind=entry.kind)
    moved = dict(entry.legs.filter(wallet__kind="qualifying").values_list("account", "points"))
    points = entry.points
    _by_hand(abs(points), reason, by, least=0)
    facts: dict[str, Any] = (
        {"claw": points, "claw_of": entry.pk}
        if points >= 0
        else {"give": -points, "give_of": entry.pk}
    )
    if entry.kind == Entry.Kind.CORRECT and points < 0:
        facts = _undone_claw(entry)
    with transaction.atomic():
        try:
            with transaction.atomic():
                return posted(
                    Operation(
                        do="return",
                        kind=Entry.Kind.REVERSE,
                        to="issued",
                        qualifying=moved.get("issued", 0),
                        grace_until=queries.terms_of(queries.programme()).grace(at),
                        of_entry=entry.pk,
                        asked={"of": entry.pk},
                        **facts,
                        **_about(
                            queries.current(entry.member),
                            at,
                            key or f"entry:{entry.pk}:reverse",
                            by,
                            reason=reason,
                        ),
                    )
                )
        except IntegrityError:
            raise AlreadyReversed() from None


def give_back_spent(entry: Entry, *, at: datetime, by: Who, reason: str, key: str = "") -> Outcome:
    """Undo points that were spent outside a purchase, such as on a reward: to their own lots, once.

    Refuses any other kind of entry, and points spent in a purchase, which a return brings back.
    """
    if entry.kind != Entry.Kind.SPEND or Checkout.objects.filter(spending=entry).exists():
        raise CannotReverse(kind=entry.kind)
    count = abs(entry.points)
    own_key = key or f"entry:{entry.pk}:reverse"
    with transaction.atomic():
        try:
            with transaction.atomic():
                return posted(
                    Operation(
                        do="return",
                        kind=Entry.Kind.REVERSE,
                        give=count,
                        give_of=entry.pk,
                        grace_until=queries.terms_of(queries.programme()).grace(at),
                        of_entry=entry.pk,
                        asked={"of": entry.pk},
                        **_about(queries.current(entry.member), at, own_key, by, reason=reason),
                    )
                )
        except IntegrityError:
            raise AlreadyReversed() from None


def _undone_claw(entry: Entry) -> dict[str, Any]:
    """Return how to undo a correction downwards: only while it left no debt."""
    if entry.legs.filter(account="owed").exists():
        raise CannotReverse(kind=entry.kind)
    return {"give": -entry.points, "give_of": entry.pk}


# --- many at once, and by itself -----------------------------------------------------------------------


class Grant(NamedTuple):
    """Points for one of many members."""

    member: Member
    points: int
    key: str


def grant_many(
    grants: Iterable[Grant], *, at: datetime, by: Who, reason: str, is_pending: bool = False
) -> list[Outcome | Refusal]:
    """Give many members points, in portions that let others write; one refused stops no other."""
    terms = queries.terms_of(queries.programme())
    results: list[Outcome | Refusal] = []
    pace = Pace(_AT_ONCE, most=5_000)
    for part in pace.cut(list(grants)):
        asked = [_granted(grant, terms, is_pending, at, by, reason) for grant in part]
        operations = [one for one in asked if isinstance(one, Operation)]
        with pace.portion(len(part)):
            outcomes = iter(post_many(operations))
            for one in asked:
                results.append(_heard(one, next(outcomes)) if isinstance(one, Operation) else one)
    return results


def _granted(
    grant: Grant, terms: rules.Terms, is_pending: bool, at: datetime, by: Who, reason: str
) -> Operation | Refusal:
    try:
        if grant.member.left_at is not None:
            return MemberLeft()
        count = _by_hand(grant.points, reason, by)
    except Refusal as refusal:
        return refusal
    return Operation(
        do="issue",
        kind=Entry.Kind.GRANT,
        points=count,
        lots=(terms.lot(count, at, is_pending=is_pending),),
        does_forgive=terms.does_forgive,
        asked={"points": count},
        **_about(grant.member, at, grant.key, by, reason=reason),
    )


def _heard(operation: Operation, outcome: Outcome) -> Outcome | Refusal:
    if outcome.refused:
        return refusal_of(outcome)
    hear(operation, outcome)
    return outcome


def settle_member(member: Member, *, at: datetime) -> int:
    """Write down what became of a member's points by a moment; returns how many entries that took.

    It changes nothing that a member can see or spend: balances are functions of the time anyway.
    """
    member = queries.current(member)
    settle = Operation(do="settle", member=member.pk, customer=member.customer_id, at=at)
    return posted(settle).settled


def settle_due(*, at: datetime) -> int:
    """Write down everything that activated, lapsed or ended by a moment; returns how much."""
    due = Wallet.objects.filter(kind="spendable", due_at__lte=at).order_by("pk")
    operations = [
        Operation(do="settle", member=member, customer=customer, at=at)
        for member, customer in due.values_list("member_id", "member__customer_id")
    ]
    settled = 0
    pace = Pace(20, most=2_000)
    for part in pace.cut(operations):
        with pace.portion(len(part)):
            settled += sum(outcome.settled for outcome in post_many(part))
    return settled


# --- shared --------------------------------------------------------------------------------------------


def _about(
    member: Member, at: datetime, key: str, by: Who, *, reason: str = "", ref: str = ""
) -> dict[str, Any]:
    if not 0 < len(key) <= 160:
        raise ValueError(f"a key has 1 to 160 characters, not {len(key)}")
    return {
        "member": member.pk,
        "customer": member.customer_id,
        "at": at,
        "key": key,
        "by": actor(by)[:60],
        "reason": reason[:200],
        "ref": ref[:120],
    }


def _by_hand(points: Any, reason: str, by: Who, *, least: int = 1) -> int:
    count = rules.whole(points, least=least)
    if not 0 < len(reason.strip()) <= 200:
        raise PointsNeedAReason()
    who = employee(by)
    if who is not None and count > rules.limit_of(who.role):
        raise OverYourLimit(limit=rules.limit_of(who.role))
    return count


def _hold(hold: Hold | int) -> Hold:
    pk = hold if isinstance(hold, int) else hold.pk
    found = Hold.objects.select_related("wallet__member").filter(pk=pk).first()
    if found is None:
        raise NoSuchHold()
    return found
