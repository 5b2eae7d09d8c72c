"""Inviting and giving by lot, so that `measurement` can judge what a programme adds.

Members are not comparable with others, but invited customers are with those whom the lot left out.
What was earned is never drawn by lot, nor the reminder before it expires.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from stamgast.customers.models import Customer
from stamgast.loyalty.membership.letters import INVITATION
from stamgast.loyalty.membership.links import page_link
from stamgast.loyalty.models import Member, MemberTier, TierBenefit
from stamgast.loyalty.worth.queries import benefit_experiment, running_benefits, subject_of
from stamgast.mail.actions import queue_message
from stamgast.measurement.actions import (
    ArmPlan,
    draw_lots,
    note_treatment,
    open_experiment,
)
from stamgast.measurement.models import Experiment
from stamgast.staff.queries import Who

INVITED, GIVEN, LEFT_OUT = "invited", "given", "control"
WINDOW_DAYS = 90


def open_invitation(
    *,
    name: str,
    control_share: float,
    at: datetime,
    key: str,
    by: Who = None,
    window_days: int = WINDOW_DAYS,
) -> Experiment:
    """Begin an invitation to join of which a share by lot hears nothing; refuses a share of 0 or 1."""
    return open_experiment(
        kind="invitation",
        name=name,
        subject="programme",
        arms=[
            ArmPlan(INVITED, 1 - control_share, False),
            ArmPlan(LEFT_OUT, control_share, True),
        ],
        window_days=window_days,
        at=at,
        key=key,
        pool="invitation",
        by=by,
    )


def invite(
    experiment: Experiment, customers: Iterable[Customer], *, page: str, at: datetime
) -> tuple[int, int]:
    """Draw lots among customers who are no members, and mail those who drew an invitation.

    The mail opens their own page; `page` is where one signs in, for while links have no address.
    Returns how many are invited and how many left out. Again it changes nothing: a lot is drawn once.
    Whether they may be mailed is asked when the mail goes; they count as the lot assigned them.
    """
    members = set(Member.objects.filter(merged_into=None).values_list("customer", flat=True))
    whom = {one.pk: one for one in customers if one.pk not in members}
    invited = 0
    with transaction.atomic():
        lots = draw_lots(experiment, whom, at=at)
        for lot in lots:
            if lot.arm.is_control:
                continue
            key = f"invitation:{experiment.pk}:{lot.customer_id}"
            queue_message(
                whom[lot.customer_id],
                content=INVITATION,
                purpose="offers",
                kind="campaign",
                facts={"page": page_link(whom[lot.customer_id], at=at) or page},
                key=key,
                at=at,
                sender_ref=f"programme:invitation:{experiment.pk}",
            )
            note_treatment(lot, at=at, key=key)
            invited += 1
    return invited, len(lots) - invited


def open_benefit(
    benefit: TierBenefit,
    *,
    name: str,
    control_share: float,
    at: datetime,
    key: str,
    by: Who = None,
    window_days: int = WINDOW_DAYS,
) -> Experiment:
    """Let a share of a tier's members, by lot, do without one benefit, to see what it brings.

    Members who come to the tier later are drawn as they come.
    """
    return open_experiment(
        kind="benefit",
        name=name,
        subject=subject_of(benefit),
        arms=[ArmPlan(GIVEN, 1 - control_share, False), ArmPlan(LEFT_OUT, control_share, True)],
        window_days=window_days,
        at=at,
        key=key,
        pool=f"benefit:{benefit.kind}",
        is_ongoing=True,
        by=by,
    )


def draw_benefit(benefit: TierBenefit, *, at: datetime) -> int:
    """Draw lots for the members of a benefit's tier who have none yet; returns how many take part."""
    experiment = benefit_experiment(benefit)
    if experiment is None:
        return 0
    present = MemberTier.objects.filter(tier=benefit.tier, until=None, member__left_at=None)
    customers = present.order_by("member").values_list("member__customer", flat=True)
    lots = draw_lots(experiment, customers, at=at)
    for lot in lots:
        if not lot.arm.is_control:
            key = f"benefit:{experiment.pk}:{lot.customer_id}"
            note_treatment(lot, at=at, key=key)
    return len(lots)


def draw_benefits(*, at: datetime) -> int:
    """Draw lots for who came to a tier of which a benefit is tried; returns how many take part."""
    subjects = running_benefits().values_list("subject", flat=True)
    numbers = [int(subject.partition(":")[2]) for subject in subjects]
    rows = TierBenefit.objects.filter(pk__in=numbers, tier__removed_at=None)
    return sum(draw_benefit(benefit, at=at) for benefit in rows.select_related("tier"))
