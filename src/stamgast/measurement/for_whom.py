"""For whom it worked: the effect in groups that were fixed beforehand, read together.

Groups are of the evening before the lot. Each is drawn towards the whole as far as its own noise
demands (`insight.effect.groups`); it is looked at once the window is over, not every day.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Min

from stamgast.customers.feed import objectors_sql
from stamgast.kernel import minor_digits
from stamgast.measurement import feed
from stamgast.measurement.models import Experiment, ForWhom, Lot, Verdict
from stamgast.sales.feed import contracts_sql
from stamgast.sales.feed import orders_sql as sold_sql
from stamgast.scoring.feed import Reading, of_bonds, scratch_folder

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from stamgast.insight.effect import Difference, Followed
    from stamgast.measurement.reckoning import Plan

DIMENSIONS = ("stage", "kind", "orders", "value")
FEWEST_UNITS = 30  # in each arm, for a group to be shown
MOST_LOTS = 2_000_000  # of one experiment
AGAIN = timedelta(days=7)  # while lots keep coming
Progress = Callable[[float, str], None]


def due(as_of: date) -> list[Experiment]:
    """Return the experiments whose groups can be looked at and were not, or not lately."""
    rows = Verdict.objects.filter(
        experiment__isnull=False, facts__is_window_over=True, as_of__lte=as_of
    )
    ready = rows.values_list("experiment_id", flat=True).distinct()
    looked = ForWhom.objects.in_bulk(list(ready), field_name="experiment_id")
    found = []
    for one in Experiment.objects.filter(pk__in=list(ready)).order_by("pk"):
        last = looked.get(one.pk)
        is_stale = one.is_ongoing and last is not None and last.as_of <= as_of - AGAIN
        if one.kind != Experiment.Kind.STANDING and (last is None or is_stale):
            found.append(one)
    return found


def look_for_whom(*, as_of: date, at: datetime, progress: Progress) -> list[ForWhom]:
    """Look at the groups of every experiment that is due; returns what was written."""
    experiments = due(as_of)
    sizes = (
        Lot.objects.filter(experiment__in=experiments).values("experiment").annotate(n=Count("pk"))
    )
    fits = {row["experiment"] for row in sizes if 0 < row["n"] <= MOST_LOTS}
    experiments = [one for one in experiments if one.pk in fits]
    if not experiments:
        progress(1.0, "done")
        return []
    folder = Path(tempfile.mkdtemp(dir=scratch_folder()))
    reading = Reading(folder, past_statements([one.pk for one in experiments], as_of, folder))
    try:
        progress(0.05, "reading")
        from stamgast.measurement.judging import plans_of  # loads the engine

        plans = plans_of(experiments, as_of)
        reading.wait()
        written = []
        for number, one in enumerate(experiments):
            progress(0.3 + 0.7 * number / len(experiments), "judging")
            facts = _facts(folder, plans[one.pk], one, as_of=as_of)
            row, _ = ForWhom.objects.update_or_create(
                experiment=one, defaults={"as_of": as_of, "facts": facts, "made_at": at}
            )
            written.append(row)
    finally:
        reading.stop()
        shutil.rmtree(folder, ignore_errors=True)
    progress(1.0, "done")
    return written


def past_statements(experiments: list[int], as_of: date, folder: Path) -> dict[str, str]:
    """Return what to read for looking back at who customers were before their lots."""
    return {
        "lots": feed.lots_sql(experiments, until=as_of),
        "merged": feed.merged_sql(),
        "orders": sold_sql(),
        "objectors": objectors_sql(),
        "contracts": contracts_sql(),
        **of_bonds(as_of, folder),
    }


def _facts(folder: Path, plan: Plan, experiment: Experiment, *, as_of: date) -> dict[str, Any]:
    from stamgast.insight import engine
    from stamgast.insight.effect import followed
    from stamgast.measurement.reckoning import assigned, lots_of, window_of
    from stamgast.scoring.then import Then

    unit = float(10 ** minor_digits(experiment.currency))
    con = engine.connect(
        memory=settings.ENGINE_MEMORY, threads=settings.ENGINE_THREADS, scratch=folder
    )
    plans = {plan.experiment: plan}
    mine = lots_of(con, folder, plans, as_of)
    lots = con.create_table("lots", mine.filter(mine.experiment_id == plan.experiment))
    first = Lot.objects.filter(experiment=experiment).aggregate(first=Min("day"))["first"]
    then = Then.of(con, folder, before=first, currency=experiment.currency)
    groups = con.create_table("grouped", _groups(then, lots))
    rows = assigned(lots, as_of)
    rows = con.create_table("rows_assigned", rows.filter(rows.lot == window_of(plan.experiment)))
    found: dict[str, Any] = {}
    for dimension in DIMENSIONS:
        own = groups.select("unit_id", group=groups[dimension])
        both = rows.inner_join(own, "unit_id")
        of_group = both.mutate(lot=both.group).select(*rows.columns)
        followed_ones = followed(of_group, then.orders, as_of=as_of, is_trusted=True)
        parts = {group: plan.by_code(arms) for group, arms in followed_ones.items()}
        found[dimension] = conclude_groups(parts, plan, unit=unit)
    return {"groups": found, "customers": sum(_sizes(plan, parts).values())}


def _groups(then: Any, lots: ir.Table) -> ir.Table:
    """Return per household the group its first member was in, in every dimension."""
    import ibis

    from stamgast.measurement.before import known_before

    firsts = lots.group_by("unit_id").agg(customer_id=lots.customer_id.min(), day=lots.start.min())
    numbered = then.con.create_table(
        "firsts", firsts.mutate(pair=ibis.row_number().over(order_by="unit_id")), overwrite=True
    )
    known = known_before(then, numbered)
    some = known.filter(known.margin_past_year > 0)
    middle = some.margin_past_year.median().as_scalar()
    told = known.select(
        "pair",
        "stage",
        "kind",
        orders=ibis.cases(
            (known.orders == 0, "0"),
            (known.orders == 1, "1"),
            (known.orders <= 3, "2-3"),
            (known.orders <= 9, "4-9"),
            else_="10+",
        ),
        value=ibis.cases(
            (known.margin_past_year <= 0, "none"),
            (known.margin_past_year <= middle, "lower"),
            else_="upper",
        ),
    )
    return numbered.select("pair", "unit_id").inner_join(told, "pair").drop("pair")


def conclude_groups(
    parts: Mapping[Any, Mapping[str, Followed]], plan: Plan, *, unit: float
) -> dict[str, Any]:
    """Return the effects of one way to group customers, in minor units per head after costs.

    Without enough to say: `why`, and what there is.
    """
    from stamgast.insight.effect import FEWEST_BUYERS, EffectRefusal, Interval, effects_by_group

    control = next(arm.code for arm in plan.arms.values() if arm.is_control)
    cost = _cost_per_head(plan, parts)
    found: dict[str, Difference] = {}
    counts: dict[str, dict[str, int]] = {}
    left_out = buyers = 0
    for group, arms in parts.items():
        read = _difference(arms, control)
        treated = sum(one.window.n for code, one in arms.items() if code != control)
        held = arms[control].window.n if control in arms else 0
        if read is None:
            left_out += treated + held
            continue
        buyers += read.buyers
        found[str(group)] = read
        counts[str(group)] = {"treated": treated, "control": held, "buyers": read.buyers}
    told: dict[str, Any] = {"left_out": left_out, "fewest": FEWEST_UNITS, "groups": []}
    if buyers < FEWEST_BUYERS:
        return {**told, "why": "too_few_buyers", "buyers": buyers, "needed": FEWEST_BUYERS}
    try:
        effects = effects_by_group(found)
    except EffectRefusal as refusal:
        return {**told, "why": refusal.code}

    def minor(one: Interval) -> dict[str, float]:
        return {
            name: round((end - cost) * unit, 2)
            for name, end in (("estimate", one.estimate), ("low", one.lower), ("high", one.upper))
        }

    told["groups"] = [
        {
            "code": code,
            **counts[code],
            "alone": minor(one.alone),
            "drawn": minor(one.drawn),
            "own": round(one.own, 3),
        }
        for code, one in effects.groups.items()
    ]
    return {
        **told,
        "why": "",
        "common_minor": round((effects.common - cost) * unit, 2),
        "differ": round(effects.differ, 4),
    }


def _difference(arms: Mapping[str, Followed], control: str) -> Difference | None:
    """Return treated less control in one group, noise reduced; None where it is too small."""
    from stamgast.insight.effect import adjusted

    treated = [one.window for code, one in arms.items() if code != control]
    if control not in arms or not treated:
        return None
    together = sum(treated[1:], treated[0])
    held = arms[control].window
    if min(together.n, held.n) < FEWEST_UNITS or min(together.buyers, held.buyers) < 1:
        return None
    found = adjusted(together, held, is_guarded=True)
    best = found.found if found.gain > 0 else found.plain
    return best if best.variance > 0 else None


def _cost_per_head(plan: Plan, parts: Mapping[Any, Mapping[str, Followed]]) -> float:
    """Return what an effort cost per household that got it, beside what its orders show."""
    spent = sum(sum(arm.costs.values()) for arm in plan.arms.values() if not arm.is_control)
    sizes = _sizes(plan, parts)
    treated = sum(n for code, n in sizes.items() if not _is_control(plan, code))
    return spent / treated if treated else 0.0


def _sizes(plan: Plan, parts: Mapping[Any, Mapping[str, Followed]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for arms in parts.values():
        for code, one in arms.items():
            found[code] = found.get(code, 0) + one.window.n
    return found


def _is_control(plan: Plan, code: str) -> bool:
    return any(arm.code == code and arm.is_control for arm in plan.arms.values())
