"""Serving pages, with the work loop and the one that sends mail beside them.

One process does it all, or as many as there are processors make pages at one address while the
first does the rest.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

import waitress
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stamgast import wiring
from stamgast.events.worker import Worker, let_others_first
from stamgast.mail.sending import Sender
from stamgast.staff.queries import shop
from stamgast.turns import OneOfSeveral, PagesFirst

log = logging.getLogger("stamgast")
_MOST_PROCESSES = 4
_LOOK_SECONDS = 1.0


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


def processes_that_suit() -> int:
    """Say how many processes make pages here: one per processor, four at most, on Windows one."""
    if sys.platform == "win32":  # hands no listening socket to another process in this way
        return 1
    return min(os.cpu_count() or 1, _MOST_PROCESSES)


def run(*, host: str, port: int, threads: int, with_work: bool, processes: int = 1) -> None:
    """Serve until stopped; the loops that work and send mail end with the server."""
    with asked_to_stop_gently():
        if processes == 1:
            _serve_beside_work(host, port, threads, with_work=with_work)
        else:
            with contextlib.suppress(KeyboardInterrupt), listening(host, port) as door:
                _work_beside_servers(door, processes, threads, with_work=with_work)


def _serve_beside_work(host: str, port: int, threads: int, *, with_work: bool) -> None:
    from stamgast.wsgi import application

    pages = PagesFirst(application)
    loops: dict[str, Callable[[threading.Event], None]] = {}
    if with_work:
        loops["work"] = lambda stopping: worker().work(stopping)
        loops["mail"] = Sender(give_way=pages.let_go_first).work
    with beside(**loops):
        waitress.serve(pages, host=host, port=port, **_how(threads))


def _work_beside_servers(
    door: socket.socket, processes: int, threads: int, *, with_work: bool
) -> None:
    loops: dict[str, Callable[[threading.Event], None]] = {}
    loops["pages"] = Servers(door, processes, threads).keep
    if with_work:
        loops["mail"] = lambda stopping: Sender().work(stopping)
    with beside(**loops) as stopping:
        if with_work:
            let_others_first(threading.get_native_id())
            worker().work(stopping)
        else:
            stopping.wait()


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Open the address while the block runs: who comes before a process is ready waits in line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=1024) as door:
        yield door


class Servers:
    """Processes that make pages for who comes to one door; one that ends is started again."""

    def __init__(self, door: socket.socket, processes: int, threads: int) -> None:
        self._door, self._threads = door, threads
        self.running = [self._started() for _ in range(processes)]

    def keep(self, stopping: threading.Event) -> None:
        """Look every second that all are there, until we are stopping."""
        while not stopping.wait(_LOOK_SECONDS):
            self.replace_ended()
        self.stop()

    def replace_ended(self) -> None:
        """Start another for each that is no longer there."""
        for place, one in enumerate(self.running):
            if one.poll() is not None:
                log.error("a process that makes pages ended (%s); here is another", one.returncode)
                _tell_it_is_over(one)
                self.running[place] = self._started()

    def stop(self) -> None:
        """Let all make the page in hand, and end."""
        for one in self.running:
            _tell_it_is_over(one)
        for one in self.running:
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                one.kill()

    def _started(self) -> subprocess.Popen[bytes]:
        """Start one; no signal of the keyboard reaches it, only that we are gone."""
        door = self._door.fileno()
        command = [sys.executable, "-m", "stamgast", "serve-at", str(door), str(self._threads)]
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            command, stdin=subprocess.PIPE, pass_fds=[door], process_group=0
        )


def _tell_it_is_over(one: subprocess.Popen[bytes]) -> None:
    if one.stdin is not None:
        one.stdin.close()


def serve_at(descriptor: int, threads: int) -> None:
    """Serve at a door that another process opened, until that one closes our standard input."""
    from stamgast.wsgi import application

    def stop_with_it() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    with asked_to_stop_gently(), socket.socket(fileno=descriptor) as door:
        threading.Thread(target=stop_with_it, daemon=True).start()
        OneOfSeveral(PagesFirst(application), door, **_how(threads)).run()


def _how(threads: int) -> dict[str, Any]:
    """Say how waitress serves, wherever it does."""
    return {
        "threads": threads,
        "ident": None,
        "channel_timeout": 60,
        "max_request_body_size": 2 * 1024**3,
        **whose_word_counts(),
    }


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
