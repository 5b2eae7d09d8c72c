"""The radar over the shop's own orders: read, hold against what was expected, keep, tell.

The database adds purchases up per day and hands over some thousands of rows, whatever the size of
the shop. Only where an outside event is to be measured are the orders themselves read.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from stamgast.customers.feed import objectors_sql
from stamgast.database.exclusive import Taken, exclusive
from stamgast.sales.feed import (
    categories_by_day_sql,
    contracts_sql,
    ordered_products_sql,
    orders_sql,
    purchases_by_day_sql,
)
from stamgast.scoring import feed
from stamgast.scoring.errors import NothingToScore
from stamgast.scoring.queries import current_run
from stamgast.scoring.touches import Touches
from stamgast.signals import queries
from stamgast.signals.actions import note_effect, record_watch
from stamgast.signals.errors import AlreadyWatching
from stamgast.signals.models import OutsideEvent, Watch
from stamgast.staff.queries import shop

Progress = Callable[[float, str], None]


def watch_base(*, at: datetime, progress: Progress) -> Watch:
    """Look at all weeks that are over, keep what was found, and tell alarms that are new.

    Refuses when no order is known, and while another look is under way. A shop of which nothing
    can be said yet gets a look that says why.
    """
    try:
        with exclusive("watching"):
            return _watch(at=at, progress=progress)
    except Taken:
        raise AlreadyWatching() from None


def _watch(*, at: datetime, progress: Progress) -> Watch:
    today = at.astimezone(ZoneInfo(shop().zone)).date()
    last = _last_day(today)
    events = list(queries.measured_events(last))
    folder = Path(tempfile.mkdtemp(dir=feed.scratch_folder()))
    reading = feed.Reading(folder, _statements(events, today, folder))
    try:
        progress(0.05, "reading")
        from stamgast.scoring import weekly  # loads the engine meanwhile

        if not reading.wait()["purchases"]:
            raise NothingToScore()
        con = weekly.connect(folder, memory=settings.ENGINE_MEMORY, threads=settings.ENGINE_THREADS)
        progress(0.3, "watching")
        found = weekly.look(con, folder, last=last, currency=shop().currency)
        progress(0.7, "measuring_events")
        for event in events:
            moved = weekly.measure(
                con, folder, _about(event), until=found.until, currency=shop().currency
            )
            note_effect(event, effect=moved, until=found.until)
        progress(0.95, "writing")
        watch = record_watch(
            until=found.until,
            at=at,
            facts=found.facts,
            series=found.series,
            alarms=found.alarms,
        )
    finally:
        reading.stop()
        shutil.rmtree(folder, ignore_errors=True)
    progress(1.0, "done")
    return watch


def _statements(events: list[OutsideEvent], today: date, folder: Path) -> dict[str, str]:
    """Return what to read: orders, and why customers stay, only where an event is to be measured."""
    wanted = {"purchases": purchases_by_day_sql(), "categories": categories_by_day_sql()}
    if events:
        wanted |= {"orders": orders_sql(), "objectors": objectors_sql()}
        wanted |= {"contracts": contracts_sql(), **feed.of_bonds(today, folder)}
    if any(event.skus or event.categories for event in events):
        wanted["products"] = ordered_products_sql()
    return wanted


def _last_day(today: date) -> date:
    """Return the last day that may be looked at: that of the scores on screen, never beyond today."""
    run = current_run()
    return min(run.as_of, today) if run else today


def _about(event: OutsideEvent) -> Touches:
    return Touches(
        starts_on=event.starts_on,
        skus=tuple(event.skus),
        categories=tuple(event.categories),
        countries=tuple(event.countries),
    )
