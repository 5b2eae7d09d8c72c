"""Two workers at once, or one that is killed with -9 between drawing and sending: everything once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connection

from campaigns import world
from mail.mailbox import Mailbox
from stamgast.campaigns import jobs
from stamgast.campaigns.models import Assignment, Campaign, Code
from stamgast.customers.models import Customer
from stamgast.mail.models import Message
from stamgast.measurement.models import Lot
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

pytestmark = pytest.mark.django_db(transaction=True)

WORK = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
import django
django.setup()
from datetime import datetime
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import giving
giving.PORTION = 3  # many small portions, so that many moments lie between two
at = datetime.fromisoformat(sys.argv[1])
jobs.do_work(at=at, show=lambda share: print(share, flush=True))
"""


def check_once(campaign: Campaign, goal: Goal) -> None:
    """Everybody has one lot; who is treated one assignment, code, reservation and message."""
    customers = Customer.objects.count()
    lots = Lot.objects.filter(experiment__campaign=campaign)
    treated = lots.filter(arm__is_control=False).count()
    assert lots.count() == customers
    assert Assignment.objects.count() == treated
    assert Assignment.objects.values("lot").distinct().count() == treated
    assert Assignment.objects.values("code").distinct().count() == treated
    assert Code.objects.exclude(handed_at=None).count() == treated
    assert Message.objects.count() == treated
    goal.refresh_from_db()
    assert goal.reserved_minor == 500 * treated


def test_two_workers_at_once_give_nothing_twice(
    running: Campaign, goal: Goal, at: datetime
) -> None:
    problems: list[BaseException] = []

    def work() -> None:
        try:
            jobs.do_work(at=at)
        except BaseException as problem:  # noqa: BLE001 - told by the test
            problems.append(problem)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    jobs.do_work(at=at)
    assert not problems
    check_once(running, goal)


def test_two_campaigns_never_hand_out_the_same_code(
    running: Campaign, goal: Goal, marketer: User, at: datetime
) -> None:
    codes = Code.objects.earliest("pk").list
    other = world.start(world.save_offer(at, goal, codes, by=marketer), at, by=marketer)
    assert other.pk != running.pk

    def work() -> None:
        jobs.do_work(at=at)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    jobs.do_work(at=at)
    handed = Counter(Assignment.objects.values_list("code__text", flat=True))
    assert handed
    assert set(handed.values()) == {1}


@pytest.mark.parametrize("kills", [3, pytest.param(40, marks=pytest.mark.long)])
def test_a_worker_killed_at_any_moment_leaves_nothing_half_given(
    running: Campaign, goal: Goal, mailbox: Mailbox, at: datetime, kills: int
) -> None:
    dice = random.Random(kills)
    for _ in range(kills):
        command = [sys.executable, "-c", WORK, at.isoformat()]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()  # it has begun to give
            time.sleep(dice.random() * 0.05)
            os.kill(process.pid, signal.SIGKILL)
        assert Assignment.objects.count() == Message.objects.count()
    world.work(at + timedelta(seconds=1))
    check_once(running, goal)
    assert len(mailbox.received) == len(set(mailbox.recipients)) == Assignment.objects.count()
