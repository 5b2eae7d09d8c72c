"""The part of the work loop that lets campaigns do what they should; safe to run twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from stamgast.campaigns.actions.codes import settle_used_codes
from stamgast.campaigns.actions.contacting import drop_stale
from stamgast.campaigns.actions.following import expire_offers, follow_deliveries, hand_over_due
from stamgast.campaigns.actions.giving import ungiven
from stamgast.campaigns.actions.giving_up import give_up_kept_back
from stamgast.campaigns.actions.lists import hand_list_over, waiting_for_list
from stamgast.campaigns.actions.rounds import run_round
from stamgast.campaigns.actions.sending_out import doubt_silent, due_to_tell, tell_contact
from stamgast.campaigns.actions.waiting import REFUSED, goes_on, wait_after
from stamgast.campaigns.errors import NothingToHandOver, NotRunning
from stamgast.campaigns.freshness import is_too_early, orders_too_old, today_of
from stamgast.campaigns.kept_back import kept_back
from stamgast.campaigns.models import Assignment, Campaign, Code, Delivery, Offer
from stamgast.campaigns.priority import in_order
from stamgast.campaigns.series import most_each
from stamgast.campaigns.spending import left
from stamgast.campaigns.triggers import customers_of_news
from stamgast.events.actions import ask, show_progress
from stamgast.events.models import Job
from stamgast.kernel import Refusal
from stamgast.scoring.queries import current_run
from stamgast.staff.models import User

KIND = "campaigns"
TELLING = "tell_contacts"
LISTING = "make_list"
_IN_ONE_GO = 100
_AT_A_TIME = timedelta(minutes=1)  # then other jobs have their turn
_BUSY = (Job.Status.WAITING, Job.Status.RUNNING)


def look(at: datetime) -> None:
    """Ask for campaign work when there is any, and none is under way."""
    if has_work(at) and not Job.objects.filter(kind=KIND, status__in=_BUSY).exists():
        ask_now(at)


def ask_now(at: datetime) -> Job:
    """Ask for campaign work now; several who ask within a second ask once."""
    return ask(KIND, at=at, key=f"{KIND}:{at:%Y%m%d%H%M%S}", by=KIND)


def look_for_contacts(at: datetime) -> None:
    """Ask for contacts to be told to other programs when some are due, and none are under way."""
    if due_to_tell(at).exists() and not Job.objects.filter(kind=TELLING, status__in=_BUSY).exists():
        ask(TELLING, at=at, key=f"{TELLING}:{at:%Y%m%d%H%M%S}", by=KIND)


def ask_for_list(campaign: Campaign, *, at: datetime, by: User) -> Job:
    """Ask for a list of who waits in a campaign; refuses where nobody does.

    Each customer is asked about by itself, so that takes its time: 20 milliseconds apiece.
    """
    if not waiting_for_list(campaign, at):
        raise NothingToHandOver()
    facts = {"campaign": campaign.pk, "by": by.pk}
    return ask(
        LISTING, at=at, key=f"{LISTING}:{campaign.pk}:{at:%Y%m%d%H%M%S}", by=KIND, facts=facts
    )


def make_list(job: Job) -> Mapping[str, Any]:
    """Make the list that was asked for; where nobody may be reached after all there is none."""
    campaign = Campaign.objects.get(pk=job.facts["campaign"])
    by = User.objects.filter(pk=job.facts["by"]).first()

    def show(share: float) -> None:
        show_progress(job, at=datetime.now(UTC), progress=min(0.99, share), doing="making_list")

    try:
        made = hand_list_over(campaign, at=job.run_at, by=by, show=show)
    except (NothingToHandOver, NotRunning):
        return {"customers": 0}
    return {"customers": made.customers}


def tell_contacts(job: Job) -> Mapping[str, Any]:
    """Tell other programs what is due, one by one; what does not arrive is tried again later."""
    return tell_due(
        clock=lambda: datetime.now(UTC),
        show=lambda: show_progress(job, at=datetime.now(UTC), progress=0.5),
    )


def tell_due(
    *, clock: Callable[[], datetime], show: Callable[[], object] = lambda: None
) -> dict[str, int]:
    """Tell other programs what is due, for a minute at most; returns how many ended how."""
    doubt_silent(at=clock())
    told: Counter[str] = Counter()
    until = clock() + _AT_A_TIME
    while part := list(due_to_tell(now := clock())[:_IN_ONE_GO]):
        for contact in part:
            if now >= until:
                return dict(told)
            told[tell_contact(contact, at=now, clock=clock)] += 1
            show()
            now = clock()
    return dict(told)


def has_work(at: datetime) -> bool:
    """Say whether a campaign is due, a contact ended or comes up, or an offer runs out."""
    running = _at_work(at)
    if any(is_due(campaign, at) for campaign in running):
        return True
    if Delivery.objects.ended_unseen().exists() or kept_back(at).exists():
        return True
    unhanded = Delivery.objects.unhanded().filter(due_at__lte=at)
    to_hand_over = running.filter(pk__in=unhanded.values("assignment__campaign"))
    if any(not orders_too_old(campaign, at) for campaign in to_hand_over):
        return True
    return Assignment.objects.filter(state=Assignment.State.GIVEN, expires_at__lte=at).exists()


def work(job: Job) -> Mapping[str, Any]:
    """Do all campaign work that is due; the clock is read here, once."""
    at = datetime.now(UTC)

    def show(share: float) -> None:
        show_progress(job, at=datetime.now(UTC), progress=min(0.99, share), doing="giving")

    return do_work(at=at, show=show)


def do_work(*, at: datetime, show: Any = lambda share: None) -> dict[str, int]:
    """Do all campaign work that is due at this moment; what refuses one campaign stops that alone."""
    given = 0
    for campaign in in_order(_at_work(at)):
        try:
            given += _do(campaign, at=at, show=show)
        except Refusal as refusal:
            wait_after(campaign, refusal, at=at)
    give_up_kept_back(at=at)
    return {
        "given": given,
        "ended": follow_deliveries(at=at) + drop_stale(at=at) + doubt_silent(at=at),
        "used": settle_used_codes(at=at),
        "expired": expire_offers(at=at),
    }


def _at_work(at: datetime) -> QuerySet[Campaign]:
    """Return what runs, without what waits a while because its work was refused."""
    running = Campaign.objects.filter(status=Campaign.Status.RUNNING).select_related("goal")
    return running.filter(Q(waits_until=None) | Q(waits_until__lte=at))


def _do(campaign: Campaign, *, at: datetime, show: Any) -> int:
    given = 0
    if is_due(campaign, at):
        only = customers_of_news(campaign, at) if _is_on_event(campaign) else None
        given = run_round(campaign, at=at, only=only, show=show).given
        if only is not None:
            Campaign.objects.filter(pk=campaign.pk).update(looked_at=at)
    hand_over_due(campaign, at=at)
    if campaign.waits_until is not None:
        goes_on(campaign)
    return given


def is_due(campaign: Campaign, at: datetime) -> bool:
    """Say whether a campaign should look at its audience, or finish what it began."""
    if is_too_early(campaign, at):
        return False
    if campaign.waits_for == REFUSED and _is_half_given(campaign):
        return True
    if campaign.waits_for not in ("", REFUSED):
        return _may_go_on(campaign, at)
    if campaign.is_planned:
        return _is_half_given(campaign)
    if _is_on_event(campaign):
        return bool(customers_of_news(campaign, at)) or _is_half_given(campaign)
    if campaign.rounds == 0:
        return True
    if campaign.rhythm == Campaign.Rhythm.DAILY and campaign.looked_at is not None:
        run = current_run()
        is_new_day = today_of(campaign.looked_at) < today_of(at)
        scored_since = bool(run and run.ended_at and run.ended_at > campaign.looked_at)
        return is_new_day and (scored_since or run is None)
    return _is_half_given(campaign)


def _may_go_on(campaign: Campaign, at: datetime) -> bool:
    """Say whether what a campaign waits for has come."""
    if campaign.waits_for == "orders_too_old":
        return not orders_too_old(campaign, at)
    offers = _next_given(campaign)
    if campaign.waits_for == "codes":
        lists = {offer.code_list_id for offer in offers if offer.code_list_id}
        return all(Code.objects.filter(list=one, handed_at=None).exists() for one in lists)
    if campaign.waits_for == "rewards":
        if any(offer.code_set is not None and offer.code_set.closed_at for offer in offers):
            return False
        mine = [offer.reward for offer in offers if offer.reward is not None]
        return all(r.closed_at is None and (r.stock is None or r.claimed < r.stock) for r in mine)
    return left(campaign)[0] >= most_each(campaign, offers)


def _next_given(campaign: Campaign) -> list[Offer]:
    """Return the offer that is given next: that of the first who waits for theirs, else any."""
    first = ungiven(campaign).select_related("arm").first()
    offers = campaign.offers.select_related("code_set", "reward")
    return [one for one in offers if first is None or one.code == first.arm.code]


def _is_half_given(campaign: Campaign) -> bool:
    """Say whether a lot was drawn of which nothing came, because a worker stopped half-way."""
    return ungiven(campaign).exists()


def _is_on_event(campaign: Campaign) -> bool:
    return campaign.rhythm == Campaign.Rhythm.ON_EVENT
