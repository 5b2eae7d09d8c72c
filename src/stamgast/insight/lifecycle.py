"""In which stage each customer is, against their own rhythm.

Codes: `none` (no purchase yet), `new`, `active`, `drifting`, `lost`, `won_back`. The rule, in the
order it is asked:

1. A running contract decides: notice given is drifting, otherwise active (new in the first
   `contract_new_days`). An ended contract is lost, unless the customer has bought since.
2. No purchase yet: none.
3. The silence is one that fewer than 1 in 50 of the gaps of such customers outlast: lost.
4. Fewer than 1 in 5: drifting.
5. Back within the last 90 days from a silence that counted as lost when it ended: won back.
6. Bought on one day only: new.
7. Otherwise: active.

`docs/explanation/stages.md` says where 1 in 5 and 1 in 50 come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.engine import as_table
from stamgast.insight.facts import COMEBACK_DAYS, FACTS
from stamgast.insight.rhythm import Rhythm, fit_rhythm, silence_share, usual_interval
from stamgast.insight.tables import CUSTOMERS, business_day, check

__all__ = ["STAGES", "Rhythm", "Thresholds", "decide_stage", "fit_rhythm", "stages"]

STAGES = ("none", "new", "active", "drifting", "lost", "won_back")
CONTRACT = ("contract_start", "contract_end", "contract_notice")
FACTS_NEEDED = (
    "customer_id",
    "last_day",
    "gaps",
    "elapsed_days",
    "comeback_day",
    "comeback_interval_days",
    "comeback_gaps",
    "comeback_elapsed_days",
)
FEW_GAPS = 3  # below this a customer's interval is mostly that of customers like them


@dataclass(frozen=True)
class Thresholds:
    """Where the stages part; the defaults are reasoned in docs/explanation/stages.md.

    Shares lie between 0 and 1, `lost_share` below `drifting_share`; `won_back_days` can be at most
    the 90 days for which facts remember a comeback. Refuses anything else with ValueError.
    """

    drifting_share: float = 0.2
    lost_share: float = 0.02
    won_back_days: int = COMEBACK_DAYS
    contract_new_days: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.lost_share < self.drifting_share < 1:
            raise ValueError("it must be that 0 < lost_share < drifting_share < 1")
        if not 0 <= self.won_back_days <= COMEBACK_DAYS:
            raise ValueError(f"won_back_days must lie between 0 and {COMEBACK_DAYS}")


DEFAULTS = Thresholds()


def stages(
    facts: Any, rhythm: Rhythm, as_of: date, *, thresholds: Thresholds = DEFAULTS
) -> ir.Table:
    """Return the stage of each customer in the facts, with what is needed to say why.

    `facts` is what `customer_facts` returned for the same day; a table without its columns is
    refused with TableError.

    Columns:

    - customer_id
    - stage: one of STAGES
    - basis: `contract`, `no_purchase`, `own_rhythm` (three gaps or more), or `like_customers`
      (fewer: the interval is mostly that of customers like them)
    - usual_interval_days: their expected gap; days_silent; expected_next_day: last day plus the
      usual interval; silence_share: share of the gaps of such customers that last longer than
      the silence (0 to 1). All NULL without a purchase.
    """
    facts = check(as_table(facts), (*FACTS, *CUSTOMERS[1:]), need=FACTS_NEEDED)
    moment = ibis.literal(business_day(as_of))
    silence = moment.delta(facts.last_day, unit="day")
    facts = facts.mutate(
        days_silent=silence,
        usual_interval_days=ibis.ifelse(
            facts.last_day.notnull(), usual_interval(facts.gaps, facts.elapsed_days, rhythm), None
        ),
        silence_share=silence_share(silence, facts.gaps, facts.elapsed_days, rhythm),
        comeback_share=silence_share(
            facts.comeback_interval_days, facts.comeback_gaps, facts.comeback_elapsed_days, rhythm
        ),
    )
    wait = facts.usual_interval_days.round().cast("int64").as_interval("D")
    return facts.select(
        "customer_id",
        stage=decide_stage(facts, _is_back(facts, moment, thresholds), moment, thresholds),
        basis=_basis(facts, moment),
        usual_interval_days=facts.usual_interval_days,
        days_silent=facts.days_silent,
        expected_next_day=(facts.last_day + wait).cast("date"),
        silence_share=facts.silence_share,
    )


def decide_stage(
    known: ir.Table, is_back: ir.BooleanValue, moment: ir.DateValue, thresholds: Thresholds
) -> ir.StringValue:
    """Return the stage code by the rule above, for rows as they were known at the moment.

    `known` has last_day, gaps, silence_share and, for contract customers, the contract's columns.
    """
    by_rhythm = ibis.cases(
        (known.last_day.isnull(), "none"),
        (known.silence_share < thresholds.lost_share, "lost"),
        (known.silence_share < thresholds.drifting_share, "drifting"),
        (is_back, "won_back"),
        (known.gaps == 0, "new"),
        else_="active",
    )
    by_contract = _contract_stage(known, moment, thresholds)
    return by_rhythm if by_contract is None else by_contract.coalesce(by_rhythm)


def _contract_stage(
    known: ir.Table, moment: ir.DateValue, thresholds: Thresholds
) -> ir.StringValue | None:
    """Return the stage by contract, NULL where none decides; None if the table knows no contracts.

    A contract that has not begun, and one after whose end the customer bought again, leave the
    decision to the rhythm. A comparison with a missing day holds for no branch.
    """
    columns = [name for name in CONTRACT if name in known.columns]
    if not columns:
        return None
    start, end, notice = (
        known[name] if name in columns else ibis.null("date") for name in CONTRACT
    )
    branches: list[tuple[ir.BooleanValue, str | None]] = [
        (start > moment, None),
        ((end <= moment) & (known.last_day > end), None),
        (end <= moment, "lost"),
        (notice <= moment, "drifting"),
    ]
    if thresholds.contract_new_days:
        age = moment.delta(start, unit="day")
        branches.append((age < thresholds.contract_new_days, "new"))
    branches.append((ibis.or_(*(known[name].notnull() for name in columns)), "active"))
    return ibis.cases(*branches, else_=None).cast("string")


def _is_back(facts: ir.Table, moment: ir.DateValue, thresholds: Thresholds) -> ir.BooleanValue:
    """Tell who came back, not longer ago than agreed, from a silence that counted as lost."""
    is_recent = moment.delta(facts.comeback_day, unit="day") < thresholds.won_back_days
    return (is_recent & (facts.comeback_share < thresholds.lost_share)).fill_null(False)


def _basis(facts: ir.Table, moment: ir.DateValue) -> ir.StringValue:
    """Say what the stage rests on."""
    by_contract = _contract_stage(facts, moment, DEFAULTS)
    has_contract = ibis.literal(False) if by_contract is None else by_contract.notnull()
    return ibis.cases(
        (has_contract, "contract"),
        (facts.last_day.isnull(), "no_purchase"),
        (facts.gaps >= FEW_GAPS, "own_rhythm"),
        else_="like_customers",
    )
