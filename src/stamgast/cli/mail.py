"""`outbox` and `bounces`: how mail stands, and what came back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import BinaryIO

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, refusals_in_words


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def outbox(as_json: bool) -> None:
    """Say how many messages wait, went, failed, are uncertain or were withheld, and what is wrong."""
    set_up()
    from stamgast.mail import configuration, queries

    counts = asdict(queries.outbox_counts(at=datetime.now(UTC)))
    mail = configuration.mail_settings()
    obstacles = configuration.obstacles(mail, configuration.brand())
    if as_json:
        give({**counts, "obstacles": obstacles, "trouble": mail.trouble})
        return
    for status, count in counts.items():
        click.echo(f"{count:>9}  {status}")
    for code in obstacles:
        click.echo(f"Nothing goes, or not everything: {code}. See the page Mail.")
    if mail.trouble:
        click.echo(f"The mail server: {mail.trouble['code']} ({mail.trouble['words']})")


@click.command()
@click.argument("files", nargs=-1, type=click.File("rb"), required=True)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON per report.")
def bounces(files: tuple[BinaryIO, ...], as_json: bool) -> None:
    """Read reports of undelivered mail and complaints: FILES, or - for what is piped in.

    A mail server can pipe each message to the return address into it. An address that is gone, or
    complained, gets no mail any more.
    """
    set_up()
    from stamgast.mail.actions import take_report

    for file in files:
        with refusals_in_words(as_json=as_json):
            report = take_report(file.read(), at=datetime.now(UTC), by="cli")
        facts = {"kind": report.kind, "message": report.message, "status": report.status}
        if as_json:
            give(facts)
        else:
            click.echo(f"Message {report.message}: {report.kind} {report.status}".rstrip())
