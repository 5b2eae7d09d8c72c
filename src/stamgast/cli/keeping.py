"""`doctor`, `verify`, `backup`, `restore`, `migrate`, `test`: keeping a shop healthy."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, refusals_in_words, stop


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def doctor(as_json: bool) -> None:
    """Look the installation over and say what needs attention, and how to mend it.

    Exit status 1 when something must be mended.
    """
    set_up()
    from stamgast.health import examine

    findings = examine()
    bad = [f for f in findings if f.state == "bad"]
    if as_json:
        give({"ok": not bad, "findings": [f.as_facts() for f in findings]})
    else:
        marks = {"good": "  ok ", "look": "  !  ", "bad": "  x  "}
        for finding in findings:
            click.echo(f"{marks[finding.state]}{finding.sentence}")
            if finding.advice:
                click.echo(f"       {finding.advice}")
    sys.exit(1 if bad else 0)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def verify(as_json: bool) -> None:
    """Replay the whole points ledger and say whether every balance is what the entries make it.

    It happens by itself every night. Exit status 1 when something differs; it changes nothing.
    """
    set_up()
    from stamgast.loyalty.replay import verify as replay

    verdict = replay()
    if as_json:
        give(
            {
                "ok": verdict.is_in_balance,
                "members": verdict.members,
                "entries": verdict.entries,
                "differences": verdict.differences,
            }
        )
    else:
        click.echo(f"{verdict.entries} entries of {verdict.members} members replayed.")
        for check, rows in verdict.differences.items():
            click.echo(f"  x  {check.replace('_', ' ')}: not so for {', '.join(map(str, rows))}")
        click.echo("Something differs." if verdict.differences else "Everything is in balance.")
    sys.exit(0 if verdict.is_in_balance else 1)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--nightly", is_flag=True, hidden=True, help="Keep the newest seven.")
@click.option("--for-job", type=int, hidden=True)
def backup(folder: Path | None, nightly: bool, for_job: int | None) -> None:
    """Write database, key and uploads into one file in FOLDER (STAMGAST_HOME/backups).

    Works while the shop runs. The file holds personal data: keep it as safe as the shop.
    """
    set_up()
    from django.conf import settings

    from stamgast.backup import back_up, keep_newest

    target = folder or settings.HOME / "backups"
    label = "nightly" if nightly else "backup"
    with refusals_in_words():
        file = back_up(target, label=label)
    if nightly:
        keep_newest(target, label=label, count=7)
    if for_job is not None:
        give({"file": file.name, "bytes": file.stat().st_size})
    else:
        click.echo(f"{file}  ({file.stat().st_size / 1e6:.1f} MB)")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace what this home holds; it is moved aside.")
def restore(file: Path, replace: bool) -> None:
    """Put a backup FILE back into this home. Stop the server first."""
    set_up()
    from stamgast.backup import restore as put_back
    from stamgast.serving import prepare

    with refusals_in_words():
        about = put_back(file, replace=replace)
    prepare(say=click.echo)
    from stamgast.campaigns.actions.sending_out import doubt_what_was_due
    from stamgast.mail.actions import doubt_what_waited
    from stamgast.privacy.actions import erase_again

    now = datetime.now(UTC)
    doubtful = doubt_what_waited(at=now)
    if doubtful:
        click.echo(
            f"{doubtful} messages waited in this backup and may have gone since: decide them by hand "
            "under Mail."
        )
    contacts = doubt_what_was_due(at=now)
    if contacts:
        click.echo(
            f"{contacts} calls and contacts through other tools waited as well: decide them under "
            "Mail, Other tools."
        )
    erased = erase_again(at=now, by="cli")
    if erased:
        click.echo(f"{erased} persons who were erased after this backup are erased again.")
    click.echo(f"Restored the backup of {about['made_at'][:16].replace('T', ' ')} UTC.")


@click.command()
def migrate() -> None:
    """Bring the database up to date, after a backup. `serve` does this by itself."""
    set_up()
    from stamgast.serving import prepare

    prepare(say=click.echo)
    click.echo("The database is up to date.")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def test(args: tuple[str, ...]) -> None:
    """Run the test-suite of a checkout (`--long` adds the long runs)."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "tests").is_dir():
        stop("The tests are not part of the installed package; run ./stamgast test in a checkout.")
    try:
        import pytest
    except ImportError:
        stop("The test packages are not installed; ./stamgast test installs them first.")
    sys.exit(
        pytest.main(
            [*args, "--rootdir", str(root), str(root / "tests")] if not args else list(args)
        )
    )
