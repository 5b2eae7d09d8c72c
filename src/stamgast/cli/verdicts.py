"""`verdicts`: what every effort that was drawn by lot really brought."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, progress_for_parent, progress_shown, refusals_in_words


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="End of this day.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.option("--for-whom", is_flag=True, help="Look at groups of customers instead.")
@click.option("--for-job", type=int, hidden=True)
def verdicts(as_of: datetime | None, as_json: bool, for_whom: bool, for_job: int | None) -> None:
    """Judge every campaign, invitation and benefit against those who by lot did not get it.

    It happens by itself after scoring; a verdict may be read every day. With --for-whom the groups
    of every effort whose window is over are read together, once.
    """
    set_up()
    if for_whom:
        return _for_whom(as_of, as_json=as_json, for_job=for_job)
    from stamgast.measurement.judging import judge_all
    from stamgast.serving import prepare

    show = progress_for_parent if for_job is not None else progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json):
        prepare(say=lambda words: click.echo(words, err=True))
        found = judge_all(as_of=_day(as_of), at=datetime.now(UTC), progress=show)
    if as_json or for_job is not None:
        return give({"verdicts": [_facts(one) for one in found]})
    if not found:
        click.echo("No effort that runs was drawn by lot, or no orders are known yet.")
        return None
    from stamgast.measurement.models import Experiment
    from stamgast.web.marketer.verdict_words import plain_line

    names = Experiment.objects.in_bulk([one.experiment_id for one in found])
    for one in found:
        experiment = names[one.experiment_id]
        click.echo(f"{experiment.name}: {plain_line(one, experiment.currency)}")
    return None


def _for_whom(as_of: datetime | None, *, as_json: bool, for_job: int | None) -> None:
    from stamgast.measurement.for_whom import look_for_whom
    from stamgast.measurement.judging import last_known

    at = datetime.now(UTC)
    show = progress_for_parent if for_job is not None else progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json):
        known = last_known(at)
        day = min(_day(as_of) or known, known) if known else None
        found = look_for_whom(as_of=day, at=at, progress=show) if day else []
    if as_json or for_job is not None:
        return give({"for_whom": [{"experiment": one.experiment_id, **one.facts} for one in found]})
    click.echo(
        f"Groups looked at: of {len(found)} effort(s). The pages of their verdicts show them."
    )
    return None


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _facts(one: Any) -> dict[str, Any]:
    return {
        "experiment": one.experiment_id,
        "as_of": one.as_of,
        "code": one.code,
        "reason": one.facts["reason"],
        "net_minor": one.facts["net_minor"],
        "per_euro": one.facts["per_euro"],
        "known_on": one.facts["known_on"],
    }
