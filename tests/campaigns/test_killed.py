"""A whole campaign by workers killed with -9, over a mail server that is down, slow or says no at random.

Proven from the receiving server's own log and the codes in what it received: everybody hears at most
once, the control group and who withdrew hear nothing, and money and codes add up all the while.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import random
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q, Sum

from campaigns import world
from cast import employ
from mail.mailbox import Mailbox, Open
from mail.workers import kill, start_worker
from stamgast.campaigns import jobs
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.models import Assignment, Campaign, Code
from stamgast.customers.actions import add_interaction, record_consent
from stamgast.customers.models import Customer
from stamgast.mail.actions import change_mail_settings
from stamgast.mail.models import Message
from stamgast.mail.sending import Sender
from stamgast.measurement.models import Lot
from stamgast.strategy.actions import reserve_budget
from stamgast.strategy.errors import BudgetSpent
from stamgast.strategy.models import Goal, Reservation

pytestmark = pytest.mark.django_db(transaction=True)
log = logging.getLogger("tests.killed")

COST = 500
DAY = timedelta(days=1)
A_WHILE = timedelta(seconds=6)  # until some may hear from us again
NEVER_QUIET = {"quiet_from": datetime.min.time(), "quiet_until": datetime.min.time()}
# What `stamgast work` does for campaigns and mail, but it comes back at once to what waits, to a
# server that is down and to the job of a worker that was killed.
WORK = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stamgast.settings")
import django
django.setup()
from datetime import timedelta
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import giving
from stamgast.events import actions, worker
from stamgast.mail import rules, sending
from stamgast.serving import beside
actions.SILENCE = timedelta(seconds=1)
giving.PORTION = int(sys.argv[1])
rules._AGAIN_AFTER = (timedelta(seconds=0),)
rules.A_MOMENT = timedelta(seconds=0.2)
sending._RESTS = (0.05,)
worker.LOOK_SECONDS = worker.IDLE_SECONDS = sending.IDLE_SECONDS = 0.1
print("working", flush=True)
with beside(mail=sending.Sender().work) as stopping:
    worker.Worker(jobs={jobs.KIND: jobs.work}, nightly=(), often=(jobs.look,)).work(stopping)
"""


class Server:
    """The mail server with its moods."""

    def __init__(self, dice: random.Random, *, pace: float) -> None:
        self.dice = dice
        self.pace = pace
        self.mailbox = Mailbox()
        self.mailbox.seconds = pace
        self.refused: set[str] = set()
        self._met: set[str] = set()
        self.mailbox.on_recipient = self._on_recipient
        self.mailbox.on_sender = lambda sender: "421 4.3.2 busy" if self._by_chance(0.02) else None
        self.mailbox.on_content = lambda to: "452 4.3.1 full" if self._by_chance(0.02) else None
        self._open = Open(self.mailbox)
        self._open.start()
        self.port = self._open.port

    def _by_chance(self, share: float) -> bool:
        return self.dice.random() < share

    def _on_recipient(self, to: str) -> str | None:
        if to in self.refused or self._by_chance(0.03):
            self.refused.add(to)
            return "550 5.1.1 no such user"
        if to not in self._met and self._by_chance(0.3):
            self._met.add(to)
            return "451 4.7.1 greylisted, come back later"
        return None

    def change_mood(self) -> None:
        """Go down for a moment, become slow, or be well."""
        mood = self.dice.choice(["down", "slow", "well", "well"])
        self.mailbox.seconds = 0.1 if mood == "slow" else self.pace
        if mood == "down":
            self._open.go_down()
            time.sleep(self.dice.uniform(0.1, 0.5))
            self._open.come_back()

    def calm_down(self) -> None:
        """Take whatever comes, but from whom it refused before."""
        self.mailbox.seconds = 0.0
        self.mailbox.on_sender = self.mailbox.on_content = lambda who: None
        self.mailbox.on_recipient = lambda to: "550 no" if to in self.refused else None

    def stop(self) -> None:
        self._open.stop(no_assert=True)


def two_offers(goal: Goal, count: int, at: datetime) -> Campaign:
    """Write a campaign of two offers down, each with a list of codes of its own."""
    marketer = employ("marketer")
    row = world.save_offer(at, goal, world.make_codes(count, at, name="ONE"), by=marketer)
    (one,), steps = plans_of(row)
    other = replace(one, code="other", code_list=world.make_codes(count, at, name="TWO").pk)
    everybody = {"version": 1, "who": {"all": [{"is": "stage", "in": ["drifting"]}]}}
    row = change_campaign(
        row, at=at, by=marketer, offers=[one, other], steps=steps, audience=everybody
    )
    return world.start(row, at, by=marketer)


def tire(people: list[Customer], now: datetime) -> set[str]:
    """Let some have heard from us just now, and others nearly a day ago; returns the first."""
    for n, one in enumerate(people[: len(people) // 5]):
        when = now - DAY + A_WHILE if n % 2 else now
        add_interaction(one, kind="email", text="x", is_ours=True, at=when, key=f"heard{n}")
    return {one.email for one in people[: len(people) // 5 : 2]}


def withdraw_one(at: datetime) -> Customer | None:
    """Let somebody withdraw while their message waits; None when it was being handed over."""
    message = Message.objects.filter(status="waiting").select_related("customer").order_by("?")[:1]
    for one in message:
        assert one.customer is not None
        say(one.customer, is_granted=False, at=at)
        one.refresh_from_db(fields=["status"])
        if one.status == "waiting":
            return one.customer
        say(one.customer, is_granted=True, at=at)
    return None


def say(customer: Customer, *, is_granted: bool, at: datetime) -> None:
    said = {"channel": "email", "purpose": "offers", "source": "x"}
    record_consent(customer, is_granted=is_granted, at=at, **said)  # type: ignore[arg-type]


def promise_the_rest(goal: Goal) -> None:
    """Let somebody else promise most of what is left, so that money runs out while it is given."""
    lots, given = Lot.objects.filter(arm__is_control=False).count(), Assignment.objects.count()
    is_half_given = lots > 0 and 2 * given >= lots
    if not is_half_given or Reservation.objects.filter(key="other").exists():
        return
    goal.refresh_from_db()
    left = goal.budget_minor - goal.reserved_minor - goal.spent_minor - 5 * COST
    if left > 0:
        now = datetime.now(UTC)
        with contextlib.suppress(BudgetSpent):  # a worker was first
            reserve_budget(goal, left, key="other", expires_at=now + 400 * DAY, at=now)


def check_money(goal: Goal) -> None:
    """What is set aside is the sum of what is open, and within the budget, at this moment."""
    is_open = Q(reservations__state=Reservation.State.RESERVED)
    row = (
        Goal.objects.filter(pk=goal.pk)
        .annotate(held=Sum("reservations__amount_minor", filter=is_open, default=0))
        .values("held", "reserved_minor", "spent_minor", "budget_minor")
        .get()
    )
    assert row["held"] == row["reserved_minor"]
    assert row["reserved_minor"] + row["spent_minor"] <= row["budget_minor"]


def is_done(campaign: Campaign) -> bool:
    campaign.refresh_from_db()
    soon = datetime.now(UTC) + A_WHILE
    is_given = campaign.rounds and (campaign.waits_for == "budget" or not _ungiven(campaign))
    return (
        bool(is_given) and not Message.objects.filter(status="waiting", due_at__lte=soon).exists()
    )


def _ungiven(campaign: Campaign) -> bool:
    rows = Lot.objects.filter(experiment=campaign.experiment, arm__is_control=False)
    return rows.filter(assignment=None).exists()


def run(
    count: int,
    *,
    seed: int,
    workers: int,
    lives: tuple[float, float],
    portion: int,
    pace: float = 0.0,
) -> None:
    dice = random.Random(seed)
    now = datetime.now(UTC)  # the workers read the real clock
    at = now - timedelta(minutes=1)
    server = Server(dice, pace=pace)
    world.set_up_mail(server.port, at)
    change_mail_settings(at=at, **NEVER_QUIET)
    world.order_now(None, "N-1", at)
    people = world.make_drifting(count, at)
    days = {"baseline_on": now.date(), "due_on": now.date() + 200 * DAY}
    rails = {"contacts_most": 1, "contacts_days": 1}
    goal = world.make_goal(at, budget_minor=COST * count * 4 // 5, **days, **rails)
    campaign = two_offers(goal, count, at)
    tired = tire(people, datetime.now(UTC))

    killed, withdrawn = 0, set[str]()
    running = [start_worker(WORK, str(portion)) for _ in range(workers)]
    try:
        while not (withdrawn and is_done(campaign)):
            time.sleep(dice.uniform(*lives))
            if len(withdrawn) < 3 and (who := withdraw_one(datetime.now(UTC))) is not None:
                withdrawn.add(who.email)
            number = dice.randrange(workers)
            kill(running[number])
            killed += 1
            promise_the_rest(goal)
            running[number] = start_worker(WORK, str(portion))
            check_money(goal)
            server.change_mood()
    finally:
        for process in running:
            kill(process)
    finish(server)
    killed += workers
    check(server, campaign, goal, killed=killed, tired=tired, withdrawn=withdrawn)


def finish(server: Server) -> None:
    """Let one worker that nobody kills do what is left, over a server that is well again."""
    server.calm_down()
    for minutes in itertools.count(11, 11):
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        sent = Sender(clock=lambda now=now: now).work_until_idle()  # type: ignore[misc]
        done = jobs.do_work(at=now)
        if not (sent or done["given"] or done["ended"]):
            break
    server.stop()


def check(
    server: Server,
    campaign: Campaign,
    goal: Goal,
    *,
    killed: int,
    tired: set[str],
    withdrawn: set[str],
) -> None:
    received = Counter(server.mailbox.recipients)
    assert max(received.values()) == 1, "somebody got it twice"
    assigned = {one.customer.email: one for one in _assignments(campaign)}
    of_status: dict[str, set[str]] = {
        name: set() for name in ("sent", "failed", "uncertain", "withheld", "waiting")
    }
    for email, one in assigned.items():
        (delivery,) = one.deliveries.all()
        assert delivery.message is not None
        assert delivery.state == delivery.message.status
        of_status[delivery.state].add(email)
    sent, failed, uncertain, withheld, waiting = of_status.values()

    # By the server's own log: all that was assigned and may be mailed is accounted for, once.
    assert withheld <= withdrawn <= withheld | waiting
    assert waiting == tired & assigned.keys() - withheld
    mailed = assigned.keys() - withheld - waiting
    assert len(sent) + len(failed) + len(uncertain) == len(mailed)
    assert sent <= received.keys() <= sent | uncertain
    assert failed <= server.refused <= failed | uncertain | withheld
    assert len(uncertain) <= killed
    control = Customer.objects.filter(lots__arm__is_control=True)
    assert not received.keys() & set(control.values_list("email", flat=True))
    assert not received.keys() & withdrawn

    # No code went to two people, by what the server received and by what was handed out.
    found = {
        to: set(re.findall(rb"(?:ONE|TWO)-\d{4}", content))
        for to, content in server.mailbox.received
    }
    assert all(found[to] == {assigned[to].code.text.encode()} for to in found)  # type: ignore[union-attr]
    assert Code.objects.exclude(handed_at=None).count() == len(assigned)

    # Money: what is open is what may have arrived or still waits, and the promise of another.
    check_money(goal)
    other = sum(one.amount_minor for one in Reservation.objects.filter(key="other"))
    goal.refresh_from_db()
    assert goal.reserved_minor == COST * len(sent | uncertain | waiting) + other
    # Whom the cap holds to the end of the offer hears nothing, and their money comes back.
    jobs.do_work(at=datetime.now(UTC) + 32 * DAY)
    given_up = Assignment.objects.filter(exit_reason="kept_back")
    assert set(given_up.values_list("customer__email", flat=True)) == waiting
    goal.refresh_from_db()
    assert goal.reserved_minor == COST * len(sent | uncertain) + other
    log.info(
        "%s lots, %s assigned, %s workers killed: %s received, %s failed, %s uncertain, %s withheld, "
        "%s wait; %s promised to others",
        *(Lot.objects.count(), len(assigned), killed, len(received), len(failed)),
        *(len(uncertain), len(withheld), len(waiting), other),
    )


def _assignments(campaign: Campaign) -> list[Assignment]:
    rows = Assignment.objects.filter(campaign=campaign).select_related("customer", "code")
    return list(rows.prefetch_related("deliveries__message"))


def test_a_campaign_by_killed_workers_over_a_moody_server_adds_up(home: object) -> None:
    run(100, seed=3, workers=2, lives=(0.1, 0.6), portion=3, pace=0.08)


@pytest.mark.long
def test_a_campaign_of_thousands_by_killed_workers_over_a_moody_server_adds_up(
    home: object,
) -> None:
    run(1_500, seed=17, workers=3, lives=(0.3, 2.5), portion=25)
