"""A lot that fell a given way, for tests of who goes without."""

from __future__ import annotations

from datetime import datetime

from stamgast.loyalty.models import Member, TierBenefit
from stamgast.loyalty.worth.actions import LEFT_OUT, open_benefit
from stamgast.loyalty.worth.queries import benefit_experiment
from stamgast.measurement.models import Experiment, Lot


def leave_out(member: Member, benefit: TierBenefit, *, at: datetime) -> Experiment:
    """Let the lot of a benefit leave this member out."""
    tried = benefit_experiment(benefit) or open_benefit(
        benefit, name=benefit.text, control_share=0.5, at=at, key=f"try:{benefit.pk}"
    )
    Lot.objects.create(
        experiment=tried,
        customer=member.customer,
        unit=str(member.pk),
        arm=tried.arms.get(code=LEFT_OUT),
        probability="0.5",
        assigned_at=at,
        day=at.date(),
    )
    return tried
