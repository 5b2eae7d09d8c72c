"""Why this room says no."""

from __future__ import annotations

from typing import ClassVar

from stamgast.kernel import Refusal


class BadArms(Refusal):
    """The arms do not divide everyone: no control group, nothing but a control group, or shares off."""

    code: ClassVar[str] = "bad_arms"


class BadExperiment(Refusal):
    """A field of an experiment is missing or not possible; `field` says which."""

    code: ClassVar[str] = "bad_experiment"


class ExperimentEnded(Refusal):
    """No lot is drawn any more for an experiment that has ended."""

    code: ClassVar[str] = "experiment_ended"


class BeforeItBegan(Refusal):
    """The clock says a moment before the experiment began."""

    code: ClassVar[str] = "before_it_began"


class NeedsReason(Refusal):
    """What is given by hand, past the lot, needs a reason."""

    code: ClassVar[str] = "needs_reason"


class AlreadyStanding(Refusal):
    """There is a standing control group already."""

    code: ClassVar[str] = "already_standing"


class AlreadyJudging(Refusal):
    """Verdicts are being made already."""

    code: ClassVar[str] = "already_judging"


class NothingToJudge(Refusal):
    """No lot was drawn, so there is nothing to judge or to export."""

    code: ClassVar[str] = "nothing_to_judge"
