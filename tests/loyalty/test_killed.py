"""Clients that send everything twice and are killed in the middle: no point lost, doubled or overspent.

Each client has a member of its own, whose ledger must in the end be what an undisturbed client with the
same seed leaves, and all share one hot member, who holds about half of what they ask of it. What a client does
follows from the seed alone.
"""

from __future__ import annotations

import math
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Sum

from loyalty.codes_cast import a_set
from loyalty.histories import written
from stamgast.customers.models import Customer
from stamgast.kernel import Refusal
from stamgast.loyalty.actions import (
    Basket,
    ReturnedLine,
    add_rule,
    commit_checkout,
    earn_points,
    grant_points,
    hold_checkout,
    join_programme,
    record_purchase,
    release_checkout,
    return_order,
    set_programme,
    spend_points,
    start_programme,
)
from stamgast.loyalty.models import Claim, CodeSet, CodeUse, Entry, Member, Reward, Wallet
from stamgast.loyalty.replay import verify
from stamgast.loyalty.rewards.actions import claim_reward, make_reward
from stamgast.loyalty.rules import BoughtLine

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork"),
]
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
EACH = 30  # points of the shared member for every step, of which 60 are asked on average
CLIENTS = 16
ACTS = 2  # in a step: on one's own member, and on the shared one


def test_killed_clients_lose_and_double_nothing(tmp_path: Path) -> None:
    _let_them_work(tmp_path, seed=7, clients=4, steps=60, pause=0.1, kills=12)


@pytest.mark.long
def test_sixteen_killed_clients_lose_and_double_nothing(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """Half a million operations, each sent at least twice; the suite runs on two databases."""
    operations, seed = pytestconfig.getoption("operations"), pytestconfig.getoption("seed")
    steps = max(operations // CLIENTS // ACTS, 1)
    _let_them_work(tmp_path, seed=seed, clients=CLIENTS, steps=steps, pause=1.0)


def _let_them_work(
    folder: Path, *, seed: int, clients: int, steps: int, pause: float, kills: float = math.inf
) -> None:
    _open_shop()
    hot = _member("hot")
    held = EACH * clients * steps
    grant_points(hot, held, at=START, key="hot", by="test", reason="to start with")
    own = [_member(f"own-{client}", 500) for client in range(clients)]
    killed = _run_and_kill(
        lambda client: _work(folder / f"{client}", seed, client, steps, own[client], hot),
        seed=seed,
        clients=clients,
        pause=pause,
        kills=kills,
    )
    assert verify().differences == {}
    _nothing_overspent(hot, held, seed, clients, steps)
    calm = [_member(f"calm-{client}", 500) for client in range(clients)]
    _run_and_kill(
        lambda client: _work_calmly(seed, client, steps, calm[client]),
        seed=seed,
        clients=clients,
        pause=pause,
        kills=0,
    )
    _codes_and_rewards_add_up()
    for one, other in zip(own, calm, strict=True):
        assert written([one]) == written([other])
    assert killed


def _run_and_kill(
    work: Callable[[int], None], *, seed: int, clients: int, pause: float, kills: float
) -> int:
    """Run each client in a process; kill one at random again and again, and start it anew."""
    dice = random.Random(seed)
    connection.close()  # nothing of it may be inherited
    running = {_start(work, client): client for client in range(clients)}
    killed = 0
    while running and killed < kills:
        time.sleep(dice.random() * pause)
        pid = dice.choice(sorted(running))
        client = running.pop(pid)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:  # it was done
            assert os.waitstatus_to_exitcode(status) == 0
            continue
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        killed += 1
        running[_start(work, client)] = client
    for pid in running:
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    return killed


def _start(work: Callable[[int], None], client: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work(client)
    except BaseException:  # noqa: BLE001 - a child must not go on as a test
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _work(done: Path, seed: int, client: int, steps: int, own: Member, hot: Member) -> None:
    """Do every step twice, and note it; a client that was killed does its last step again."""
    first = int(done.read_text() or 0) if done.exists() else 0
    for step in range(first, steps):
        for _ in range(2):
            _do(seed, client, step, own, hot)
        noted = done.with_suffix(".new")
        noted.write_text(str(step + 1))
        noted.replace(done)
    connection.close()


def _work_calmly(seed: int, client: int, steps: int, own: Member) -> None:
    """Do every step once."""
    for step in range(steps):
        _do(seed, client, step, own, None, name="calm")
    connection.close()


def _do(
    seed: int, client: int, step: int, own: Member, hot: Member | None, *, name: str = "own"
) -> None:
    """Do one step of a client: what, follows from the seed, the client and the number alone."""
    dice = random.Random(f"{seed}:{client}:{step}")
    at = START + timedelta(minutes=17 * step)
    key, points = f"{name}:{client}:{step}", dice.randrange(1, 120)
    earlier = f"{name}:{client}:{dice.randrange(max(step - 9, 0), step + 1)}"
    told = Basket(key, "EUR", [BoughtLine(sku, "", Decimal(1), points * 50) for sku in "AB"])
    can_spend = dice.randrange(0, 60)
    line = [ReturnedLine(dice.choice("AB"), Decimal(1))]
    steps: list[Callable[[], Any]] = [
        lambda: earn_points(own, points, at=at, key=key),
        lambda: earn_points(own, points, at=at, key=key),
        lambda: spend_points(own, points, at=at, key=key),
        lambda: hold_checkout(told, own, at=at, points=can_spend),
        lambda: commit_checkout(earlier, at=at),
        lambda: release_checkout(earlier, at=at),
        lambda: record_purchase(told, own, at=at, points=can_spend),
        lambda: return_order(earlier, return_ref=key, lines=line, at=at),
        lambda: return_order(earlier, return_ref=key, at=at),
        lambda: hold_checkout(replace(told, codes=["TEN"]), own, at=at, points=can_spend),
        lambda: record_purchase(replace(told, codes=["TEN"]), own, at=at),
        lambda: claim_reward(Reward.objects.get(), own, key=key, at=at),
    ]
    acts = [dice.choice(steps)]
    if hot is not None:
        acts.append(lambda: spend_points(hot, points, at=START, key=f"hot:{key}"))
    for act in acts:
        try:
            act()
        except Refusal:
            continue


def _nothing_overspent(hot: Member, held: int, seed: int, clients: int, steps: int) -> None:
    """What was spent of the shared member is what was there at most, each key once, and all of it used."""
    spent = Entry.objects.filter(member=hot, kind="spend")
    total = -(spent.aggregate(points=Sum("points"))["points"] or 0)
    wallet = Wallet.objects.get(member=hot, kind="spendable")
    assert wallet.available == held - total >= 0
    asked = {
        f"hot:own:{client}:{step}": random.Random(f"{seed}:{client}:{step}").randrange(1, 120)
        for client in range(clients)
        for step in range(steps)
    }
    took = {key: -points for key, points in spent.values_list("key", "points")}
    assert all(asked[key] == points for key, points in took.items())
    refused = [points for key, points in asked.items() if key not in took]
    assert all(points > wallet.available for points in refused)


def _codes_and_rewards_add_up() -> None:
    """What a set and a reward count is what was used and claimed."""
    codes, uses = CodeSet.objects.get(), CodeUse.objects.exclude(state="released")
    assert codes.uses == uses.count() > 0
    assert (
        codes.spent_minor == uses.aggregate(left=Sum(F("amount_minor") - F("back_minor")))["left"]
    )
    assert Reward.objects.get().claimed == Claim.objects.count() > 0


def _open_shop() -> None:
    start_programme(at=START, by="test")
    set_programme(at=START, by="test", pending_days=1, validity_months=1, grace_days=2)
    add_rule(at=START, by="test", name="Euro", kind="per_amount", points=1)
    a_set(START, "TEN", uses_most=10**6)
    free = {"requires_purchase": False, "currency": "EUR"}
    make_reward(name="Mug", kind="gift", points=50, at=START, **free)


def _member(ref: str, points: int = 0) -> Member:
    customer = Customer.objects.create(made_at=START, changed_at=START)
    member = join_programme(customer, at=START, ref=ref)[0]
    if points:
        grant_points(member, points, at=START, key=ref, by="test", reason="to start with")
    return member
