"""One process for a small shop: web threads and the work loop together."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stamgast import wiring
from stamgast.events.worker import Worker
from stamgast.staff.queries import shop

log = logging.getLogger("stamgast")


def worker() -> Worker:
    """Return a worker that knows every job, listener and nightly task of `wiring`."""
    return Worker(
        jobs=wiring.JOBS,
        nightly=wiring.EVERY_NIGHT,
        often=wiring.EVERY_HALF_MINUTE,
        zone=lambda: ZoneInfo(shop().zone),
    )


def free_port(host: str, port: int | None) -> int | None:
    """Return the port asked for, or the first free one from 8000; None when there is none."""
    for candidate in [port] if port else range(8000, 8100):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return None


def pending_migrations() -> int:
    """Say how many migrations the database still lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def prepare(say: Callable[[str], None] = log.info) -> None:
    """Bring the database up to date, after a backup when it holds something already."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    pending = pending_migrations()
    if not pending:
        return
    if "stamgast_user" in connection.introspection.table_names():
        from stamgast.backup import back_up

        file = back_up(settings.HOME / "backups", label="before-upgrade")
        say(f"Backup made before the upgrade: {file.name}")
    say("Preparing the database.")
    call_command("migrate", verbosity=0, interactive=False)


def run(*, host: str, port: int, threads: int, with_work: bool) -> None:
    """Serve until stopped; the work loop ends with the server."""
    import waitress

    from stamgast.wsgi import application

    stopping = threading.Event()
    loop = threading.Thread(target=lambda: worker().work(stopping), name="work", daemon=True)
    if with_work:
        loop.start()
    try:
        waitress.serve(
            application,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            channel_timeout=60,
            max_request_body_size=2 * 1024**3,
        )
    finally:
        stopping.set()
        if with_work:
            loop.join(timeout=10)
