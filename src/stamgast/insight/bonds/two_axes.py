"""Retained or loyal: attitude and buying judged apart, and the kind of loyalty they make together.

Two axes, never one number (Dick & Basu 1994): what customers think of the shop, and whether they
buy there. East, Gendall, Hammond & Lomax found that the first predicts recommending, the second
staying, and that adding them up predicts neither.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

from ..engine import as_table
from ..tables import business_day, check
from .beta_table import with_spread
from .contract import ATTITUDE, BEHAVIOUR, BONDS, POSTERIORS, refuse_other_ids
from .posterior import LEVEL
from .recommendation import STATED, Recommendation

KINDS = ("true", "latent", "spurious", "none", "unknown")
SUBTYPES = ("captive", "bought", "habit", "no_alternative")
HIGH_ATTITUDE = 0.6  # between what a passive's answer and what a promoter's says
ENOUGH = 0.6  # chance from which a kind is named
MOST_PURCHASES = 366.0  # days in a year
UNTOLD_DAYS = 2.0  # purchase days behind a rate, where the table does not say


def loyalty(
    posteriors: Any,
    behaviour: Any,
    *,
    as_of: date,
    need: float | None = None,
    high_attitude: float = HIGH_ATTITUDE,
    enough: float = ENOUGH,
    recommendation: Recommendation = STATED,
    level: float = LEVEL,
) -> ir.Table:
    """Return the kind of loyalty of each customer in the posteriors, with its probabilities.

    `posteriors` is what the function of that name returned; `behaviour` has the columns of
    BEHAVIOUR, one row per customer. `need` is how many purchases a year make a regular customer
    here: the column of that name where a row has it, else this number, else what the middle
    customer who is probably still there is expected to buy. Attitude counts as high from
    `high_attitude`, and a kind is named from a probability of `enough`. Refuses tables that lack a
    column, or name customers in another way, with TableError, and figures out of range with
    ValueError. Lazy.

    Columns, one row per customer:

    - customer_id
    - attitude, attitude_low, attitude_high: the emotional bond, 0..1; attitude_coverage
    - buying, buying_low, buying_high: purchases expected in a year, over those plus the need, so
      that 0.5 is buying all that the need asks; the chance that they have left counts as zero.
      NULL for customers who are not in `behaviour`
    - p_attitude: chance that attitude is high; p_buying: that they are there and buy what the need
      asks; p_true, p_latent, p_spurious, p_none: of the four cells, adding up to 1
    - kind: one of KINDS; `spurious` is "stays but is not loyal"; `unknown` when no cell reaches
      `enough` or nothing is known of their buying
    - certainty: the largest of the four chances
    - subtype: for spurious only, one of SUBTYPES: what holds them
    - is_subtype_assumed: nothing was seen of the bond that names the subtype
    - held_by: the strongest of the four bonds other than the emotional, for every customer;
      held_by_mean, held_by_coverage
    - recommend, recommend_low, recommend_high: likelihood to recommend, from attitude alone
    - ends_on, ends_bond: the first of their bonds (the emotional excepted) to end, and when;
      days_to_end. NULL when no end is known
    - margin_365: as given in `behaviour` (NULL when it was not)
    """
    if not (0 < enough < 1 and (need is None or need > 0)):
        raise ValueError("enough lies between 0 and 1, and need above 0")
    people = _pivot(check(as_table(posteriors), POSTERIORS))
    people = _judge_attitude(people, high_attitude, level)
    buying = check(as_table(behaviour), BEHAVIOUR)
    refuse_other_ids(people, buying, "in the behaviour")
    people = _judge_buying(people, buying, need, level)
    people = _with_margin(_cross(people, enough), buying)
    return _tell(people, as_of, recommendation)


def usual_need(behaviour: Any) -> ir.FloatingScalar:
    """Return what the middle customer who is probably still there is expected to buy in a year."""
    table = check(as_table(behaviour), BEHAVIOUR)
    there = _with_numbers(table).filter(lambda t: (t.p_alive >= 0.5) & (t.purchases_365 > 0))
    return there.purchases_365.cast("float64").median()


def _pivot(bonds: ir.Table) -> ir.Table:
    """Lay the five bonds of each customer side by side."""
    columns = {
        f"{bond}_{name}": bonds[name].max(where=bonds.bond == bond)
        for bond in BONDS
        for name in ("mean", "coverage", "ends_on")
    }
    is_attitude = bonds.bond == ATTITUDE
    for name in ("low", "high", "alpha", "beta"):
        columns[f"{ATTITUDE}_{name}"] = bonds[name].max(where=is_attitude)
    leading = bonds.leading.max(where=bonds.bond == "situational")
    return bonds.group_by("customer_id").agg(**columns, situational_leading=leading)


def _judge_attitude(people: ir.Table, high: float, level: float) -> ir.Table:
    weight = people.emotional_alpha + people.emotional_beta
    rows, spread = with_spread(people, people.emotional_mean, weight, level=level, threshold=high)
    return rows.select(*people.columns, p_attitude=spread.above)


def _judge_buying(
    people: ir.Table, behaviour: ir.Table, need: float | None, level: float
) -> ir.Table:
    """Add buying as a Beta posterior, and the chance that they buy what the need asks.

    The yearly rate of one who is still there is known as well as its k purchase days allow: Gamma,
    of shape k. With s = rate / (rate + need), that share has mean s - s^2 (1 - s) / k and variance
    (s (1 - s))^2 / k to second order, and is taken for the Beta with those. Having left is a lump
    at zero beside it; the interval is that of the Beta with mean and variance of both together.
    """
    there = _rates(behaviour, need)
    rows = people.left_join(there, "customer_id").drop("customer_id_right")
    rows, spread = with_spread(rows, rows.share, rows.share_weight, level=level, threshold=0.5)
    kept = [*people.columns, "p_alive", "share", "share_weight"]
    rows = rows.select(*kept, p_buying=rows.p_alive * spread.above)
    mean = rows.p_alive * rows.share
    inner = rows.share * (1 - rows.share) / (rows.share_weight + 1)
    variance = rows.p_alive * (inner + rows.share * rows.share) - mean * mean
    weight = mean * (1 - mean) / variance - 1
    joined, both = with_spread(rows, mean, weight, level=level)
    return joined.select(
        *people.columns,
        "p_buying",
        buying=joined.p_alive * joined.share,
        buying_low=both.low,
        buying_high=both.high,
    )


def _with_margin(people: ir.Table, behaviour: ir.Table) -> ir.Table:
    if "margin_365" not in behaviour.columns:
        return people.mutate(margin_365=ibis.null("float64"))
    margins = behaviour.select("customer_id", margin_365=behaviour.margin_365.cast("float64"))
    return people.left_join(margins, "customer_id").drop("customer_id_right")


def _rates(behaviour: ir.Table, need: float | None) -> ir.Table:
    """Return per customer the share of the need they buy while there, and the weight behind it.

    Customers whose expectations are no numbers are left out: not yet known.
    """
    given = behaviour.columns
    usual = ibis.literal(float(need)) if need is not None else usual_need(behaviour).as_scalar()
    told = _with_numbers(behaviour)
    own = told["need"].cast("float64") if "need" in given else ibis.null("float64")
    days = told["purchase_days"] if "purchase_days" in given else ibis.null("int64")
    alive = ibis.greatest(ibis.least(told.p_alive.cast("float64"), 1.0), 1e-6)
    expected = ibis.greatest(ibis.least(told.purchases_365.cast("float64"), MOST_PURCHASES), 0.0)
    rate = expected / alive
    met = ibis.greatest(ibis.least(rate / (rate + own.coalesce(usual)), 0.99), 0.01)
    known = ibis.greatest(days.cast("float64").fill_null(UNTOLD_DAYS), 1.0)
    share = met - met * met * (1 - met) / known
    variance = met * met * (1 - met) * (1 - met) / known
    return told.select(
        "customer_id",
        p_alive=alive,
        share=share,
        share_weight=share * (1 - share) / variance - 1,
    )


def _with_numbers(behaviour: ir.Table) -> ir.Table:
    """Keep customers whose expectations are numbers; empty, NaN and infinite are not."""
    for name in ("p_alive", "purchases_365"):
        number = behaviour[name].cast("float64")
        is_number = ~(number.isnan() | number.isinf())
        behaviour = behaviour.filter(is_number.fill_null(False))
    return behaviour


def _cross(people: ir.Table, enough: float) -> ir.Table:
    """Cross both chances into the four cells, and name the kind where one is likely enough.

    Given what was seen the two axes are taken as independent: each has its own evidence.
    """
    fond, buys = people.p_attitude, people.p_buying
    people = people.mutate(
        p_true=fond * buys,
        p_latent=fond * (1 - buys),
        p_spurious=(1 - fond) * buys,
        p_none=(1 - fond) * (1 - buys),
    )
    cells = [(people[f"p_{kind}"], kind) for kind in KINDS[:-1]]
    kind = ibis.cases(*((chance >= enough, name) for chance, name in cells), else_="unknown")
    largest = ibis.greatest(*(chance for chance, _ in cells))
    return people.mutate(kind=kind, certainty=largest)


def _tell(people: ir.Table, as_of: date, recommendation: Recommendation) -> ir.Table:
    """Say what holds them, until when, and how likely they are to recommend."""
    people = people.mutate(**_strongest(people), **_first_end(people))
    knows_none = people.situational_leading == "knows_no_other"
    habit = ibis.ifelse(knows_none.fill_null(False), "no_alternative", "habit")
    subtype = people.held_by.cases(
        ("legal", "captive"), ("technical", "captive"), ("economic", "bought"), else_=habit
    )
    is_spurious = people.kind == "spurious"
    attitude, low, high = (people[f"emotional_{name}"] for name in ("mean", "low", "high"))
    return people.select(
        "customer_id",
        attitude=attitude,
        attitude_low=low,
        attitude_high=high,
        attitude_coverage=people.emotional_coverage,
        **{name: people[name] for name in ("buying", "buying_low", "buying_high")},
        **{name: people[name] for name in ("p_attitude", "p_buying")},
        **{f"p_{kind}": people[f"p_{kind}"] for kind in KINDS[:-1]},
        kind=people.kind,
        certainty=people.certainty,
        subtype=ibis.ifelse(is_spurious, subtype, None),
        is_subtype_assumed=is_spurious & (people.held_by_coverage <= 0),
        held_by=people.held_by,
        held_by_mean=people.held_by_mean,
        held_by_coverage=people.held_by_coverage,
        recommend=recommendation.chance(attitude),
        recommend_low=recommendation.chance(low),
        recommend_high=recommendation.chance(high),
        ends_on=people.ends_on,
        ends_bond=people.ends_bond,
        days_to_end=people.ends_on.delta(ibis.literal(business_day(as_of)), unit="day"),
        margin_365=people.margin_365,
    )


def _strongest(people: ir.Table) -> dict[str, ir.Value]:
    """Find the bond, other than attitude, with the greatest mean; of equals the first of BONDS."""
    others = [bond for bond in BONDS if bond != ATTITUDE]
    largest = ibis.greatest(*(people[f"{bond}_mean"] for bond in others))
    wins = [(people[f"{bond}_mean"] == largest, bond) for bond in others]
    coverage = [(won, people[f"{bond}_coverage"]) for won, bond in wins]
    return {
        "held_by": ibis.cases(*wins, else_=None),
        "held_by_mean": largest,
        "held_by_coverage": ibis.cases(*coverage, else_=None),
    }


def _first_end(people: ir.Table) -> dict[str, ir.Value]:
    """Find which of those bonds ends first; a bond without an end never comes first."""
    others = [bond for bond in BONDS if bond != ATTITUDE]
    never = ibis.date(9999, 12, 31)
    days = {bond: people[f"{bond}_ends_on"].coalesce(never) for bond in others}
    first = ibis.least(*days.values())
    bond = ibis.cases(*((day == first, bond) for bond, day in days.items()), else_=None)
    return {
        "ends_on": first.nullif(never),
        "ends_bond": ibis.ifelse(first == never, None, bond),
    }
