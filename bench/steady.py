"""Asking a server at a steady rate, whatever its answers take, from one thread that costs little itself."""

from __future__ import annotations

import heapq
import os
import selectors
import socket
import time
from collections.abc import Callable
from pathlib import Path

MOST_LINES = 64  # kept open side by side, as a shop's servers keep them


class Line:
    """One connection that is kept open, and the answer that comes in over it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self.is_over = False  # the server lets go of it
        self._read = b""

    def ask(self, request: bytes, due: float) -> None:
        self.due, self._read = due, b""
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Take in what came; True when that is a whole answer, which has to be 200."""
        some = self.socket.recv(65536)
        if not some:
            raise ConnectionError("the server hung up")
        self._read += some
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found:
            return False
        at = head.lower().index(b"content-length:") + len("content-length:")
        if len(body) < int(head[at:].split(b"\r\n", 1)[0]):
            return False
        assert head.startswith(b"HTTP/1.1 200"), self._read
        self.is_over = b"connection: close" in head.lower()
        return True


def at_rate(port: int, request: Callable[[], bytes], rate: int, seconds: float) -> list[float]:
    """Return how long each answer took, counted from the moment its call was meant to go."""
    took: list[float] = []
    waiting = selectors.DefaultSelector()
    free: list[Line] = []
    lines = asked = 0
    total = int(rate * seconds)
    began = time.perf_counter() + 0.1
    while len(took) < total:
        due = began + asked / rate
        may_ask = asked < total and (free or lines < MOST_LINES)
        if may_ask and due <= time.perf_counter():
            if free:
                line = free.pop()
            else:
                line, lines = Line(port), lines + 1
                waiting.register(line.socket, selectors.EVENT_READ, line)
            line.ask(request(), due)
            asked += 1
            continue
        patience = max(0.0, due - time.perf_counter()) if may_ask else None
        for key, _ in waiting.select(patience):
            line = key.data
            if line.is_answered():
                took.append(time.perf_counter() - line.due)
                if line.is_over:
                    waiting.unregister(line.socket)
                    line.socket.close()
                    lines -= 1
                else:
                    free.append(line)
    for line in free:
        line.socket.close()
    return took


def share(took: list[float], part: float) -> float:
    """Return in milliseconds how long this part of the calls took at most."""
    n = max(1, round(len(took) * (1 - part)))
    return 1000 * heapq.nlargest(n, took)[-1]


def processor(pid: int) -> float:
    """Return the processor seconds so far of a process and of the processes it started."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, fields = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if pid in {number, int(fields[1])}:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total
