"""Which benefits a member has, where a lot decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from stamgast.customers.models import Customer
from stamgast.customers.queries import known
from stamgast.loyalty.models import Member, Programme, Referral, TierBenefit
from stamgast.loyalty.queries import programme
from stamgast.loyalty.tiers.queries import present_tier
from stamgast.measurement.models import Experiment, Lot
from stamgast.scoring.models import Score
from stamgast.scoring.queries import current_run


def subject_of(benefit: TierBenefit) -> str:
    """Return how an experiment names the benefit that it is about."""
    return f"benefit:{benefit.pk}"


def benefit_experiment(benefit: TierBenefit) -> Experiment | None:
    """Return the experiment about a benefit that is under way, or None."""
    rows = Experiment.objects.filter(kind="benefit", subject=subject_of(benefit), ended_at=None)
    return rows.order_by("-pk").first()


def running_benefits() -> QuerySet[Experiment]:
    """Return the experiments about benefits that are under way."""
    return Experiment.objects.filter(kind="benefit", subject__startswith="benefit:", ended_at=None)


def may_be_invited(*, stages: Sequence[str] = ()) -> QuerySet[Customer]:
    """Return who takes no part yet, never left, and has an address; of these stages when given."""
    members = Member.objects.values("customer")
    rows = known().exclude(pk__in=members).exclude(email="")
    run = current_run()
    if stages:
        scored = Score.objects.filter(run=run, stage__in=stages).values("customer")
        rows = rows.filter(pk__in=scored)
    return rows.order_by("pk")


def may_join(customer: Customer) -> bool:
    """Say whether a customer may take part: anybody, or only who is invited where that is the rule.

    Invited is who drew an invitation, and whom a member brought; not whom the lot left out.
    """
    if programme().joining != Programme.Joining.INVITED:
        return True
    drawn = Lot.objects.filter(
        customer=customer, arm__is_control=False, experiment__kind="invitation"
    )
    brought = Referral.objects.filter(friend=customer).exclude(state=Referral.State.REFUSED)
    return drawn.exists() or brought.exists()


def benefits_of(member: Member, *, at: datetime) -> list[TierBenefit]:
    """Return what a member's tier gives them at a moment: without what the lot left them out of.

    The one answer for their page, the till and colleagues; nothing for who has no tier or left.
    """
    tier = present_tier(member, at=at) if member.left_at is None else None
    every = list(tier.benefits.select_related("tier").order_by("pk")) if tier else []
    without = left_out(at, customers=[member.customer_id]) if every else set()
    return [one for one in every if (member.customer_id, one.pk) not in without]


def left_out(at: datetime, *, customers: Iterable[int] | None = None) -> set[tuple[int, int]]:
    """Return who does without which benefit by lot at a moment; of these customers when given."""
    lots = Lot.objects.filter(
        Q(experiment__ended_at=None) | Q(experiment__ended_at__gt=at),
        arm__is_control=True,
        experiment__kind="benefit",
        experiment__subject__startswith="benefit:",
        assigned_at__lte=at,
    )
    if customers is not None:
        lots = lots.filter(customer__in=customers)
    told = lots.values_list("customer", "experiment__subject")
    return {(customer, int(subject.partition(":")[2])) for customer, subject in told}
