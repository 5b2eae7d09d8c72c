"""Workers killed with -9 and a server that fails at random: every message once, or known not to be.

received + failed + uncertain = all, none twice, and at most one uncertain per worker killed. Proven
from the receiving server's own log.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mail.conftest import set_up
from mail.letters import HELLO
from mail.mailbox import Mailbox, listening
from mail.workers import kill, start_worker
from stamgast.customers.models import Consent, Customer
from stamgast.mail.actions import Draft, queue_messages
from stamgast.mail.models import Message
from stamgast.mail.sending import Sender

pytestmark = pytest.mark.django_db(transaction=True)
log = logging.getLogger("tests.killed")

# Sends as `stamgast work` does, but comes back to put-off messages and to a server that is down at once.
WORK = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
import django
django.setup()
from datetime import timedelta
from stamgast.mail import rules, sending
rules._AGAIN_AFTER = (timedelta(seconds=0),)
sending._RESTS = (0.05,)
print("working", flush=True)
sending.Sender().work()
"""


def crowd(count: int, at: datetime) -> None:
    """Write down so many customers with consent, and a message for each."""
    people = Customer.objects.bulk_create(  # twenty thousand one by one would take the whole night
        Customer(key=f"K{n}", email=f"k{n}@example.nl", made_at=at, changed_at=at)
        for n in range(count)
    )
    said = {"channel": "email", "purpose": "offers", "is_granted": True, "source": "checkout"}
    Consent.objects.bulk_create(Consent(customer=one, at=at, **said) for one in people)
    drafts = [Draft(one, f"campaign:1:{n}") for n, one in enumerate(people)]
    for start in range(0, count, 500):
        part = drafts[start : start + 500]
        queue_messages(part, content=HELLO, purpose="offers", kind="campaign", at=at)


def moody(mailbox: Mailbox, dice: random.Random) -> set[str]:
    """Let the server refuse, put off and hang up now and then; returns whom it refuses for good."""
    refused: set[str] = set()

    def on_recipient(to: str) -> str | None:
        chance = dice.random()
        if to in refused or chance < 0.01:
            refused.add(to)
            return "550 5.1.1 no such user"
        return "451 4.7.1 come back later" if chance < 0.04 else None

    mailbox.on_recipient = on_recipient
    mailbox.on_sender = lambda sender: "421 4.3.2 busy" if dice.random() < 0.01 else None
    mailbox.on_content = lambda to: "452 4.3.1 out of storage" if dice.random() < 0.01 else None
    return refused


def kill_at_random(
    is_done: Callable[[], bool], dice: random.Random, *, workers: int, lives: tuple[float, float]
) -> int:
    """Keep so many workers going, killing one and starting another, until all is dealt with."""
    running = [start_worker(WORK) for _ in range(workers)]
    killed = 0
    while not is_done():
        time.sleep(dice.uniform(*lives))
        number = dice.randrange(workers)
        kill(running[number])
        killed += 1
        running[number] = start_worker(WORK)
    for process in running:
        kill(process)
    return killed + workers


def nothing_left() -> bool:
    return not Message.objects.filter(status="waiting").exists()


def deliver(count: int, *, seed: int, workers: int, lives: tuple[float, float]) -> None:
    at = datetime.now(UTC) - timedelta(minutes=1)  # the workers read the real clock
    dice = random.Random(seed)
    mailbox = Mailbox()
    with listening(mailbox) as port:
        set_up(port, at, quiet_from=datetime.min.time(), quiet_until=datetime.min.time())
        crowd(count, at)
        refused = moody(mailbox, dice)
        killed = kill_at_random(nothing_left, dice, workers=workers, lives=lives)
        Sender(clock=lambda: datetime.now(UTC) + timedelta(minutes=11)).work_once()

    received = Counter(mailbox.recipients)
    assert max(received.values()) == 1, "somebody got it twice"
    of_status: dict[str, set[str]] = {"sent": set(), "failed": set(), "uncertain": set()}
    for message in Message.objects.select_related("customer"):
        assert message.customer is not None
        of_status[message.status].add(message.customer.email)
    sent, failed, uncertain = of_status.values()
    assert len(sent) + len(failed) + len(uncertain) == count
    assert sent <= received.keys(), "called sent, and the server never had it"
    assert received.keys() <= sent | uncertain
    assert failed <= refused <= failed | uncertain
    assert len(uncertain) <= killed
    log.info(
        "%s messages, %s workers killed: %s received, %s failed, %s uncertain of which %s arrived",
        *(count, killed, len(received), len(failed), len(uncertain)),
        len(uncertain & received.keys()),
    )


def test_killed_workers_and_a_moody_server_double_nothing(home: object) -> None:
    deliver(300, seed=5, workers=2, lives=(0.05, 0.4))


@pytest.mark.long
def test_twenty_thousand_messages_with_workers_killed_double_nothing(home: object) -> None:
    deliver(20_000, seed=11, workers=2, lives=(1.0, 12.0))


def test_two_workers_at_once_share_the_work(home: object) -> None:
    at = datetime.now(UTC) - timedelta(minutes=1)
    mailbox = Mailbox()
    mailbox.seconds = 0.02
    with listening(mailbox) as port:
        set_up(port, at, quiet_from=datetime.min.time(), quiet_until=datetime.min.time())
        both = [start_worker(WORK), start_worker(WORK)]
        crowd(120, at)
        deadline = time.monotonic() + 60
        while len(mailbox.received) < 120 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        for process in both:
            kill(process)
    assert Counter(mailbox.recipients) == Counter(f"k{n}@example.nl" for n in range(120))
    assert mailbox.connections >= 2
    assert Message.objects.values("claimed_by").distinct().count() == 2
