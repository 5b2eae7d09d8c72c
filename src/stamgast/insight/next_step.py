"""One next step per customer, by rules of thumb that a marketer can read from top to bottom.

The rules choose what kind of thing to do; which offer goes with it is for campaigns, and whether
the step pays is for measurement: every step here says of itself that it is a rule of thumb.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from stamgast.insight.engine import as_table
from stamgast.insight.tables import TableError, business_day

STEPS = (
    "service_call",
    "ask_why",
    "save_offer",
    "win_back",
    "welcome",
    "second_purchase",
    "replenish",
    "invite_ambassador",
    "thank_and_reward",
    "let_be",
    "nothing",
)


@dataclass(frozen=True)
class Rule:
    """If all of `when` hold (each a name of CONDITIONS, "not " before it turns it around).

    `effort` is `none`, `automatic` (a mail that sends itself), `minutes` (a personal line) or
    `call`.
    """

    step: str
    when: tuple[str, ...]
    reason: str
    effort: str


# The first rule that holds decides. A service call about a complaint is no advertising: it asks no
# consent, and nobody with an open complaint gets anything else.
RULES = (
    Rule("service_call", ("open complaint",), "open_complaint", "call"),
    Rule("nothing", ("no purchase",), "no_purchase_yet", "none"),
    Rule("let_be", ("contacted lately",), "contacted_lately", "none"),
    Rule("let_be", ("not may mail", "not may phone"), "no_consent", "none"),
    Rule("ask_why", ("drifting", "notice given", "may phone"), "notice_given", "call"),
    Rule("ask_why", ("drifting", "valued", "may phone"), "valued_and_drifting", "call"),
    Rule("let_be", ("not may mail",), "no_consent_to_mail", "none"),
    Rule("ask_why", ("drifting", "value unknown"), "drifting", "automatic"),
    Rule("save_offer", ("drifting", "worth an offer"), "drifting_and_worth_it", "automatic"),
    Rule("ask_why", ("drifting", "worth a mail"), "drifting", "automatic"),
    Rule("let_be", ("drifting",), "too_little_to_win", "none"),
    Rule("win_back", ("lost", "not long gone", "value unknown"), "lost", "automatic"),
    Rule("win_back", ("lost", "not long gone", "worth a mail"), "lost_and_worth_it", "automatic"),
    Rule("let_be", ("lost", "long gone"), "long_gone", "none"),
    Rule("let_be", ("lost",), "too_little_to_win", "none"),
    Rule("thank_and_reward", ("won back",), "came_back", "minutes"),
    Rule("welcome", ("new", "first weeks"), "first_purchase", "automatic"),
    Rule("second_purchase", ("new", "later than half"), "second_purchase_due", "automatic"),
    Rule("replenish", ("active", "rhythm known", "due again"), "due_again", "automatic"),
    Rule("invite_ambassador", ("active", "valued", "many purchases"), "valued_for_long", "minutes"),
    Rule("thank_and_reward", ("active", "valued"), "valued", "minutes"),
    Rule("nothing", (), "all_is_well", "none"),
)


@dataclass(frozen=True)
class Limits:
    """The figures in the conditions; amounts in the shop's currency."""

    quiet_days: int = 14  # after we reached out ourselves
    first_weeks_days: int = 14
    long_gone_days: int = 730
    offer_cost: float = 5.0  # an offer must be covered by the lower end of the margin to come
    mail_cost: float = 0.5
    valued_share: float = 0.2  # the best fifth by margin to come
    many_purchase_days: int = 10
    rhythm_gaps: int = 3  # own intervals needed to speak of a rhythm of their own
    due_from: float = 0.8  # of the usual interval


Condition = Callable[[ir.Table, date, Limits], ir.BooleanValue]

CONDITIONS: dict[str, Condition] = {
    "open complaint": lambda t, _, __: t.has_open_complaint,
    "contacted lately": lambda t, day, at_most: (
        ibis.literal(day).delta(t.last_contact, unit="day") < at_most.quiet_days
    ),
    "may mail": lambda t, _, __: t.may_email,
    "may phone": lambda t, _, __: t.may_phone,
    "notice given": lambda t, day, _: t.contract_notice <= day,
    "no purchase": lambda t, _, __: t.stage == "none",
    "new": lambda t, _, __: t.stage == "new",
    "active": lambda t, _, __: t.stage == "active",
    "drifting": lambda t, _, __: t.stage == "drifting",
    "lost": lambda t, _, __: t.stage == "lost",
    "won back": lambda t, _, __: t.stage == "won_back",
    "value unknown": lambda t, _, __: t.margin_365.isnull(),
    "valued": lambda t, _, __: t.is_valued,
    "worth an offer": lambda t, _, limits: t.margin_365_low >= limits.offer_cost,
    "worth a mail": lambda t, _, limits: t.margin_365 >= limits.mail_cost,
    "long gone": lambda t, _, limits: t.days_silent > limits.long_gone_days,
    "first weeks": lambda t, _, limits: t.days_silent <= limits.first_weeks_days,
    "later than half": lambda t, _, __: t.silence_share < 0.5,
    "rhythm known": lambda t, _, limits: t.gaps >= limits.rhythm_gaps,
    "due again": lambda t, _, limits: t.days_silent >= t.usual_interval_days * limits.due_from,
    "many purchases": lambda t, _, limits: t.purchase_days >= limits.many_purchase_days,
}

# What the conditions look at; a column that is absent counts as this everywhere. Consent that the
# table does not speak of restricts nothing; consent it does not know of a customer is not there.
_ABSENT: dict[str, tuple[str, Any]] = {
    "has_open_complaint": ("boolean", False),
    "may_email": ("boolean", True),
    "may_phone": ("boolean", True),
    "last_contact": ("date", None),
    "contract_notice": ("date", None),
    "margin_365": ("float64", None),
    "margin_365_low": ("float64", None),
    "days_silent": ("int64", None),
    "silence_share": ("float64", None),
    "usual_interval_days": ("float64", None),
    "purchase_days": ("int64", None),
    "gaps": ("int64", None),
}


_TOLD = ("days_silent", "usual_interval_days", "last_contact", "margin_365", "margin_365_low")


def next_steps(
    customers: Any,
    as_of: date,
    *,
    rules: Sequence[Rule] = RULES,
    limits: Limits | None = None,
) -> ir.Table:
    """Return one next step for each customer.

    `customers` has customer_id and stage, and of what `customer_facts`, `stages` and the value
    models return as much as is known: margin_365 and margin_365_low (margin expected in the coming
    year, and its lower end), may_email, may_phone, has_open_complaint, last_contact,
    contract_notice, days_silent, silence_share, usual_interval_days, purchase_days, gaps. Refuses
    a table without customer_id or stage with TableError; rules with an unknown step or condition,
    or without a last one that always holds, with ValueError.

    Columns: customer_id, stage, step (one of STEPS), reason, effort, is_rule_of_thumb (always
    true), and the facts for the sentence: days_silent, usual_interval_days, last_contact,
    margin_365, margin_365_low.
    """
    limits = limits or Limits()
    _refuse_bad_rules(rules)
    known = _complete(as_table(customers), limits)
    day = business_day(as_of)
    holds = {name: hold(known, day, limits) for name, hold in CONDITIONS.items()}
    number = ibis.cases(
        *((_all_of(rule, holds), place) for place, rule in enumerate(rules[:-1])),
        else_=len(rules) - 1,
    )
    chosen = known.mutate(rule=number)
    return chosen.select(
        "customer_id",
        "stage",
        **{
            name: chosen.rule.cases(*((i, getattr(rule, name)) for i, rule in enumerate(rules)))
            for name in ("step", "reason", "effort")
        },
        is_rule_of_thumb=ibis.literal(True),
        **{name: chosen[name] for name in _TOLD},
    )


def summarise_steps(steps: Any) -> ir.Table:
    """Add up the steps over the customers.

    Columns: step, effort, customers, margin_at_stake (margin expected of them in the coming year;
    NULL when unknown of all). One row per step and effort that occurs, the most margin first.
    """
    table = as_table(steps)
    groups = table.group_by("step", "effort").agg(
        customers=table.count(), margin_at_stake=table.margin_365.sum()
    )
    return groups.order_by(groups.margin_at_stake.desc(nulls_first=False), "step", "effort")


def _complete(customers: ir.Table, limits: Limits) -> ir.Table:
    """Give the table every column the conditions ask for, and say who belongs to the best."""
    for name in ("customer_id", "stage"):
        if name not in customers.columns:
            raise TableError(f"the table has no column {name!r}; next steps follow from stages")
    columns: dict[str, ir.Value] = {}
    for name, (kind, value) in _ABSENT.items():
        column = customers[name] if name in customers.columns else ibis.literal(value, type=kind)
        column = column.cast(kind)
        columns[name] = column.fill_null(False) if kind == "boolean" else column
    known = customers.select("customer_id", "stage", **columns)
    known = known.mutate(margin_365_low=known.margin_365_low.coalesce(known.margin_365))
    best = known.aggregate(least=known.margin_365.quantile(1 - limits.valued_share)).as_scalar()
    return known.mutate(is_valued=(known.margin_365 >= best) & (known.margin_365 > 0))


def _all_of(rule: Rule, holds: dict[str, ir.BooleanValue]) -> ir.BooleanValue:
    """A condition on something unknown does not hold, and neither does its opposite."""
    parts = []
    for name in rule.when:
        held = holds[name.removeprefix("not ")]
        parts.append((~held if name.startswith("not ") else held).fill_null(False))
    return ibis.and_(*parts)


def _refuse_bad_rules(rules: Sequence[Rule]) -> None:
    for rule in rules:
        if rule.step not in STEPS:
            raise ValueError(f"there is no step {rule.step!r}; the catalogue is {', '.join(STEPS)}")
        for name in rule.when:
            if name.removeprefix("not ") not in CONDITIONS:
                raise ValueError(f"there is no condition {name!r}")
    if not rules or rules[-1].when:
        raise ValueError("the last rule must hold for everyone: leave its conditions out")
