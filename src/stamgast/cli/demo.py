"""`stamgast demo`: a living example shop, or your own orders, in a home of its own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from pathlib import Path

import click

from stamgast.cli import set_up
from stamgast.cli.answers import progress_shown, refusals_in_words, stop


@click.command()
@click.option(
    "--orders",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own file of orders, instead of the example shop.",
)
@click.option("--customers", default=5000, show_default=True, help="Size of the example shop.")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@click.option("--host", default="127.0.0.1", hidden=True)
@click.option("--port", type=int, default=None, help="Port; 8000 or the next free one.")
@click.option("--serve/--no-serve", "is_served", default=True, help="Build it, and stop there.")
@click.option("--again", is_flag=True, help="Build it anew; what you changed in it is lost.")
def demo(
    orders: Path | None,
    customers: int,
    language: str,
    host: str,
    port: int | None,
    is_served: bool,
    again: bool,
) -> None:
    """Build an example shop of 5,000 customers over three years, score it and serve it.

    It lives in a home of its own and never touches your real shop. A second start takes seconds.

    \b
      stamgast demo
      stamgast demo --orders orders.csv
    """
    home = _home(orders, customers, again=again)
    os.environ["STAMGAST_HOME"] = str(home)
    os.environ.pop("STAMGAST_DATABASE_URL", None)  # a demo never writes to a named database
    set_up()
    from stamgast import demonstration

    if not demonstration.is_built():
        began = time.monotonic()
        show = progress_shown(as_json=False)
        with refusals_in_words():
            if orders is None:
                click.echo(f"Building an example shop of {customers:,} customers over three years.")
                demonstration.build(size=customers, language=language, progress=show)
            else:
                click.echo(f"Reading {orders.name}.")
                told = demonstration.build_from(orders, language=language, progress=show)
                click.echo(told)
        click.echo(f"Ready in {time.monotonic() - began:.0f} seconds.")
    if not is_served:
        return
    _serve(host, port)


def _serve(host: str, port: int | None) -> None:
    from stamgast import demonstration
    from stamgast.serving import free_port, prepare, run

    chosen = free_port(host, port)
    if chosen is None:
        stop(f"Port {port} is taken. Choose another with --port.")
    prepare(say=click.echo)
    email, password = demonstration.login()
    click.echo(
        f"\n  Stamgast is at   http://{host}:{chosen}/\n"
        f"  Sign in as       {email}\n"
        f"  Password         {password}\n\n"
        "Stop with Ctrl-C. Your real shop: choose Start your real shop in the menu.\n"
    )
    run(host=host, port=chosen, threads=8, with_work=True)


def _home(orders: Path | None, customers: int, *, again: bool) -> Path:
    """Return the demo's own home: one for the example shop, one for each file of orders."""
    from stamgast import env

    if orders is None:
        name = "demo" if customers == 5000 else f"demo-{customers}"
    else:
        about = orders.stat()
        told = f"{orders.resolve()}:{about.st_size}:{about.st_mtime_ns}"
        stem = re.sub(r"[^a-z0-9]+", "-", orders.stem.lower()).strip("-")[:30]
        name = f"demo-{stem}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
    home = env.home() / name
    if home.exists() and (again or not (home / "built").exists()):
        shutil.rmtree(home)  # half-built, or unwanted: a demo holds nothing of value
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home
