"""What may suit each customer: read, work out, write, and only then show; each night after scoring."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from stamgast.database.exclusive import Taken, exclusive
from stamgast.events.actions import tell
from stamgast.sales.feed import bought_sql, products_sql
from stamgast.scoring import feed
from stamgast.scoring.errors import AlreadyScoring, NothingToScore
from stamgast.scoring.models import CurrentRun, Run, Suggestion
from stamgast.scoring.queries import current_run
from stamgast.scoring.writing import forget_suggestions, write_suggestions
from stamgast.staff.queries import shop

Progress = Callable[[float, str], None]


def suggest_products(*, at: datetime, progress: Progress) -> int:
    """Work out what may suit whom as of the day of the current scores; returns how many suggestions.

    Those that were shown stay until the new ones are complete. Refuses before the first scoring,
    while another is under way, and where the engine has too little memory.
    """
    run = current_run()
    if run is None:
        raise NothingToScore()
    try:
        with exclusive("suggesting"):
            return _suggest(run, at=at, progress=progress)
    except Taken:
        raise AlreadyScoring() from None


def _suggest(run: Run, *, at: datetime, progress: Progress) -> int:
    shown = CurrentRun.objects.values_list("suggested_id", flat=True).first()
    if shown == run.pk:
        return Suggestion.objects.filter(run=run).count()
    folder = Path(tempfile.mkdtemp(dir=feed.scratch_folder()))
    reading = feed.Reading(folder, {"bought": bought_sql(), "products": products_sql()})
    try:
        progress(0.05, "reading")
        forget_suggestions(keep=shown)  # of a look that ended half-way
        rows = reading.wait()
        progress(0.4, "suggesting")
        written = 0
        if rows["bought"] and rows["products"]:
            from stamgast.scoring.calculation import within

            with within(settings.ENGINE_MEMORY):
                file = _worked_out(folder, run)
            progress(0.8, "writing")
            written = write_suggestions(file, run_id=run.pk)
        CurrentRun.objects.update(suggested=run)
        tell("products_suggested", at=at, actor="scoring", subject="run", subject_id=run.pk,
             facts={"suggestions": written})  # fmt: skip
        forget_suggestions(keep=run.pk)
    finally:
        reading.stop()
        shutil.rmtree(folder, ignore_errors=True)
    progress(1.0, "done")
    return written


def _worked_out(folder: Path, run: Run) -> Path:
    """Write the suggestions to a file, on an engine of set memory that spills into the folder."""
    import ibis

    from stamgast.insight import engine
    from stamgast.insight.affinity import suggest

    con = engine.connect(
        memory=settings.ENGINE_MEMORY, threads=settings.ENGINE_THREADS, scratch=folder
    )
    bought, products = _typed(con, folder)
    found = suggest(bought, products, as_of=run.as_of)
    rows = found.select(
        "customer_id",
        "kind",
        "place",
        "product_id",
        "because_id",
        worth_minor=found.worth.round().cast("int64"),
        due_on=found.due_on.cast("string"),
        days=found.days,
    )
    file = folder / "suggestions.parquet"
    con.to_parquet(rows.filter(ibis._.worth_minor > 0), file)
    con.disconnect()
    return file


def _typed(con: Any, folder: Path) -> tuple[Any, Any]:
    """Type the feed's files: SQLite knows neither days nor booleans."""
    raw = con.read_parquet(folder / "bought.parquet")
    raw = raw.filter(raw.currency == shop().currency)
    bought = raw.select(
        "customer_id",
        "product_id",
        day=raw.day.cast("date"),
        **{name: raw[name].cast("float64") for name in ("quantity", "revenue", "margin")},
    )
    sold = con.read_parquet(folder / "products.parquet")
    products = sold.select(
        "product_id",
        category=sold.category.cast("string").fill_null(""),
        is_for_sale=sold.is_for_sale.cast("boolean"),
    )
    return con.create_table("bought_lines", bought), con.create_table("sold_products", products)
