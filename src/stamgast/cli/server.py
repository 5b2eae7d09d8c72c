"""`stamgast serve` and `stamgast work`: the screens, and what happens behind them."""

from __future__ import annotations

import sys

import click

from stamgast.cli import set_up
from stamgast.cli.answers import stop


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=None, help="Port; 8000 or the next free one.")
@click.option(
    "--processes",
    type=click.IntRange(1, 32),
    default=None,
    help="That make pages; one per processor, four at most. On Windows always one.",
)
@click.option(
    "--threads",
    type=int,
    default=8,
    show_default=True,
    help="Of each process: calls it can have in hand.",
)
@click.option("--work/--no-work", "with_work", default=True, help="Also do the background work.")
def serve(
    host: str, port: int | None, processes: int | None, threads: int, with_work: bool
) -> None:
    """Serve the screens and the API, and do the background work beside them.

    For several machines run PostgreSQL, `gunicorn stamgast.wsgi` and `stamgast work` apart; see
    docs/howto/production.md.
    """
    set_up()
    from stamgast.serving import free_port, prepare, processes_that_suit, run

    if sys.platform == "win32" and (processes or 1) > 1:
        stop("On Windows one process makes the pages.")

    chosen = free_port(host, port)
    if chosen is None:
        stop(f"Port {port} is taken. Choose another with --port.")
    prepare(say=click.echo)
    click.echo(f"Stamgast is at http://{host}:{chosen}/  (stop with Ctrl-C)")
    run(
        host=host,
        port=chosen,
        threads=threads,
        with_work=with_work,
        processes=processes or processes_that_suit(),
    )


@click.command(name="serve-at", hidden=True)
@click.argument("descriptor", type=int)
@click.argument("threads", type=int)
def serve_at(descriptor: int, threads: int) -> None:
    """Serve at a socket that `serve` opened: one of its processes."""
    set_up()
    from stamgast import serving

    serving.serve_at(descriptor, threads)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@click.option("--mail/--no-mail", "with_mail", default=True, help="Also send mail.")
def work(once: bool, with_mail: bool) -> None:
    """Do the background work: imports, nightly scoring, the watched folder, sending mail.

    Two workers at once are fine: each job and each message is claimed by one of them. Stop with
    Ctrl-C; a job that was under way is done again by the next worker, a message is not.
    """
    set_up()
    from stamgast.mail.sending import Sender
    from stamgast.serving import asked_to_stop_gently, beside, worker

    one = worker()
    if once:
        click.echo(f"{one.work_until_idle()} jobs done.")
        if with_mail:
            click.echo(f"{Sender().work_until_idle()} messages dealt with.")
        return
    click.echo("Working. Stop with Ctrl-C.")
    loops = {"mail": lambda stopping: Sender().work(stopping)} if with_mail else {}
    with asked_to_stop_gently(), beside(**loops) as stopping:
        one.work(stopping)
