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
from stamgast.insight.facts import COMEBACK_DAYS
from stamgast.insight.rhythm import Rhythm, fit_rhythm, silence_share, usual_interval
from stamgast.insight.tables import TableError, business_day

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
    facts = _need_facts(as_table(facts))
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
    return ibis.cases(
        *_contract_rules(known, moment, thresholds),
        (known.last_day.isnull(), "none"),
        (known.silence_share < thresholds.lost_share, "lost"),
        (known.silence_share < thresholds.drifting_share, "drifting"),
        (is_back, "won_back"),
        (known.gaps == 0, "new"),
        else_="active",
    )


def _contract_rules(
    known: ir.Table, moment: ir.DateValue, thresholds: Thresholds
) -> list[tuple[ir.BooleanValue, str]]:
    """Return the rules for contract customers, none where the table knows no contracts.

    A contract that has not begun, and one after whose end the customer bought again, leave the
    decision to the rhythm.
    """
    columns = [name for name in CONTRACT if name in known.columns]
    if not columns:
        return []

    def is_past(name: str, *, if_unknown: bool) -> ir.BooleanValue:
        if name not in columns:
            return ibis.literal(if_unknown)
        return (known[name] <= moment).fill_null(if_unknown)

    is_held = ibis.or_(*(known[name].notnull() for name in columns))
    is_held = is_held & is_past("contract_start", if_unknown=True)
    is_over = is_held & is_past("contract_end", if_unknown=False)
    rules = [(is_held & is_past("contract_notice", if_unknown=False), "drifting")]
    if "contract_end" in columns:
        bought_since = (known.last_day > known.contract_end).fill_null(False)
        is_held = is_held & ~(is_over & bought_since)
        rules = [(is_over & ~bought_since, "lost"), (is_held & rules[0][0], "drifting")]
    if "contract_start" in columns and thresholds.contract_new_days:
        age = moment.delta(known.contract_start, unit="day")
        rules.append((is_held & (age < thresholds.contract_new_days).fill_null(False), "new"))
    return [*rules, (is_held, "active")]


def _is_back(facts: ir.Table, moment: ir.DateValue, thresholds: Thresholds) -> ir.BooleanValue:
    """Tell who came back, not longer ago than agreed, from a silence that counted as lost."""
    is_recent = moment.delta(facts.comeback_day, unit="day") < thresholds.won_back_days
    return (is_recent & (facts.comeback_share < thresholds.lost_share)).fill_null(False)


def _basis(facts: ir.Table, moment: ir.DateValue) -> ir.StringValue:
    """Say what the stage rests on."""
    contract = [(holds, "contract") for holds, _ in _contract_rules(facts, moment, DEFAULTS)]
    return ibis.cases(
        *contract,
        (facts.last_day.isnull(), "no_purchase"),
        (facts.gaps >= FEW_GAPS, "own_rhythm"),
        else_="like_customers",
    )


def _need_facts(facts: ir.Table) -> ir.Table:
    missing = [name for name in FACTS_NEEDED if name not in facts.columns]
    if missing:
        raise TableError(f"the facts lack {', '.join(missing)}; give what customer_facts returns")
    return facts
