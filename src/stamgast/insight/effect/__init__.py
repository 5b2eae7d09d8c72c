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
    from .cuped import Adjusted as Adjusted
    from .cuped import adjusted as adjusted
    from .difference import Difference as Difference
    from .difference import Posterior as Posterior
    from .difference import compare as compare
    from .difference import posterior as posterior
    from .difference import read_once as read_once
    from .difference import relative as relative
    from .errors import EffectRefusal as EffectRefusal
    from .honesty import AttributionGap as AttributionGap
    from .honesty import GivenForNothing as GivenForNothing
    from .honesty import attribution_gap as attribution_gap
    from .honesty import given_for_nothing as given_for_nothing
    from .honesty import rate_that_flips as rate_that_flips
    from .interval import Interval as Interval
    from .outcomes import ASSIGNED as ASSIGNED
    from .outcomes import PERIODS as PERIODS
    from .outcomes import Followed as Followed
    from .outcomes import followed as followed
    from .outcomes import period_sums as period_sums
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
    from .verdict import CODES as CODES
    from .verdict import Code as Code
    from .verdict import Evidence as Evidence
    from .verdict import Verdict as Verdict
    from .verdict import judge as judge

_HOME = {
    "ASSIGNED": "outcomes",
    "Adjusted": "cuped",
    "AttributionGap": "honesty",
    "CODES": "verdict",
    "Choice": "power",
    "Code": "verdict",
    "Difference": "difference",
    "EffectRefusal": "errors",
    "Evidence": "verdict",
    "FEWEST_BUYERS": "reading",
    "Followed": "outcomes",
    "GivenForNothing": "honesty",
    "Interval": "interval",
    "Outlook": "power",
    "PERIODS": "outcomes",
    "Pooled": "pooling",
    "Posterior": "difference",
    "Proposal": "power",
    "Reading": "reading",
    "SampleRatio": "sample_ratio",
    "Sums": "sums",
    "UNITS": "sums",
    "Verdict": "verdict",
    "adjusted": "cuped",
    "arm_sums": "sums",
    "arm_sums_by": "sums",
    "as_they_come": "sequential",
    "as_they_come_one_sided": "sequential",
    "attribution_gap": "honesty",
    "chance_to_find": "power",
    "check_sample_ratio": "sample_ratio",
    "compare": "difference",
    "detectable": "power",
    "e_value": "sequential",
    "followed": "outcomes",
    "given_for_nothing": "honesty",
    "judge": "verdict",
    "less_noise": "power",
    "outlook": "power",
    "period_sums": "outcomes",
    "pool": "pooling",
    "posterior": "difference",
    "propose_control": "power",
    "rate_that_flips": "honesty",
    "read_as_they_come": "reading",
    "read_daily": "reading",
    "read_once": "difference",
    "relative": "difference",
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
