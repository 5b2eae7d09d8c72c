"""Looking back: what the forecast would have said on an earlier day, held against what came."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from stamgast.database.exclusive import Taken, exclusive
from stamgast.events.actions import ask, tell
from stamgast.kernel import minor_digits
from stamgast.scoring import feed
from stamgast.scoring.errors import AlreadyLookingBack, CannotLookBack
from stamgast.scoring.models import Backtest
from stamgast.staff.queries import shop

if TYPE_CHECKING:
    from stamgast.insight.value import Choice, HoldoutReport

WEEKS = 26
SHORTEST, LONGEST = 4, 104
KEPT = 12  # looks back that stay, the newest
OLD_AFTER = timedelta(days=6)  # so that every week has one

Progress = Callable[[float, str], None]


def look_back(*, weeks: int = WEEKS, at: datetime, progress: Progress) -> Backtest:
    """Hold the last weeks out, choose a model without them, and keep how well it told them.

    Refuses a number of weeks outside 4 to 104, a history too short or too thin to tell, and a look
    back while another is under way. Nothing about a single customer is kept.
    """
    if not SHORTEST <= weeks <= LONGEST:
        raise CannotLookBack(reason="weeks")
    try:
        with exclusive("backtest"):
            facts = _facts(weeks, at=at, progress=progress)
    except Taken:
        raise AlreadyLookingBack() from None
    with transaction.atomic():
        row = Backtest.objects.create(run_at=at, facts=facts)
        old = list(Backtest.objects.order_by("-pk").values_list("pk", flat=True)[KEPT:])
        Backtest.objects.filter(pk__in=old).delete()
        tell("looked_back", at=at, actor="scoring", subject="backtest", subject_id=row.pk)
    progress(1.0, "done")
    return row


def ask_weekly(job: Any) -> dict[str, Any]:
    """Ask for a look back when the newest is a week old; the nightly job calls this."""
    at = job.run_at
    if Backtest.objects.filter(run_at__gt=at - OLD_AFTER).exists():
        return {"asked": False}
    ask("backtest", at=at, key=f"backtest:{at:%Y%m%d}", by="wiring")
    return {"asked": True}


def _facts(weeks: int, *, at: datetime, progress: Progress) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(dir=feed.scratch_folder()))
    reading = feed.extract(folder)
    try:
        progress(0.05, "reading")
        if not reading.wait()["orders"]:
            raise CannotLookBack(reason="no_orders")
        progress(0.2, "looking_back")
        return _held_against(folder, weeks=weeks, today=at.date())
    finally:
        reading.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _held_against(folder: Path, *, weeks: int, today: date) -> dict[str, Any]:
    from stamgast.insight import engine
    from stamgast.insight.tables import TableError
    from stamgast.insight.value import ValueRefusal, fit_best
    from stamgast.scoring.tables import orders_of

    con = engine.connect(
        memory=settings.ENGINE_MEMORY, threads=settings.ENGINE_THREADS, scratch=folder
    )
    currency = shop().currency
    everything = con.create_table("orders", orders_of(con, folder, 10.0 ** minor_digits(currency)))
    orders = everything.filter(
        everything.currency == currency, everything.customer_id.notnull(), everything.day <= today
    )
    until = orders.day.max().execute()
    if until is None or until != until:  # nothing was sold: an empty day, or not a time
        raise CannotLookBack(reason="no_orders")
    until = date.fromisoformat(str(until)[:10])
    try:
        choice = fit_best(orders, until=until, holdout_days=7 * weeks, amount="margin")
    except (ValueRefusal, TableError) as refusal:
        raise CannotLookBack(reason=getattr(refusal, "code", "orders")) from None
    return {"weeks_asked": weeks, "currency": currency, **_told(choice)}


def _told(choice: Choice) -> dict[str, Any]:
    """Return what came of the chosen model's forecast, beside the others and the naive rules."""
    report = choice.report
    return {
        "model": report.model,
        "fitted_until": report.fitted_until.isoformat(),
        "until": report.until.isoformat(),
        "customers": report.customers,
        "purchases": report.purchases,
        "expected": report.expected,
        "total_low": report.total_lower,
        "total_high": report.total_upper,
        "is_total_covered": report.is_total_covered,
        "level": report.level,
        "covered": report.covered,
        "covered_likely": report.covered_likely,
        "best": report.best,
        "beats_naive": choice.beats_naive,
        "weeks": [
            {"ends": week.ends.isoformat(), "actual": week.actual, "expected": week.expected}
            for week in report.weeks
        ],
        "deciles": [
            {"customers": band.customers, "expected": band.expected, "actual": band.actual}
            for band in report.deciles
        ],
        "scores": _scores(report),
        "others": {other.model: _scores(other)[other.model] for other in choice.reports},
        "refused": {name: refusal.code for name, refusal in choice.refusals.items()},
    }


def _scores(report: HoldoutReport) -> dict[str, dict[str, float | None]]:
    """Return how far each forecast was off; a share of no purchases at all is empty."""
    return {
        name: {
            "root_mean_square": score.root_mean_square,
            "mean_absolute": score.mean_absolute,
            "total_error": score.total_error if report.purchases else None,
            "rank_correlation": score.rank_correlation,
        }
        for name, score in report.scores.items()
    }
