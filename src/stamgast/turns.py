"""Whose page is made when: in the order they came, and by whichever process has room."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask

_GIVE_WAY_SECONDS = 0.05
# Threads of one process take turns many times a page: more pages at once make each of them slower.
_PAGES_AT_ONCE = 2
_TURN_SECONDS = 1.0  # after which a page no longer waits for pages that wait themselves


class PagesFirst:
    """Makes pages in the order they were asked for, and lets other work in the process wait for them.

    Threads share one interpreter: without this eight pages slow each other down, and a page waits
    behind whatever mail is being written. A page that takes long no longer counts as one in hand.
    """

    def __init__(
        self, application: Callable[..., Iterable[bytes]], *, turn_seconds: float = _TURN_SECONDS
    ) -> None:
        self._application = application
        self._turn_seconds = turn_seconds
        self._mutex = threading.Lock()
        self._since: dict[int, float] = {}  # per thread that makes a page: when it began
        self._waiting: dict[int, threading.Event] = {}  # and that waits for its turn, in line
        self._is_quiet = threading.Event()
        self._is_quiet.set()

    def __call__(self, *call: Any) -> Iterable[bytes]:
        self._begin()
        try:
            return self._application(*call)
        finally:
            self._end()

    def has_room(self) -> bool:
        """Say whether a page that is asked for now would be made at once."""
        with self._mutex:
            return self._is_free()

    def let_go_first(self) -> None:
        """Wait until no page is being made, and not for long: then it is our turn anyhow."""
        self._is_quiet.wait(_GIVE_WAY_SECONDS)

    def _is_free(self) -> bool:
        long_ago = time.monotonic() - self._turn_seconds
        in_hand = sum(since > long_ago for since in self._since.values())
        return not self._waiting and in_hand < _PAGES_AT_ONCE

    def _begin(self) -> None:
        """Wait in line for a turn, and not for long."""
        me, turn = threading.get_ident(), threading.Event()
        with self._mutex:
            self._is_quiet.clear()
            if self._is_free():
                self._since[me] = time.monotonic()
                return
            self._waiting[me] = turn
        if turn.wait(self._turn_seconds):
            return
        with self._mutex:
            if self._waiting.pop(me, None):
                self._since[me] = time.monotonic()

    def _end(self) -> None:
        """Give the turn to whoever waited longest."""
        with self._mutex:
            del self._since[threading.get_ident()]
            if self._waiting:
                first = next(iter(self._waiting))
                self._since[first] = time.monotonic()
                self._waiting.pop(first).set()
            elif not self._since:
                self._is_quiet.set()


class _Answer(WSGITask):  # type: ignore[misc]
    """An answer after which the caller goes, where others wait: its next call may find more room."""

    channel: _Line

    def build_response_header(self) -> bytes:
        if self.version == "1.1" and not self.channel.server.pages.has_room():
            self.set_close_on_finish()
        head: bytes = super().build_response_header()
        return head


class _Line(HTTPChannel):  # type: ignore[misc]
    server: OneOfSeveral
    task_class = _Answer


class OneOfSeveral(TcpWSGIServer):  # type: ignore[misc]
    """A server beside others at one door: who comes when it has no room is left to the others."""

    channel_class = _Line

    def __init__(self, pages: PagesFirst, door: socket.socket, **how: Any) -> None:
        self.pages = pages
        at = (door.family, door.type, door.proto, door.getsockname())
        super().__init__(
            pages, None, True, door, adj=Adjustments(**how), sockinfo=at, bind_socket=False
        )

    def readable(self) -> bool:
        is_open: bool = super().readable()
        return is_open and self.pages.has_room()
