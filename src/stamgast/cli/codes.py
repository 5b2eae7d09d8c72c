"""`stamgast codes`: discount codes by the million."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stamgast.cli import set_up
from stamgast.cli.answers import give, progress_shown, refusals_in_words, stop

if TYPE_CHECKING:
    from stamgast.loyalty.models import CodeSet

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")


@click.group(name="codes")
def codes() -> None:
    """List the sets of discount codes; make, load and export their codes.

    SET is the name of a set, or its number in the list.
    """


@codes.command(name="list")
@JSON
def list_sets(as_json: bool) -> None:
    """List the sets and how many codes each has."""
    set_up()
    from stamgast.loyalty.codes import queries

    found: list[Any] = list(queries.sets())  # each with how many codes it has
    if as_json:
        facts = [
            {"id": one.pk, "name": one.name, "kind": one.kind, "codes": one.codes_made}
            for one in found
        ]
        return give({"sets": facts})
    for one in found:
        state = "  (closed)" if one.closed_at else ""
        click.echo(f"{one.pk:>5} {one.codes_made:>10,} {one.kind:14} {one.name}{state}")
    if not found:
        click.echo("No sets yet: make one on the screen, under Loyalty programme, Codes.")
    return None


@codes.command()
@click.argument("code_set", metavar="SET")
@click.argument("count", type=click.IntRange(1, 5_000_000))
@click.option("--prefix", default="", help="What every code begins with.")
@JSON
def make(code_set: str, count: int, prefix: str, as_json: bool) -> None:
    """Make unique codes until SET has COUNT of them. Interrupted, it goes on where it stopped."""
    set_up()
    from stamgast.loyalty.codes.actions import make_codes

    show = progress_shown(as_json=as_json)
    with refusals_in_words(as_json=as_json):
        there_are = make_codes(
            _set(code_set),
            wanted=count,
            prefix=prefix,
            at=datetime.now(UTC),
            by="cli",
            progress=lambda share: show(share, "making_codes"),
        )
    show(1.0, "making_codes")
    if as_json:
        return give({"codes": there_are})
    click.echo(f"There are {there_are:,} codes now.")
    return None


@codes.command()
@click.argument("code_set", metavar="SET")
@click.argument("file", type=FILE)
@JSON
def load(code_set: str, file: Path, as_json: bool) -> None:
    """Load the codes of FILE into SET: one per line, or the first column of a CSV file.

    Good lines come in; the others are told with their number. The same file twice changes nothing.
    """
    set_up()
    from stamgast.loyalty.codes.actions import Loaded, load_codes
    from stamgast.loyalty.codes.files import count_lines, lines_of

    show, total = progress_shown(as_json=as_json), count_lines(file)

    def keep(loaded: Loaded) -> None:
        show(1.0 if loaded.is_done else min(0.99, loaded.lines / total), "loading_codes")

    with refusals_in_words(as_json=as_json):
        loaded = load_codes(
            _set(code_set), lines_of(file), at=datetime.now(UTC), by="cli", keep=keep
        )
    if as_json:
        return give(loaded.as_facts())
    click.echo(
        f"{loaded.lines:,} lines: {loaded.made:,} codes came in, {loaded.known:,} were there, "
        f"{loaded.elsewhere:,} belong to another set, {loaded.bad:,} are no code."
    )
    for line, says, why in loaded.told:
        click.echo(f"  line {line}: {says!r} {_WHY[why]}")
    return None


_WHY = {
    "no_code": "is no code",
    "twice": "stands in the file before",
    "there": "was there",
    "elsewhere": "belongs to another set",
}


@codes.command()
@click.argument("code_set", metavar="SET")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True))
@click.option("--all", "every", is_flag=True, help="Also those that somebody has or used.")
def export(code_set: str, file: Path, every: bool) -> None:
    """Write the codes of SET that are free to FILE, as CSV, or to - for what comes behind a pipe."""
    set_up()
    from stamgast.loyalty.codes.queries import code_texts

    written = 0
    with click.open_file(str(file), "w", encoding="utf-8", lazy=False) as out:
        out.write("code\n")
        for text in code_texts(_set(code_set), only_free=not every):
            out.write(f"{text}\n")
            written += 1
    click.echo(f"{written:,} codes in {file}", err=True)


def _set(name: str) -> CodeSet:
    from django.db.models import Q

    from stamgast.loyalty.models import CodeSet

    named = Q(name=name) | (Q(pk=int(name)) if name.isdecimal() else Q())
    found = list(CodeSet.objects.filter(named)[:2])
    if len(found) != 1:
        stop(f"{'No set' if not found else 'More than one set'} is called {name!r}.", 2)
    return found[0]
