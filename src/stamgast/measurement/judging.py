"""Judging every effort that still runs or is followed: read the orders once, conclude, tell news."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min, Sum

from stamgast.database.exclusive import Taken, exclusive
from stamgast.events.actions import ask, tell
from stamgast.kernel import minor_digits
from stamgast.measurement import feed
from stamgast.measurement.errors import AlreadyJudging
from stamgast.measurement.for_whom import due
from stamgast.measurement.models import Arm, Cost, Experiment, Lot, Verdict
from stamgast.sales.models import MarginRate, Order
from stamgast.scoring.feed import Reading, scratch_folder
from stamgast.scoring.queries import current_run
from stamgast.staff.queries import shop

if TYPE_CHECKING:
    from stamgast.measurement.concluding import Concluded
    from stamgast.measurement.reckoning import Plan

Progress = Callable[[float, str], None]


def judge_all(*, as_of: date | None, at: datetime, progress: Progress) -> list[Verdict]:
    """Judge every experiment as of the end of a business day; returns the verdicts, news told.

    Without a day, the last one of which orders are known. A verdict of the same day is written
    anew. What is final stays as it is. Refuses while another judging is under way.
    """
    try:
        with exclusive("judging"):
            return _judge(as_of=as_of, at=at, progress=progress)
    except Taken:
        raise AlreadyJudging() from None


def _judge(*, as_of: date | None, at: datetime, progress: Progress) -> list[Verdict]:
    known = last_known(at)
    day = min(as_of, known) if as_of and known else known
    experiments = _to_judge(day) if day else []
    if not experiments or day is None:
        progress(1.0, "done")
        return []
    plans = plans_of(experiments, day)
    folder = Path(tempfile.mkdtemp(dir=scratch_folder()))
    reading = Reading(folder, _statements(plans, day))
    try:
        progress(0.05, "reading")
        from stamgast.measurement.concluding import conclude  # loads the engine
        from stamgast.measurement.pooled import conclude_pool
        from stamgast.measurement.reckoning import reckon

        reading.wait()
        progress(0.5, "judging")
        currency = experiments[0].currency
        unit = float(10 ** minor_digits(currency))
        found = reckon(
            folder,
            plans,
            as_of=day,
            unit=unit,
            memory=settings.ENGINE_MEMORY,
            threads=settings.ENGINE_THREADS,
        )
        rate = _assumed_rate()
        concluded = {
            number: conclude(plans[number], one, as_of=day, unit=unit, rate=rate)
            for number, one in found.items()
        }
        progress(0.9, "writing")
        pooled = {
            name: one
            for name, members in _pools(plans, concluded).items()
            if (one := conclude_pool(members, unit=unit))
        }
        written = _write(concluded, pooled, day=day, at=at)
        if due(day):
            ask("for_whom", at=at, key=f"for_whom:{at.isoformat()}", by="judging")
    finally:
        reading.stop()
        shutil.rmtree(folder, ignore_errors=True)
    progress(1.0, "done")
    return written


def last_known(at: datetime) -> date | None:
    """Return the last day of which orders are known, never beyond today."""
    today = at.astimezone(ZoneInfo(shop().zone)).date()
    newest = Order.objects.filter(ordered_at__lt=at + timedelta(days=1)).aggregate(
        newest=Max("ordered_at")
    )["newest"]
    return min(newest.astimezone(ZoneInfo(shop().zone)).date(), today) if newest else None


def _to_judge(day: date) -> list[Experiment]:
    """Return the experiments begun by then that are not final, or share a pool with one that is not.

    Only those in the shop's currency.
    """
    final = set(
        Verdict.objects.filter(
            experiment__isnull=False, facts__is_final=True, as_of__lte=day
        ).values_list("experiment_id", flat=True)
    )
    begun = Experiment.objects.filter(currency=shop().currency, started_at__date__lte=day)
    rows = list(begun.order_by("pk"))
    pools = {one.pool for one in rows if one.pool and one.pk not in final}
    return [one for one in rows if one.pk not in final or one.pool in pools]


def plans_of(experiments: list[Experiment], day: date) -> dict[int, Plan]:
    """Return what each experiment promised, with what was booked on its arms by the end of a day."""
    from stamgast.measurement.reckoning import ArmOf, Plan

    zone = ZoneInfo(shop().zone)
    unit = 10 ** minor_digits(shop().currency)
    arms: dict[int, dict[int, ArmOf]] = defaultdict(dict)
    costs = _costs(day)
    for arm in Arm.objects.filter(experiment__in=experiments).order_by("experiment", "position"):
        booked = {kind: minor / unit for kind, minor in costs.get(arm.pk, {}).items()}
        arms[arm.experiment_id][arm.pk] = ArmOf(arm.code, float(arm.share), arm.is_control, booked)
    found = {}
    for one in experiments:
        is_standing = one.kind == Experiment.Kind.STANDING
        began = one.started_at.astimezone(zone).date()
        found[one.pk] = Plan(
            experiment=one.pk,
            window_days=one.window_days,
            after_days=0 if is_standing else one.after_days,
            is_ongoing=one.is_ongoing and not is_standing,
            is_drawing=one.is_ongoing and one.ended_at is None,
            ends_together=began + timedelta(days=one.window_days) if is_standing else None,
            arms=arms[one.pk],
            pool=one.pool,
            rests_on_window=one.rests_on_window,
        )
    return found


def _costs(day: date) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    end = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZoneInfo(shop().zone))
    rows = Cost.objects.filter(at__lt=end).values("arm", "kind").annotate(minor=Sum("amount_minor"))
    for row in rows:
        found[row["arm"]][row["kind"]] = row["minor"]
    return found


def _statements(plans: Mapping[int, Plan], day: date) -> dict[str, str]:
    from stamgast.measurement.reckoning import BEFORE

    first = Lot.objects.filter(experiment__in=plans).aggregate(first=Min("day"))["first"] or day
    statements = {
        "lots": feed.lots_sql(plans, until=day),
        "orders": feed.orders_sql(since=first - BEFORE, currency=shop().currency),
        "merged": feed.merged_sql(),
    }
    if run := current_run():
        statements["values"] = feed.values_sql(run.pk)
    return statements


def _assumed_rate() -> float | None:
    """Return the margin assumed for the whole shop where no cost is known."""
    rate = MarginRate.objects.filter(category="").values_list("share", flat=True).first()
    return float(rate) if rate else None


def _pools(
    plans: Mapping[int, Plan], concluded: Mapping[int, Concluded]
) -> dict[str, dict[int, Concluded]]:
    pools: dict[str, dict[int, Concluded]] = defaultdict(dict)
    for number, one in concluded.items():
        if plans[number].pool:
            pools[plans[number].pool][number] = one
    return pools


def _write(
    concluded: Mapping[int, Concluded],
    pooled: Mapping[str, Concluded],
    *,
    day: date,
    at: datetime,
) -> list[Verdict]:
    written = []
    with transaction.atomic():
        for number, one in concluded.items():
            of = Verdict.objects.filter(experiment=number)
            before = of.filter(as_of__lt=day).order_by("-as_of").first()
            was = of.filter(as_of=day).values_list("code", flat=True).first()
            row, _ = Verdict.objects.update_or_create(
                experiment_id=number, as_of=day, defaults=_as_row(one, at)
            )
            is_newest = not of.filter(as_of__gt=day).exists()
            last = was or (before.code if before else "")
            if is_newest and last != one.code:
                facts = {"code": one.code, "before": last}
                tell("verdict_changed", at=at, actor="judging", subject="experiment",
                     subject_id=number, facts=facts)  # fmt: skip
            written.append(row)
        for name, one in pooled.items():
            Verdict.objects.update_or_create(
                experiment=None, pool=name, as_of=day, defaults=_as_row(one, at)
            )
    return written


def _as_row(one: Concluded, at: datetime) -> dict[str, object]:
    return {"code": one.code, "facts": one.facts, "made_at": at}
