"""Points: earned, spent, held and let go. All join the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef

from stamgast.customers.errors import InTheFuture
from stamgast.customers.rules import is_in_future
from stamgast.kernel import Points
from stamgast.loyalty import balances, queries, rules
from stamgast.loyalty.actions.posting import about, posted
from stamgast.loyalty.book import Operation, Outcome
from stamgast.loyalty.errors import (
    NoSuchHold,
    ProgrammeNotRunning,
)
from stamgast.loyalty.models import EarningRule, Entry, Hold, Member, PointsLot, Wallet
from stamgast.staff.queries import Who

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
            **about(member, at, key, by, reason=reason, ref=ref),
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

    Refuses while the programme does not run, who left, and what has not happened yet. A rule with a limit
    gives no more often.
    """
    member = queries.taking_part(member)
    moment = happened_at or at
    if is_in_future(moment, at):
        raise InTheFuture()
    if not queries.is_running(queries.programme(), moment):
        raise ProgrammeNotRunning()
    outcomes = []
    with transaction.atomic():
        Wallet.objects.select_for_update().get(member=member, kind="spendable")
        for rule in queries.rules_now():
            if rule.kind != EarningRule.Kind.ACTION or rule.action != action:
                continue
            own_key = f"{key}:rule:{rule.rule}"
            if not rule.holds_at(moment) or _is_used_up(member, rule, own_key, moment):
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


def _is_used_up(member: Member, rule: rules.RuleTerms, key: str, moment: datetime) -> bool:
    """Say whether a rule gave as often as it may; what was undone does not count."""
    if not rule.most_times:
        return False
    undone = Entry.objects.filter(kind=Entry.Kind.REVERSE, of_entry=OuterRef("entry"))
    times = PointsLot.objects.filter(
        ~Exists(undone), entry__member=member, entry__key__endswith=f":rule:{rule.rule}"
    ).exclude(entry__key=key)
    if rule.most_per == EarningRule.Per.YEAR:
        since, until = rules.year_of(moment, ZoneInfo(queries.programme().zone))
        # What is done earns at once, so its points became active when it was done.
        times = times.filter(activates_at__gte=since, activates_at__lt=until)
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
            **about(member, at, key, by, reason=reason, ref=ref),
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
    """Keep points apart until a moment; `made` is the hold. Refuses more than there are.

    Where the last entry was written by a clock that was ahead, they are kept apart as long from there.
    """
    member = queries.taking_part(member)
    count = rules.whole(points)
    return posted(
        Operation(
            do="hold",
            kind=Entry.Kind.HOLD,
            points=count,
            hold_until=until + balances.ahead_of(member, at),
            asked={"points": count},
            **about(member, at, key, by, ref=ref),
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
            **about(row.wallet.member, at, key, by, ref=ref),
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
            **about(row.wallet.member, at, key or f"hold:{row.pk}:release", by),
        )
    )


def _hold(hold: Hold | int) -> Hold:
    pk = hold if isinstance(hold, int) else hold.pk
    found = Hold.objects.select_related("wallet__member").filter(pk=pk).first()
    if found is None:
        raise NoSuchHold()
    return found
