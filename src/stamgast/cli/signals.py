"""`watch`: whether purchases fall behind what was to be expected."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, progress_for_parent, progress_shown, refusals_in_words


@click.command()
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.option("--for-job", type=int, hidden=True)
def watch(as_json: bool, for_job: int | None) -> None:
    """Hold every week against what was to be expected, and tell when purchases drop.

    It also measures how purchases moved after outside events. It happens by itself after scoring.
    """
    set_up()
    from stamgast.scoring.watching import watch_base
    from stamgast.serving import prepare
    from stamgast.signals.queries import open_alarms

    show = progress_for_parent if for_job is not None else progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json):
        prepare(say=lambda words: click.echo(words, err=True))
        watched = watch_base(at=datetime.now(UTC), progress=show)
    facts = {
        "until": watched.until,
        "series": watched.series.count(),
        "open": open_alarms().count(),
        **watched.facts,
    }
    if as_json or for_job is not None:
        give(facts)
        return
    if not facts["series"]:
        click.echo("Not known yet: the radar needs a year of orders, four a week at least.")
        return
    click.echo(
        f"{facts['series']} series watched up to {watched.until}; open alarms: {facts['open']}."
    )
