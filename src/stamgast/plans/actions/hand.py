"""What people change in a plan by hand: recorded with who and why, and taken back the same way."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from stamgast.customers.models import Customer
from stamgast.plans import rules
from stamgast.plans.actions.drafting import reopen
from stamgast.plans.actions.telling import about, locked, tell
from stamgast.plans.errors import BadPlan, PlanRuns
from stamgast.plans.models import Plan, PlanChange, PlanOption
from stamgast.staff.queries import Who, employee

Kind = PlanChange.Kind
_FINAL = (Plan.Status.RUNNING, Plan.Status.ENDED)
MOST_CHANGES = 200


def change_by_hand(
    plan: Plan,
    kind: str,
    *,
    reason: str,
    at: datetime,
    by: Who = None,
    option: PlanOption | None = None,
    dimension: str = "",
    group: str = "",
    customer: Customer | None = None,
    amount: int | None = None,
) -> PlanChange:
    """Change who gets what: a cap, a group or customer left out, or a customer who is to get it.

    The plan has to be worked out again. Refuses no reason, what the kind needs and is not given, and
    a plan that runs or ran.
    """
    why = rules.clean_reason(reason)
    with transaction.atomic():
        row = locked(plan)
        if row.status in _FINAL:
            raise PlanRuns()
        if row.changes.filter(withdrawn_at=None).count() >= MOST_CHANGES:
            raise BadPlan(field="changes")
        _check(row, kind, option, dimension, group, customer, amount)
        change = PlanChange.objects.create(
            plan=row,
            kind=kind,
            option=option,
            dimension=dimension if kind == Kind.LEAVE_OUT_GROUP else "",
            group=group if kind == Kind.LEAVE_OUT_GROUP else "",
            customer=customer if kind in (Kind.LEAVE_OUT, Kind.GIVE) else None,
            amount=amount if kind == Kind.CAP else None,
            reason=why,
            at=at,
            by=employee(by),
        )
        if kind == Kind.CAP and option is not None:
            PlanOption.objects.filter(pk=option.pk).update(most=amount)
        reopen(row, at=at)
        tell("plan_changed", **about(row, at=at, by=by, changed=[kind], change=change.pk))
    return change


def withdraw_change(change: PlanChange, *, at: datetime, by: Who = None) -> Plan:
    """Take a change by hand back; again changes nothing. Refuses it of a plan that runs or ran."""
    with transaction.atomic():
        row = locked(change.plan)
        if row.status in _FINAL:
            raise PlanRuns()
        taken = PlanChange.objects.filter(pk=change.pk, withdrawn_at=None).update(withdrawn_at=at)
        if not taken:
            return row
        if change.kind == Kind.CAP:
            caps = row.changes.filter(kind=Kind.CAP, option=change.option, withdrawn_at=None)
            last = caps.order_by("-pk").first()
            of = PlanOption.objects.filter(pk=change.option_id or 0)
            of.update(most=last.amount if last else None)
        reopen(row, at=at)
        told = {"changed": ["withdrawn"], "change": change.pk}
        tell("plan_changed", **about(row, at=at, by=by, **told))
    return row


def _check(
    row: Plan,
    kind: str,
    option: PlanOption | None,
    dimension: str,
    group: str,
    customer: Customer | None,
    amount: int | None,
) -> None:
    if kind not in Kind:
        raise BadPlan(field="kind")
    if option is not None and option.plan_id != row.pk:
        raise BadPlan(field="option")
    if kind in (Kind.CAP, Kind.GIVE) and option is None:
        raise BadPlan(field="option")
    if kind == Kind.CAP and (amount is None or not 0 <= amount <= 10_000_000):
        raise BadPlan(field="amount")
    if kind == Kind.LEAVE_OUT_GROUP and group not in rules.GROUPS.get(dimension, ()):
        raise BadPlan(field="group")
    if kind in (Kind.LEAVE_OUT, Kind.GIVE) and (
        customer is None or customer.erased_at or customer.merged_into_id
    ):
        raise BadPlan(field="customer")
