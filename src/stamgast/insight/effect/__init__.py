"""What worked: differences between arms that a lot made, and how sure they are.

    arms = arm_sums(units)                       # one row per household: arm, outcome, before
    reading = read_daily(arms["mail"], arms["control"], passed=1.0)
    reading.interval                             # per household, right however often it is read

Sums in, values out; nothing here draws lots, knows the date or speaks to a person. Each name is
loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .allocation import NOTHING as NOTHING
    from .allocation import Budget as Budget
    from .allocation import Plan as Plan
    from .allocation import allocate as allocate
    from .allocation import budget_curve as budget_curve
    from .cuped import Adjusted as Adjusted
    from .cuped import adjusted as adjusted
    from .difference import Difference as Difference
    from .difference import Posterior as Posterior
    from .difference import compare as compare
    from .difference import posterior as posterior
    from .difference import read_once as read_once
    from .difference import relative as relative
    from .errors import EffectRefusal as EffectRefusal
    from .exploration import Explored as Explored
    from .exploration import explore as explore
    from .groups import GroupEffect as GroupEffect
    from .groups import GroupEffects as GroupEffects
    from .groups import effects_by_group as effects_by_group
    from .honesty import AttributionGap as AttributionGap
    from .honesty import GivenForNothing as GivenForNothing
    from .honesty import attribution_gap as attribution_gap
    from .honesty import given_for_nothing as given_for_nothing
    from .honesty import rate_that_flips as rate_that_flips
    from .interval import Interval as Interval
    from .outcomes import ASSIGNED as ASSIGNED
    from .outcomes import Followed as Followed
    from .outcomes import followed as followed
    from .plans import Proposed as Proposed
    from .plans import propose as propose
    from .policy import Advice as Advice
    from .policy import Judged as Judged
    from .policy import Value as Value
    from .policy import Worth as Worth
    from .policy import advise as advise
    from .policy import best_arm as best_arm
    from .policy import judge_by as judge_by
    from .policy import net_value as net_value
    from .policy import one_each as one_each
    from .pooling import Pooled as Pooled
    from .pooling import pool as pool
    from .power import Choice as Choice
    from .power import Outlook as Outlook
    from .power import Proposal as Proposal
    from .power import chance_to_find as chance_to_find
    from .power import detectable as detectable
    from .power import less_noise as less_noise
    from .power import outlook as outlook
    from .power import propose_control as propose_control
    from .power import units_needed as units_needed
    from .ranking import Ranking as Ranking
    from .ranking import qini as qini
    from .ranking import robust_qini as robust_qini
    from .reading import FEWEST_BUYERS as FEWEST_BUYERS
    from .reading import Reading as Reading
    from .reading import read_as_they_come as read_as_they_come
    from .reading import read_daily as read_daily
    from .sample_ratio import SampleRatio as SampleRatio
    from .sample_ratio import check_sample_ratio as check_sample_ratio
    from .sequential import as_they_come as as_they_come
    from .sequential import as_they_come_one_sided as as_they_come_one_sided
    from .sequential import e_value as e_value
    from .sequential import until_planned_end as until_planned_end
    from .sums import UNITS as UNITS
    from .sums import Sums as Sums
    from .sums import arm_sums as arm_sums
    from .sums import arm_sums_by as arm_sums_by
    from .sums import sum_arms as sum_arms
    from .sums import sums_of as sums_of
    from .uplift import Learned as Learned
    from .uplift import Lot as Lot
    from .uplift import learn as learn
    from .uplift import lot_of as lot_of
    from .uplift import robust_scores as robust_scores
    from .uplift import same_for_all as same_for_all
    from .verdict import CODES as CODES
    from .verdict import Code as Code
    from .verdict import Evidence as Evidence
    from .verdict import Verdict as Verdict
    from .verdict import judge as judge

_HOME = {
    "ASSIGNED": "outcomes",
    "Adjusted": "cuped",
    "Advice": "policy",
    "AttributionGap": "honesty",
    "Budget": "allocation",
    "CODES": "verdict",
    "Choice": "power",
    "Code": "verdict",
    "Difference": "difference",
    "EffectRefusal": "errors",
    "Evidence": "verdict",
    "Explored": "exploration",
    "FEWEST_BUYERS": "reading",
    "Followed": "outcomes",
    "GivenForNothing": "honesty",
    "GroupEffect": "groups",
    "GroupEffects": "groups",
    "Interval": "interval",
    "Judged": "policy",
    "Learned": "uplift",
    "Lot": "uplift",
    "NOTHING": "allocation",
    "Outlook": "power",
    "Plan": "allocation",
    "Pooled": "pooling",
    "Posterior": "difference",
    "Proposal": "power",
    "Proposed": "plans",
    "Ranking": "ranking",
    "Reading": "reading",
    "SampleRatio": "sample_ratio",
    "Sums": "sums",
    "UNITS": "sums",
    "Value": "policy",
    "Verdict": "verdict",
    "Worth": "policy",
    "adjusted": "cuped",
    "advise": "policy",
    "allocate": "allocation",
    "arm_sums": "sums",
    "arm_sums_by": "sums",
    "as_they_come": "sequential",
    "as_they_come_one_sided": "sequential",
    "attribution_gap": "honesty",
    "best_arm": "policy",
    "budget_curve": "allocation",
    "chance_to_find": "power",
    "check_sample_ratio": "sample_ratio",
    "compare": "difference",
    "detectable": "power",
    "e_value": "sequential",
    "effects_by_group": "groups",
    "explore": "exploration",
    "followed": "outcomes",
    "given_for_nothing": "honesty",
    "judge": "verdict",
    "judge_by": "policy",
    "learn": "uplift",
    "less_noise": "power",
    "lot_of": "uplift",
    "net_value": "policy",
    "one_each": "policy",
    "outlook": "power",
    "pool": "pooling",
    "posterior": "difference",
    "propose": "plans",
    "propose_control": "power",
    "qini": "ranking",
    "rate_that_flips": "honesty",
    "read_as_they_come": "reading",
    "read_daily": "reading",
    "read_once": "difference",
    "relative": "difference",
    "robust_qini": "ranking",
    "robust_scores": "uplift",
    "same_for_all": "uplift",
    "sum_arms": "sums",
    "sums_of": "sums",
    "units_needed": "power",
    "until_planned_end": "sequential",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Load a public name from the file that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
