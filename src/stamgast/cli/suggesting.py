"""`suggest`: what may suit which customer."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, progress_for_parent, progress_shown, refusals_in_words


@click.command()
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.option("--for-job", type=int, hidden=True)
def suggest(as_json: bool, for_job: int | None) -> None:
    """Work out what each customer may want next: what runs out, goes with it, or is one step better.

    It happens by itself after scoring.
    """
    set_up()
    from stamgast.scoring.suggesting import suggest_products
    from stamgast.serving import prepare

    show = progress_for_parent if for_job is not None else progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json):
        prepare(say=lambda words: click.echo(words, err=True))
        found = suggest_products(at=datetime.now(UTC), progress=show)
    if as_json or for_job is not None:
        give({"suggestions": found})
        return
    click.echo(f"{found} suggestions.")
