"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadGoal(Refusal):
    """A field of a goal is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_goal"


class GoalLocked(Refusal):
    """An open goal keeps its target, date and forecast; only a draft is changed."""

    code: ClassVar[str] = "goal_locked"


class GoalNotOpen(Refusal):
    """The goal is a draft, or closed: nothing is spent for it."""

    code: ClassVar[str] = "goal_not_open"


class NoBudget(Refusal):
    """An amount below zero cannot be set aside."""

    code: ClassVar[str] = "no_budget"


class BudgetSpent(Refusal):
    """The budget does not have so much left; `free_minor` says what it has."""

    code: ClassVar[str] = "budget_spent"


class NotReserved(Refusal):
    """Money that was settled cannot be released, and what was settled cannot be settled otherwise."""

    code: ClassVar[str] = "not_reserved"


class BadAcquisitionCost(Refusal):
    """A row of acquisition costs cannot be read; `line` and `field` say where."""

    code: ClassVar[str] = "bad_acquisition_cost"


class NoBaseline(Refusal):
    """The base cannot tell this measure yet, so there is nothing to set a target against."""

    code: ClassVar[str] = "no_baseline"
