"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadPlan(Refusal):
    """A field of a plan is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_plan"


class InAnotherPlan(Refusal):
    """The campaign is in another plan already; `campaign` names it."""

    code: ClassVar[str] = "in_another_plan"


class PlanBeingMade(Refusal):
    """The plan is being worked out at this moment."""

    code: ClassVar[str] = "plan_being_made"


class PlanNotReady(Refusal):
    """Something stands in the way; `problems` are the codes of the findings that do."""

    code: ClassVar[str] = "plan_not_ready"


class PlanNotApproved(Refusal):
    """Nobody approved the plan and its campaigns as they are now."""

    code: ClassVar[str] = "plan_not_approved"


class PlanRuns(Refusal):
    """What runs or ran stays as it is: end it and make a new plan."""

    code: ClassVar[str] = "plan_runs"


class PlanNotRunning(Refusal):
    """Only a plan that runs can be ended."""

    code: ClassVar[str] = "plan_not_running"


class NoSuchPlan(Refusal):
    """There is no plan of this number."""

    code: ClassVar[str] = "no_such_plan"
