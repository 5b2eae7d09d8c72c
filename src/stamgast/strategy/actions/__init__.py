"""Everything that changes in this room, by what it is about."""

from stamgast.strategy.actions.acquisition import forget_cost, import_costs, record_cost
from stamgast.strategy.actions.budget import (
    release,
    release_expired,
    reserve_budget,
    settle,
)
from stamgast.strategy.actions.goals import (
    change_budget,
    change_goal,
    close_goal,
    draft_goal,
    open_goal,
)

__all__ = [
    "change_budget",
    "change_goal",
    "close_goal",
    "draft_goal",
    "forget_cost",
    "import_costs",
    "open_goal",
    "record_cost",
    "release",
    "release_expired",
    "reserve_budget",
    "settle",
]
