"""`import`, `score`, `report`, `export`: from an order history to answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from stamgast.cli import set_up
from stamgast.cli.answers import (
    give,
    progress_for_parent,
    progress_shown,
    refusals_in_words,
    stop,
)

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _pairs(values: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {}
    for value in values:
        left, equals, right = value.partition("=")
        if not equals:
            raise click.BadParameter(f"{value!r}: expected column=field", param_hint=option)
        pairs[left.strip()] = right.strip()
    return pairs


def _answers(**given: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


@click.command(name="import")
@click.argument("file", type=FILE)
@click.option(
    "--layout", help="generic, shopify, online_retail, customers, products, ...; guessed."
)
@click.option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="Read COLUMN as FIELD.")
@click.option("--currency", help="Three letters, when the file has no currency column.")
@click.option("--vat", type=click.Choice(["included", "excluded"]), help="Are prices with VAT?")
@click.option("--margin", type=float, help="Share of revenue kept where costs are unknown: 0.40")
@click.option("--dates", type=click.Choice(["iso", "dmy", "mdy"]), help="How dates are written.")
@click.option("--dry-run", is_flag=True, help="Read and check everything, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def import_orders(
    file: Path,
    layout: str | None,
    maps: tuple[str, ...],
    currency: str | None,
    vat: str | None,
    margin: float | None,
    dates: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Bring in a FILE of orders, customers or products: CSV, XLSX or Parquet.

    Good rows come in; bad rows wait as rows to mend, and nothing is lost. The same file twice
    changes nothing, and an interrupted import simply starts again.

    \b
      stamgast import orders.csv
      stamgast import orders.csv --map "Klantnr=customer_key" --vat excluded --margin 0.35
    """
    set_up()
    from stamgast.importers import actions
    from stamgast.serving import prepare

    with refusals_in_words(as_json=as_json):
        prepare(say=lambda words: click.echo(words, err=True))
        batch = actions.import_file(
            file,
            layout=layout,
            mapping={field: column for column, field in _pairs(maps, "--map").items()} or None,
            answers=_answers(currency=currency, vat=vat, margin=margin, dates=dates),
            is_dry_run=dry_run,
            at=datetime.now(UTC),
            progress=progress_shown(as_json=as_json),
        )
    counts = {
        "read": batch.read,
        "imported": batch.imported,
        "unchanged": batch.unchanged,
        "quarantined": batch.quarantined,
    }
    if as_json:
        give({**counts, **batch.result, "layout": batch.layout, "dry_run": dry_run})
        return
    would = "would be " if dry_run else ""
    click.echo(
        f"{batch.read:,} rows read as {batch.layout}: {batch.imported:,} {would}imported, "
        f"{batch.unchanged:,} unchanged, {batch.quarantined:,} to mend."
    )
    if others := batch.result.get("numbers_of_others"):
        click.echo(
            f"{others:,} customer numbers belong to somebody with another e-mail address here: their "
            "rows went by e-mail address. Do the numbers come from another shop?"
        )
    if not dry_run:
        click.echo("Next: stamgast score")


@click.command(name="import-batch", hidden=True)
@click.argument("batch_id", type=int, required=False)
@click.option("--dry-run", is_flag=True, help="Read and check everything, write nothing.")
@click.option("--for-job", type=int)
def import_batch(batch_id: int | None, dry_run: bool, for_job: int | None) -> None:
    """Import a file that was uploaded and confirmed on a screen."""
    set_up()
    from django.conf import settings

    from stamgast.events.models import Job
    from stamgast.importers import actions
    from stamgast.importers.models import Batch

    number = batch_id or Job.objects.get(pk=for_job or 0).facts["batch"]
    batch = Batch.objects.get(pk=number)
    at = datetime.now(UTC)
    with refusals_in_words(as_json=True):
        if dry_run:
            done = actions.import_file(
                settings.HOME / batch.file,
                layout=batch.layout or None,
                mapping=batch.mapping,
                answers=batch.answers,
                is_dry_run=True,
                at=at,
                progress=progress_for_parent,
            )
        else:
            done = actions.import_batch(batch, at=at, progress=progress_for_parent)
    give(
        {
            "batch": batch.pk,
            "new_customers": done.result.get("new_customers", 0),
            "numbers_of_others": done.result.get("numbers_of_others", 0),
            "read": done.read,
            "imported": done.imported,
            "unchanged": done.unchanged,
            "quarantined": done.quarantined,
        }
    )


@click.command()
@click.argument("file", type=FILE)
@click.option("--layout", help="Look at it as this layout.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def look(file: Path, layout: str | None, as_json: bool) -> None:
    """Look at a FILE without importing it: its columns, the layout, and what we would ask."""
    set_up()
    from stamgast.importers import actions

    with refusals_in_words(as_json=as_json):
        seen = actions.look_at(file, layout=layout)
    if as_json:
        give(seen.as_facts())
        return
    click.echo(json.dumps(seen.as_facts(), indent=2, default=str, ensure_ascii=False))


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="End of this business day; today.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.option("--for-job", type=int, hidden=True)
def score(as_of: datetime | None, as_json: bool, for_job: int | None) -> None:
    """Score the whole base: who stays, who drifts, what they are worth, what to do next.

    The screens show the previous scores until the new ones are complete.
    """
    set_up()
    from stamgast.scoring import actions
    from stamgast.serving import prepare

    show = progress_for_parent if for_job is not None else progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json):
        prepare(say=lambda words: click.echo(words, err=True))
        run = actions.score_base(
            as_of=as_of.date() if as_of else None, at=datetime.now(UTC), progress=show
        )
    facts = {"run": run.pk, "as_of": run.as_of, "customers": run.customers, **run.facts}
    if as_json or for_job is not None:
        give(facts)
    else:
        click.echo(f"{run.customers:,} customers scored as of {run.as_of}.")
        click.echo("Next: stamgast report, or stamgast serve")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.option("--shop")
@click.option("--brand")
@click.option("--country")
@click.option("--channel")
def report(as_json: bool, **facets: str | None) -> None:
    """Say who the customers are, who drifts, what is at stake and what to do next.

    Whom a campaign left out by lot is counted under let be.
    """
    set_up()
    from stamgast.campaigns.advice import report_of
    from stamgast.scoring import queries

    chosen = [(name, value) for name, value in facets.items() if value is not None]
    if len(chosen) > 1:
        stop("Choose one of --shop, --brand, --country and --channel.", 2)
    run = queries.current_run()
    if run is None:
        stop("Nothing is scored yet. Run: stamgast score")
    facet, value = chosen[0] if chosen else ("", "")
    facts = report_of(run, datetime.now(UTC), facet, value)
    if not facts:
        stop(f"No customers with {facet} {value!r}.")
    if as_json:
        give(
            {
                "as_of": run.as_of,
                "orders_until": run.orders_until,
                "currency": run.currency,
                **facts,
            }
        )
        return
    from stamgast.cli.report import in_words

    click.echo(in_words(facts, as_of=run.as_of, currency=run.currency))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--parquet", "as_parquet", is_flag=True, help="Parquet, whatever the file's name.")
@click.option("--lots", is_flag=True, help="Instead: what each lot gave, and what came of it.")
def export(file: Path, as_parquet: bool, lots: bool) -> None:
    """Write the current scores to FILE (.parquet or .csv), one row per customer.

    A data dictionary in words goes beside it: FILE.columns.json.
    """
    set_up()
    if lots:
        _export_lots(file, as_parquet=as_parquet or file.suffix == ".parquet")
        return
    from stamgast.scoring.export import write_scores

    with refusals_in_words():
        rows = write_scores(file, as_parquet=as_parquet or file.suffix == ".parquet")
    click.echo(
        f"{rows:,} customers in {file}, and what each column means in {file.name}.columns.json"
    )


def _export_lots(file: Path, *, as_parquet: bool) -> None:
    from stamgast.measurement.export import write_lots_and_outcomes

    with refusals_in_words():
        rows = write_lots_and_outcomes(file, as_parquet=as_parquet)
    click.echo(f"{rows:,} lots in {file}, and what each column means in {file.name}.columns.json")
