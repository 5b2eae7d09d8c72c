"""Writers of one database wait their turn, threads and processes alike, and nobody starves."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from stamgast.database.queue import WriterQueue, queue_for

HOLD_AND_TELL = """
import sys, time
from pathlib import Path
from stamgast.database.queue import WriterQueue
queue = WriterQueue(Path(sys.argv[1]))
queue.enter()
print("in", flush=True)
sys.stdin.readline()
queue.leave()
"""


def test_threads_write_in_the_order_they_came(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "db.writers")
    queue.enter()
    came: list[int] = []

    def write(number: int) -> None:
        queue.enter()
        came.append(number)
        queue.leave()

    threads = []
    for number in range(8):
        thread = threading.Thread(target=write, args=(number,))
        thread.start()
        while len(queue._waiting) <= number:  # each is in line before the next comes
            time.sleep(0.001)
        threads.append(thread)
    queue.leave()
    for thread in threads:
        thread.join()
    assert came == list(range(8))


def test_another_process_waits_until_the_turn_ends(tmp_path: Path) -> None:
    file = tmp_path / "db.writers"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_AND_TELL, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    ours = WriterQueue(file)
    entered = threading.Event()

    def write() -> None:
        ours.enter()
        entered.set()
        ours.leave()

    thread = threading.Thread(target=write)
    thread.start()
    assert not entered.wait(0.2)
    other.communicate("go\n")
    assert entered.wait(5)
    thread.join()


def test_a_killed_process_gives_up_its_turn(tmp_path: Path) -> None:
    file = tmp_path / "db.writers"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_AND_TELL, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    other.stdout.readline()
    other.kill()
    other.communicate()
    ours = WriterQueue(file)
    ours.enter()
    ours.leave()


def test_one_database_has_one_queue(tmp_path: Path) -> None:
    name = str(tmp_path / "shop.sqlite3")
    assert queue_for(name) is queue_for(name)
    assert queue_for(name) is not queue_for(name + "2")


WRITE_MANY = """
import sys, threading
import os
os.environ["STAMGAST_HOME"] = sys.argv[1]
os.environ.pop("STAMGAST_DATABASE_URL", None)
os.environ["DJANGO_SETTINGS_MODULE"] = "stamgast.settings"
import django
django.setup()
from datetime import UTC, datetime
from django.core.management import call_command
from django.db import connection, transaction
from stamgast.events.actions import tell
from stamgast.events.models import Event
if sys.argv[2] == "make":
    call_command("migrate", verbosity=0)
else:
    def write():
        for number in range(50):
            with transaction.atomic():
                tell("note_added", at=datetime(2026, 11, 20, tzinfo=UTC))
        connection.close()
    threads = [threading.Thread(target=write) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    print(Event.objects.count())
"""


def test_threads_of_two_processes_lose_no_write(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITE_MANY, str(tmp_path)]
    subprocess.run([*command, "make"], check=True)
    both = [
        subprocess.Popen([*command, "write"], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    counts = [int(process.communicate()[0]) for process in both]
    assert all(process.returncode == 0 for process in both)
    assert max(counts) == 2 * 4 * 50
