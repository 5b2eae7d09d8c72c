"""The work loop: asks for what is due every night, and runs jobs one by one.

The steps of one round:
1. Twice a minute: small tasks (is there a file in the watched folder?), and what is due tonight is
   asked for; its key holds the date, so that it happens once.
2. One due job is claimed and run. Heavy work (import, scoring) runs in a process of its own, with
   little priority, that prints its progress as lines of JSON.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import close_old_connections, connection

from stamgast.events import actions
from stamgast.events.models import Job
from stamgast.kernel import Refusal

log = logging.getLogger("stamgast.work")

# A job is either a function in this process, or the arguments of a command of its own.
Run = Callable[[Job], Mapping[str, Any] | None]
NIGHT_STARTS = time(3, 0)
IDLE_SECONDS = 1.0
LOOK_SECONDS = 30.0
_LITTLE_PRIORITY = 10


class JobError(Exception):
    """A process of its own ended badly: its last words."""


class Worker:
    """Does the work of one process; any number of them may run at once."""

    def __init__(
        self,
        *,
        jobs: Mapping[str, Run | Sequence[str]],
        nightly: Sequence[str],
        often: Sequence[Callable[[datetime], object]],
        zone: Callable[[], ZoneInfo] = lambda: ZoneInfo("UTC"),
    ) -> None:
        self.jobs = jobs
        self.nightly = nightly
        self.often = often
        self.zone = zone
        self._looked = 0.0
        self.name = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident() % 10000}"[:60]

    def work(self, stopping: threading.Event | None = None) -> None:
        """Work until told to stop; a round that fails is logged and the next one begins."""
        stopping = stopping or threading.Event()
        while not stopping.is_set():
            try:
                is_busy = self.work_once(stopping=stopping)
            except Exception:
                log.exception("a round of work failed")
                is_busy = False
            close_old_connections()
            if not is_busy:
                stopping.wait(IDLE_SECONDS)

    def work_until_idle(self) -> int:
        """Do everything that is due now; returns how many jobs were done."""
        done = 0
        while self.work_once():
            done += 1
        return done

    def work_once(self, stopping: threading.Event | None = None) -> bool:
        """Do one round; False when there was nothing to do."""
        now = datetime.now(UTC)
        self._ask_for_tonight(now)
        job = actions.claim(worker=self.name, at=now, kinds=list(self.jobs))
        if job is None:
            return False
        self._run(job, stopping or threading.Event())
        return True

    def _ask_for_tonight(self, now: datetime) -> None:
        if now.timestamp() - self._looked < LOOK_SECONDS:
            return
        self._looked = now.timestamp()
        for task in self.often:
            task(now)
        local = now.astimezone(self.zone())
        if local.time() < NIGHT_STARTS:
            return
        keys = {f"{kind}:night:{local:%Y%m%d}": kind for kind in self.nightly}
        known = set(Job.objects.filter(key__in=keys).values_list("key", flat=True))
        for key in keys.keys() - known:
            actions.ask(keys[key], at=now, key=key, by="wiring")

    def _run(self, job: Job, stopping: threading.Event) -> None:
        handler = self.jobs[job.kind]
        try:
            result = (
                handler(job) if callable(handler) else self._run_apart(job, [*handler], stopping)
            )
        except Refusal as refusal:
            facts = {"code": refusal.code, **refusal.facts}
            actions.fail(
                job, at=datetime.now(UTC), error=json.dumps(facts, default=str), is_final=True
            )
        except Exception as error:
            log.exception("job %s (%s) failed", job.pk, job.kind)
            actions.fail(job, at=datetime.now(UTC), error=f"{type(error).__name__}: {error}")
        else:
            actions.finish(job, at=datetime.now(UTC), result=result)

    def _run_apart(
        self, job: Job, command: list[str], stopping: threading.Event
    ) -> dict[str, Any] | None:
        """Run a command in a process of its own; its last line of JSON is the result."""
        argv = [sys.executable, "-m", "stamgast", *command, "--for-job", str(job.pk)]
        process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        let_others_first(process.pid)
        last_words: list[str] = []
        listening = threading.Thread(target=lambda: last_words.extend(process.stderr or ()))
        listening.start()
        result: dict[str, Any] | None = None
        beat = threading.Thread(target=self._keep_alive, args=(job, process, stopping), daemon=True)
        beat.start()
        for line in process.stdout or ():
            facts = _json(line)
            if "progress" in facts:
                job.progress, job.doing = facts["progress"], facts.get("doing", "")
            elif facts:
                result = facts
        process.wait()
        listening.join()
        beat.join()
        if process.returncode:
            raise JobError("".join(last_words[-5:]).strip() or f"exit status {process.returncode}")
        return result

    def _keep_alive(
        self, job: Job, process: subprocess.Popen[str], stopping: threading.Event
    ) -> None:
        """Show progress every second; end the process when the job is lost or we are stopping."""
        while True:
            try:
                process.wait(timeout=1.0)
                break
            except subprocess.TimeoutExpired:
                pass
            is_ours = actions.show_progress(
                job, at=datetime.now(UTC), progress=job.progress, doing=job.doing
            )
            if stopping.is_set() or not is_ours:
                process.terminate()
        close_old_connections()
        connection.close()


def let_others_first(one: int) -> None:
    """Give a process or a thread little priority, where the system knows that: pages go first."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):  # it ended already
            given = os.getpriority(os.PRIO_PROCESS, one)  # may be less already; more is refused
            os.setpriority(os.PRIO_PROCESS, one, max(given, _LITTLE_PRIORITY))


def _json(line: str) -> dict[str, Any]:
    try:
        facts = json.loads(line)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}
