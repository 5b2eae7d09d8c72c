"""What a campaign may still set aside: of its goal's budget, and of the most that one effort may cost."""

from __future__ import annotations

from django.db.models import Case, F, Sum, When

from stamgast.campaigns.models import Campaign
from stamgast.strategy.models import Goal, Reservation

BUDGET, RAIL, CLOSED = "budget", "worst_case", "goal_not_open"


def set_aside(campaign: Campaign) -> int:
    """Return what a campaign spent, and what it may yet cost at most."""
    state = Reservation.State
    costs = Case(
        When(state=state.RESERVED, then=F("amount_minor")),
        When(state=state.SETTLED, then=F("settled_minor")),
        default=0,
    )
    rows = Reservation.objects.filter(assignment__campaign=campaign)
    return rows.aggregate(most=Sum(costs))["most"] or 0


def left_in_rail(campaign: Campaign, goal: Goal) -> int | None:
    """Return what the guard rail of the goal still leaves one campaign; None without a rail."""
    if goal.worst_case_minor is None:
        return None
    return goal.worst_case_minor - set_aside(campaign)


def left(campaign: Campaign) -> tuple[int, str]:
    """Return how much may be set aside now, and what sets that limit: the goal, its budget or rail."""
    goal = Goal.objects.filter(pk=campaign.goal_id or -1).first()
    if goal is None or goal.status != Goal.Status.OPEN:
        return 0, CLOSED
    rail = left_in_rail(campaign, goal)
    if rail is not None and rail < goal.free_minor:
        return max(0, rail), RAIL
    return goal.free_minor, BUDGET
