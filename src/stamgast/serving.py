"""One process for a small shop: web threads, the work loop and the one that sends mail."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stamgast import wiring
from stamgast.events.worker import Worker
from stamgast.mail.sending import Sender
from stamgast.staff.queries import shop

log = logging.getLogger("stamgast")
_GIVE_WAY_SECONDS = 0.05


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
    """Serve until stopped; the loops that work and send mail end with the server."""
    import waitress

    from stamgast.wsgi import application

    pages = PagesFirst(application)
    with contextlib.ExitStack() as stack:
        stack.enter_context(asked_to_stop_gently())
        if with_work:
            sender = Sender(give_way=pages.let_go_first)
            stack.enter_context(beside(work=lambda stopping: worker().work(stopping)))
            stack.enter_context(beside(mail=sender.work))
        waitress.serve(
            pages,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            channel_timeout=60,
            max_request_body_size=2 * 1024**3,
            **whose_word_counts(),
        )


class PagesFirst:
    """Knows whether a page is being made, so that work in the same process can wait a moment.

    Threads share one interpreter: without this a page waits behind whatever mail is being written.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._mutex = threading.Lock()
        self._in_hand = 0
        self._is_quiet = threading.Event()
        self._is_quiet.set()

    def __call__(self, *call: Any) -> Iterable[bytes]:
        with self._mutex:
            self._in_hand += 1
            self._is_quiet.clear()
        try:
            return self._application(*call)
        finally:
            with self._mutex:
                self._in_hand -= 1
                if not self._in_hand:
                    self._is_quiet.set()

    def let_go_first(self) -> None:
        """Wait until no page is being made, and not for long: then it is our turn anyhow."""
        self._is_quiet.wait(_GIVE_WAY_SECONDS)


def whose_word_counts() -> dict[str, Any]:
    """Say who may tell where a visitor comes from: the proxy in front, when there is one."""
    if not settings.IS_HTTPS:
        return {}
    told = {"x-forwarded-for", "x-forwarded-proto"}
    return {"trusted_proxy": "*", "trusted_proxy_headers": told}


@contextlib.contextmanager
def beside(**loops: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    """Run loops in threads of their own while the block runs, and let them end what they do."""
    stopping = threading.Event()
    threads = [
        threading.Thread(target=loop, args=(stopping,), name=name, daemon=True)
        for name, loop in loops.items()
    ]
    for thread in threads:
        thread.start()
    try:
        yield stopping
    finally:
        stopping.set()
        for thread in threads:
            thread.join(timeout=10)


@contextlib.contextmanager
def asked_to_stop_gently() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that a message in hand gets its answer."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
