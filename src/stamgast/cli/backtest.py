"""`backtest`: how far to trust the forecast, by what it would have told in the past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, progress_for_parent, progress_shown, refusals_in_words


@click.command()
@click.option(
    "--weeks",
    type=click.IntRange(4, 104),
    default=26,
    show_default=True,
    help="How many weeks to hold out.",
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
@click.option("--for-job", type=int, hidden=True)
def backtest(weeks: int, as_json: bool, for_job: int | None) -> None:
    """Hold the last weeks out, forecast them from what came before, and compare.

    The screens show the newest comparison. It happens by itself once a week.
    """
    set_up()
    from stamgast.scoring.backtest import look_back
    from stamgast.serving import prepare

    show = progress_for_parent if for_job is not None else progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json):
        prepare(say=lambda words: click.echo(words, err=True))
        facts = look_back(weeks=weeks, at=datetime.now(UTC), progress=show).facts
    if as_json or for_job is not None:
        give(facts)
    else:
        click.echo("\n".join(_in_words(facts)))


def _in_words(facts: dict[str, Any]) -> list[str]:
    """Say what came against what was expected, and who came closest."""
    purchases, expected = facts["purchases"], facts["expected"]
    lines = [
        f"{facts['customers']:,} customers, {facts['fitted_until']} to {facts['until']}: "
        f"{purchases:,.0f} purchases came, {expected:,.0f} were expected "
        f"(90 % interval {facts['total_low']:,.0f} to {facts['total_high']:,.0f})."
    ]
    for name, score in sorted(
        facts["scores"].items(), key=lambda pair: float(pair[1]["root_mean_square"])
    ):
        total = score["total_error"]
        lines.append(
            f"  {name:<16} off by {score['root_mean_square']:.3f} a customer"
            + (f", {total:+.1%} in all" if total is not None else "")
        )
    if not facts["beats_naive"]:
        lines.append(f"A simple rule ({facts['best']}) came closer: trust single figures little.")
    return lines
