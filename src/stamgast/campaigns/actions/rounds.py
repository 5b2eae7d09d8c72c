"""One round of a campaign: look the audience up, settle who may, draw lots, and give.

Killed at any moment, the next round goes on where this one was: a lot once drawn is kept, whoever
has a lot but not yet what it says gets it, and every key is written once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from stamgast.campaigns.actions.giving import give, stand_still
from stamgast.campaigns.actions.telling import about, tell
from stamgast.campaigns.audience import looking, members
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.freshness import is_too_early, orders_too_old
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.series import most_each
from stamgast.campaigns.spending import left
from stamgast.measurement.actions import write_lots
from stamgast.measurement.models import Lot

Show = Callable[[float], object]


@dataclass(frozen=True)
class Round:
    """What one round did."""

    found: int = 0
    eligible: int = 0
    drawn: int = 0
    given: int = 0


def run_round(
    campaign: Campaign,
    *,
    at: datetime,
    only: Sequence[int] | None = None,
    show: Show = lambda share: None,
) -> Round:
    """Do one round, of these customers alone when named; does nothing before it may or while it may
    not run.

    Of a planned campaign only customers that are named are drawn. `show` hears how far it is, from
    0 to 1.
    """
    row = Campaign.objects.select_related("goal", "experiment").get(pk=campaign.pk)
    if row.status != Campaign.Status.RUNNING or row.experiment is None:
        return Round()
    if is_too_early(row, at):
        return Round()
    if orders_too_old(row, at):
        _wait(row, "orders_too_old")
        return Round()
    is_once_more = row.rhythm == Campaign.Rhythm.ONCE and row.rounds > 0
    is_whole = only is None and not is_once_more and not row.is_planned
    found, may = _look_up(row, at, only) if is_whole or only else ([], [])
    room, limit = _room(row)
    is_stuck = bool(may and limit and not room)
    drawn = _draw(row, may[:room], at, is_whole=is_whole and not is_stuck)
    show(0.2)
    given = give(row, at=at, show=lambda share: show(0.2 + 0.8 * share))
    if is_stuck or (limit and len(may) > room and row.keeps_drawing):
        stand_still(row, limit, at)  # who found no room comes in once there is some
    if drawn or given:
        tell("campaign_round", **about(row, at=at, by="campaigns", drawn=drawn, given=given))
    return Round(len(found), len(may), drawn, given)


def _look_up(
    row: Campaign, at: datetime, only: Sequence[int] | None
) -> tuple[list[int], list[int]]:
    """Return who is in the audience, and of them who may be drawn, in the order of chance."""
    look = looking(at)
    found = members(row.audience, look if only is None else look.at_only(only))
    may = eligible(row, found, at).may
    assert row.experiment is not None
    salt = row.experiment.salt
    may.sort(key=lambda one: _chance(salt, one))
    return found, may


def _chance(salt: str, customer: int) -> bytes:
    """Where room is short, who comes first is chance, and the same each time."""
    return blake2b(b"first:%d" % customer, digest_size=8, key=salt.encode()).digest()


def _room(row: Campaign) -> tuple[int, str]:
    """Say how many may be drawn by the campaign's own limit and by what money there is; which money."""
    room, limit = 10**9, ""
    if row.most_customers is not None:
        drawn = Lot.objects.filter(experiment=row.experiment_id, round=row.rounds + 1).count()
        room = max(0, row.most_customers - drawn)
    each = most_each(row)
    if each and row.goal_id is not None:
        free, of = left(row)
        given = float(1 - row.control_share)
        fits = free / (each * given)
        # Lots vary: so few more than their share get it that the money all but surely suffices.
        fits -= 3 * (fits * (1 - given) / given) ** 0.5
        paid = max(0, int(fits), int(free // each))
        room, limit = (paid, of) if paid < room else (room, limit)
    return room, limit


def _draw(row: Campaign, may: list[int], at: datetime, *, is_whole: bool) -> int:
    """Draw the lots of a round, and count it when the whole audience was looked up."""
    assert row.experiment is not None
    drawn = write_lots(row.experiment, may, at=at, round=row.rounds + 1) if may else 0
    if is_whole:
        Campaign.objects.filter(pk=row.pk, rounds=row.rounds).update(
            rounds=row.rounds + 1, looked_at=at
        )
    return drawn


def _wait(row: Campaign, why: str) -> None:
    Campaign.objects.filter(pk=row.pk).update(waits_for=why)
