"""Everything that changes in this room, by what it is about; `making` works a plan out."""

from stamgast.plans.actions.approving import approve_plan, withdraw_plan_approval
from stamgast.plans.actions.drafting import ask_to_make, change_plan, draft_plan, remove_plan
from stamgast.plans.actions.hand import change_by_hand, withdraw_change
from stamgast.plans.actions.running import draw_places, end_plan, run_plan

__all__ = [
    "approve_plan",
    "ask_to_make",
    "change_by_hand",
    "change_plan",
    "draft_plan",
    "draw_places",
    "end_plan",
    "remove_plan",
    "run_plan",
    "withdraw_change",
    "withdraw_plan_approval",
]
