"""Which benefits a member has, where a lot decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

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
    subjects = {subject_of(one): one.pk for one in every}
    left_out = Lot.objects.filter(
        customer=member.customer_id,
        arm__is_control=True,
        experiment__kind="benefit",
        experiment__subject__in=subjects,
        experiment__ended_at=None,
    )
    missing = {
        subjects[subject] for subject in left_out.values_list("experiment__subject", flat=True)
    }
    return [one for one in every if one.pk not in missing]
