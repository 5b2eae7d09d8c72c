"""One writer at a time, in the order they came: threads of one process and processes of one home.

SQLite lets waiting writers poll, so a busy import could starve a note on a screen for seconds. Here
threads wait in line for a turn, and the holder of the turn waits for a lock file that other
processes respect too; the operating system wakes it as soon as the other lets go.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: SQLite's own waiting orders the processes
    fcntl = None  # type: ignore[assignment]


class WriterQueue:
    """A fair lock over threads, and over processes that name the same file."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._mutex = threading.Lock()
        self._is_held = False
        self._waiting: deque[threading.Event] = deque()
        self._descriptor: int | None = None

    def enter(self) -> None:
        """Wait for the turn to write."""
        with self._mutex:
            turn = threading.Event()
            if self._is_held:
                self._waiting.append(turn)
            else:
                self._is_held = True
                turn.set()
        turn.wait()
        self._lock_file()

    def leave(self) -> None:
        """Give the turn to whoever waited longest."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_held = False

    def _lock_file(self) -> None:
        if self._file is None or fcntl is None:
            return
        try:
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError:  # a file system without locks: SQLite's own waiting must do
            return
        self._descriptor = descriptor


_queues: dict[str, WriterQueue] = {}
_queues_mutex = threading.Lock()


def queue_for(database: str) -> WriterQueue:
    """Return the one queue of this database file in this process."""
    with _queues_mutex:
        if database not in _queues:
            is_file = ":memory:" not in database and "mode=memory" not in database
            file = Path(database + ".writers") if is_file else None
            _queues[database] = WriterQueue(file)
        return _queues[database]
