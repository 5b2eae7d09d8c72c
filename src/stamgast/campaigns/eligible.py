"""Who of an audience may get a campaign, and why the others may not: settled before the lot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from stamgast.campaigns.channels import channel_of, come_to_us
from stamgast.campaigns.followed import control_groups, lots_in
from stamgast.campaigns.held_back import would_have_heard
from stamgast.campaigns.models import Campaign, Contact, Delivery, Offer
from stamgast.campaigns.priority import first_to
from stamgast.campaigns.second_life import over_second_life
from stamgast.customers.models import Customer, Interaction
from stamgast.customers.queries import may_be_asked
from stamgast.customers.rules import born_by
from stamgast.loyalty.models.members import Member
from stamgast.measurement.models import Lot
from stamgast.measurement.queries import in_standing_control
from stamgast.staff.queries import shop
from stamgast.strategy.models import Goal

_AT_ONCE = 5_000


@dataclass(frozen=True)
class Eligibility:
    """Who may, in the order given, and of the others why not (the first reason that holds)."""

    may: list[int]
    may_not: dict[int, str]

    @property
    def reasons(self) -> dict[str, int]:
        """How many may not, per reason, the most first."""
        return dict(Counter(self.may_not.values()).most_common())


def eligible(campaign: Campaign, customers: Sequence[int], at: datetime) -> Eligibility:
    """Say who may be drawn now: allowed, of age, not objecting, not complaining, and not asked too often.

    Members of the standing control group stay in: the lot gives them nothing and says so.
    """
    may_not: dict[int, str] = {}
    for part in _parts(customers):
        for reasons in _reasons(campaign, part, at):
            for one, code in reasons.items():
                may_not.setdefault(one, code)
    return Eligibility([one for one in customers if one not in may_not], may_not)


def _today(at: datetime) -> date:
    return at.astimezone(ZoneInfo(shop().zone)).date()


def _reasons(campaign: Campaign, part: list[int], at: datetime) -> Iterator[dict[int, str]]:
    """Yield the reasons that weigh most first; a customer keeps the first."""
    # Choosing whom to write to by what they bought is profiling.
    objecting = Customer.objects.filter(pk__in=part, objects_to_profiling=True)
    yield dict.fromkeys(objecting.values_list("pk", flat=True), "objects_to_profiling")
    young = Customer.objects.filter(pk__in=part, birth_date__gt=born_by(_today(at)))
    yield dict.fromkeys(young.values_list("pk", flat=True), "minor")
    # A later step over another channel is asked when its moment comes.
    first = campaign.steps.order_by("position", "pk").first()
    if first is not None:
        yield channel_of(first.channel).refused(first.content, campaign.purpose, part, at)
    if campaign.offers.filter(kind__in=[Offer.Kind.POINTS, Offer.Kind.REWARD]).exists():
        members = Member.objects.filter(customer__in=part, left_at=None, merged_into=None)
        outside = set(part).difference(members.values_list("customer_id", flat=True))
        yield dict.fromkeys(outside, "no_member")
    for offer in campaign.offers.all():
        if question := offer.facts.get("question"):
            askable = may_be_asked(question, at=at).filter(pk__in=part)
            unasked = set(part).difference(askable.values_list("pk", flat=True))
            yield dict.fromkeys(unasked, "asked_recently")
    complaining = Interaction.objects.filter(
        customer__in=part, kind=Interaction.Kind.COMPLAINT, closed_at=None
    )
    yield dict.fromkeys(complaining.values_list("customer_id", flat=True), "open_complaint")
    yield dict.fromkeys(over_second_life(campaign, part), "over_second_life")
    if campaign.experiment_id is not None:
        drawn = Lot.objects.filter(experiment=campaign.experiment_id, customer__in=part)
        yield dict.fromkeys(drawn.values_list("customer_id", flat=True), "drawn_before")
    yield dict.fromkeys(_left_out_before(campaign, part, at), "similar_control")
    if not draws_capped(campaign):
        yield dict.fromkeys(capped_now(campaign, part, at), "contacted_often")


def draws_capped(campaign: Campaign) -> bool:
    """Say whether those who heard from us often enough are drawn all the same, and their contact waits.

    A campaign that looks again every day, or a plan, takes them in later; any other would lose them.
    """
    return campaign.rhythm != Campaign.Rhythm.DAILY and not campaign.is_planned


def capped_now(campaign: Campaign, customers: Sequence[int], at: datetime) -> list[int]:
    """Return who has to wait now before a campaign may reach them, by the guard rail of its goal."""
    if campaign.goal is None:
        return []
    return over_the_cap(campaign.goal, customers, at, before=campaign)


def _left_out_before(campaign: Campaign, part: list[int], at: datetime) -> list[int]:
    """Return whom the lot of a similar campaign left out: while they are followed, nobody gives it.

    Who is in the standing control group stays in: by any lot they get nothing.
    """
    if not campaign.pool:
        return []
    similar = [
        one
        for one in control_groups(at)
        if one.pool == campaign.pool and one.experiment != campaign.experiment_id
    ]
    rows = lots_in(similar, at).filter(is_standing=False, customer__in=part)
    return list(rows.values_list("customer_id", flat=True))


def over_the_cap(
    goal: Goal, customers: Iterable[int], at: datetime, *, before: Campaign | None = None
) -> list[int]:
    """Return who has had as many contacts as the guard rail of the goal allows, or soon will.

    With `before` what waits counts too, of running campaigns that have a customer before that one,
    and what the lot of another campaign kept from its control group: both its groups may be drawn, or
    neither. What waits until the customer comes by is no contact.
    """
    if goal.contacts_most is None:
        return []
    since = at - timedelta(days=goal.contacts_days)
    many = list(customers)
    said = Interaction.objects.filter(customer__in=many, is_ours=True, at__gte=since)
    found = Counter(dict(_counted(said, "customer_id")))
    if before is None:  # what is in hand waits as a delivery too
        in_hand = Contact.objects.filter(customer__in=many, status=Contact.Status.IN_HAND)
        found.update(dict(_counted(in_hand, "customer_id")))
    else:
        waiting = Delivery.objects.filter(
            first_to(before),
            assignment__customer__in=many,
            assignment__campaign__status=Campaign.Status.RUNNING,
            state=Delivery.State.WAITING,
            due_at__lte=at,
        ).exclude(channel__in=come_to_us())
        found.update(dict(_counted(waiting, "assignment__customer_id")))
        found.update(would_have_heard(many, before=before, since=since, at=at))
    return [one for one, times in found.items() if times >= goal.contacts_most]


def _counted(rows: QuerySet[Any], customer: str) -> list[tuple[int, int]]:
    return list(rows.values_list(customer).annotate(times=Count("pk")))


def standing(customers: Sequence[int], at: datetime) -> int:
    """Count who is in the standing control group, which no campaign touches."""
    return len(in_standing_control(customers, at=at))


def _parts(customers: Sequence[int]) -> Iterator[list[int]]:
    every = list(customers)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
