"""Workers as processes of their own, to be killed."""

from __future__ import annotations

import signal
import subprocess
import sys


def start_worker(program: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program, and wait until it says that it works."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def kill(process: subprocess.Popen[str]) -> None:
    """End a worker in the middle of whatever it does."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
