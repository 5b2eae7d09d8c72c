"""What our own lots say of measures: read, brought back to the evening before each, and learned from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from stamgast.campaigns.actions.programme import is_spent_at_once
from stamgast.campaigns.models import Campaign
from stamgast.campaigns.series import most_each, steps_of
from stamgast.insight.effect import Lot, lot_of
from stamgast.kernel import minor_digits
from stamgast.measurement.before import known_before
from stamgast.measurement.judging import plans_of
from stamgast.measurement.models import Experiment
from stamgast.measurement.reckoning import lots_of
from stamgast.plans.features import Known, known_of
from stamgast.plans.responding import Cost, Response, respond
from stamgast.scoring.then import Then
from stamgast.staff.queries import shop


def measure_of(campaign: Campaign) -> str:
    """Return what campaigns have in common that are learned from together."""
    return campaign.pool or campaign.preset or f"campaign:{campaign.pk}"


def lots_by_measure(measures: Iterable[str]) -> dict[str, list[Experiment]]:
    """Return the experiments of every campaign of these measures, in the shop's currency."""
    wanted = set(measures)
    found: dict[str, list[Experiment]] = {one: [] for one in wanted}
    rows = Campaign.objects.filter(experiment__isnull=False).select_related("experiment")
    for campaign in rows.order_by("pk"):
        experiment, measure = campaign.experiment, measure_of(campaign)
        if experiment is not None and measure in wanted and experiment.currency == shop().currency:
            found[measure].append(experiment)
    return found


def cost_of(campaign: Campaign) -> Cost:
    """Return what a campaign costs per customer, on average over its offers, in major units.

    What is used when they order counts then; a gift, points and a reward count for everybody who
    gets them. `each` is what is set aside: as if everybody uses the dearest offer.
    """
    unit = 10 ** minor_digits(shop().currency)
    offers = list(campaign.offers.select_related("reward"))
    steps = list(campaign.steps.all())
    weight = sum(offer.share for offer in offers) or 1
    used = given = sending = 0.0
    for offer in offers:
        part = offer.share / weight
        sending += part * sum(one.cost_minor for one in steps_of(steps, offer))
        if is_spent_at_once(offer):
            given += part * offer.cost_minor
        else:
            used += part * offer.cost_minor
    each = most_each(campaign)
    return Cost(sending=(sending + given) / unit, discount=used / unit, each=each / unit)


@dataclass(frozen=True)
class Lots:
    """Households in the lots of one measure, with what was known before, and whether they ordered."""

    lot: Lot
    known: Known


def read_lots(con: Any, folder: Path, experiments: list[Experiment], *, as_of: date) -> Lots | None:
    """Return the households whose window is over, of who may be profiled; None without any."""
    plans = plans_of(experiments, as_of)
    numbers = [one.pk for one in experiments]
    rows = lots_of(con, folder, plans, as_of)
    rows = rows.filter(rows.experiment_id.isin(numbers), rows.until <= as_of + timedelta(days=1))
    rows = rows.anti_join(con.read_parquet(folder / "objectors.parquet"), "customer_id")
    rows = con.create_table("lots_learned", rows, overwrite=True)
    first = rows.start.min().to_pyarrow().as_py()
    if first is None:
        return None
    then = Then.of(con, folder, before=first, currency=shop().currency)
    units = con.create_table("units_learned", _units(rows, then.orders), overwrite=True)
    facts = units.order_by("pair").to_pyarrow()
    controls = {
        number: sum(arm.share for arm in plan.arms.values() if arm.is_control)
        for number, plan in plans.items()
    }
    names = {
        number: [a.code for a in p.arms.values() if a.is_control] for number, p in plans.items()
    }
    experiment = facts["experiment_id"].to_pylist()
    arm = [
        0 if code in names[number] else 1
        for number, code in zip(experiment, facts["arm"].to_pylist(), strict=True)
    ]
    without = np.array([controls[number] for number in experiment])
    known = known_of(known_before(then, units))
    lot = lot_of(
        known.features,
        arm,
        np.column_stack([without, 1 - without]),
        facts["ordered"].cast("float64").to_numpy(zero_copy_only=False),
    )
    return Lots(lot, known)


def _units(rows: ir.Table, orders: ir.Table) -> ir.Table:
    """Return one row per household: its first member, day, arm, and whether any of them ordered."""
    bought = rows.inner_join(
        orders.filter(orders.is_purchase).select("customer_id", order_day="day"), "customer_id"
    )
    bought = bought.filter(bought.order_day >= bought.start, bought.order_day < bought.until)
    bought = bought.select("experiment_id", "unit_id").distinct()
    firsts = rows.group_by("experiment_id", "unit_id").agg(
        customer_id=rows.customer_id.min(), day=rows.start.min(), arm=rows.arm.min()
    )
    both = firsts.left_join(bought, ["experiment_id", "unit_id"])
    return both.select(
        "experiment_id",
        "customer_id",
        "day",
        "arm",
        ordered=both.unit_id_right.notnull().cast("int64"),
        pair=ibis.row_number().over(order_by=[both.experiment_id, both.unit_id]),
    )


def learn_measures(
    con: Any,
    folder: Path,
    campaigns: Mapping[int, Campaign],
    *,
    as_of: date,
) -> dict[int, Response]:
    """Return what each of these campaigns is expected to add, from the lots of its measure."""
    experiments = lots_by_measure(measure_of(one) for one in campaigns.values())
    read: dict[str, Lots | None] = {}
    found = {}
    for number, campaign in campaigns.items():
        measure = measure_of(campaign)
        if measure not in read:
            own = experiments[measure]
            read[measure] = read_lots(con, folder, own, as_of=as_of) if own else None
        lots = read[measure]
        cost = cost_of(campaign)
        if lots is None:
            found[number] = respond(None, np.zeros(0), np.zeros(0), cost)
        else:
            found[number] = respond(lots.lot, lots.known.margin, lots.known.silence, cost)
    return found
