"""How fast the site hears what it may show: the decision call at 200 calls a second.

Starts the server as a shop does (`stamgast serve`), with its worker, and asks at a steady rate,
whatever the answers take; waiting for a free caller counts as time. Of the customers four in ten have
something prepared. The peer is a bare django-ninja operation on the same server and database that
looks one customer up by primary key, asked just as often in the same run, first and last.

    python bench/decision_call.py [--customers 20000] [--rate 200] [--seconds 20]
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

CALLERS = 16
Ask = Callable[[http.client.HTTPConnection, random.Random], None]
SHOWN = {
    "nl": {"title": "{{ offer.title }}", "text": "Uw code: {{ offer.code }}"},
    "en": {"title": "{{ offer.title }}", "text": "Your code: {{ offer.code }}"},
}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--rate", type=int, default=200)
    options.add_argument("--seconds", type=int, default=20)
    given = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="decision-"))
    os.environ |= {"STAMGAST_HOME": str(home), "DJANGO_SETTINGS_MODULE": "stamgast.settings"}
    try:
        key = prepared(given.customers)
        measure(given, key)
    finally:
        shutil.rmtree(home)


def prepared(size: int) -> str:
    """Make a shop in which a campaign shows something to four in ten; return the key of its site."""
    from stamgast.cli import set_up

    set_up()
    from stamgast.serving import prepare

    prepare(say=lambda words: None)
    from stamgast.campaigns.actions import approve_campaign, draft_campaign, run_campaign
    from stamgast.campaigns.jobs import do_work
    from stamgast.campaigns.rules import OfferPlan, StepPlan
    from stamgast.customers.models import Customer, Identity
    from stamgast.sales.models import Order
    from stamgast.staff.actions import make_key, make_user
    from stamgast.strategy.models import Goal

    at = datetime.now(UTC)
    people = Customer.objects.bulk_create(
        [
            Customer(
                key=f"k{n}", first_name="Kim", email=f"k{n}@bench.example", language="nl",
                city="Gent" if n % 2 else "Ede", made_at=at, changed_at=at,
            )
            for n in range(size)
        ],
        batch_size=500,
    )  # fmt: skip
    Identity.objects.bulk_create(
        [Identity(customer=one, kind="key", value=one.key or "") for one in people], batch_size=500
    )
    facts = {"currency": "EUR", "total_minor": 100, "revenue_minor": 100, "margin_minor": 50}
    Order.objects.create(number="N-1", ordered_at=at, day=at.date(), **facts)
    goal = Goal.objects.create(
        direction="keep", measure="active_regulars", baseline=0.5, target=0.6, baseline_on=at.date(),
        due_on=at.date() + timedelta(days=200), currency="EUR", budget_minor=10**9, status="open",
        made_at=at, opened_at=at, contacts_most=4,
    )  # fmt: skip
    owner = make_user(email="bench@stamgast.example", name="Bench", role="admin", at=at)
    row = draft_campaign(
        name="On the site", goal=goal, at=at, by=owner,
        audience={"version": 1, "who": {"is": "lives_in", "in": ["Gent"]}},
        offers=[OfferPlan(title={"nl": "Welkom terug", "en": "Welcome back"}, cost_minor=100)],
        steps=[StepPlan(content=SHOWN, channel="site")],
    )  # fmt: skip
    approve_campaign(row, at=at, by=owner)
    run_campaign(row, at=at, by=owner)
    do_work(at=at)
    return make_key("Site", scopes=["decisions:write"], is_live=True, by=owner, at=at)[1]


def measure(given: argparse.Namespace, key: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "STAMGAST_BENCH_PEER": "1",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    command = [sys.executable, "-m", "decision_peer", str(port)]
    server = subprocess.Popen(command, env=environment)
    try:
        wait_until_up(port)
        heads = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

        def decide(line: http.client.HTTPConnection, dice: random.Random) -> None:
            who = {"customer": {"key": f"k{dice.randrange(given.customers)}"}, "placement": "home"}
            line.request("POST", "/api/v1/decisions", json.dumps(who), heads)
            answer = line.getresponse()
            body = answer.read()
            assert answer.status == 200, body

        def peer(line: http.client.HTTPConnection, dice: random.Random) -> None:
            line.request("GET", f"/bare/customer/{1 + dice.randrange(given.customers)}")
            answer = line.getresponse()
            answer.read()
            assert answer.status == 200

        print(f"customers={given.customers} rate={given.rate} seconds={given.seconds}")
        found: dict[str, list[float]] = {"decision": [], "peer": []}
        spent: dict[str, float] = {"decision": 0.0, "peer": 0.0}
        seconds = {"decision": given.seconds, "peer": given.seconds / 2}
        for name, ask in (("peer", peer), ("decision", decide), ("peer", peer)):
            began = processor(server.pid)
            found[name] += at_rate(port, ask, given.rate, seconds[name])
            spent[name] += processor(server.pid) - began
        for name, times in found.items():
            times.sort()
            middle, high = times[len(times) // 2], times[int(len(times) * 0.99)]
            each = 1000 * spent[name] / len(times)
            print(
                f"{name:9} p50_ms={middle * 1000:.1f} p99_ms={high * 1000:.1f} calls={len(times)} "
                f"cpu_ms_per_call={each:.2f}"
            )
        ratio = spent["decision"] / len(found["decision"]) / (spent["peer"] / len(found["peer"]))
        print(f"processor time of a decision / of the peer = {ratio:.2f}")
    finally:
        server.terminate()
        server.wait(10)


def processor(pid: int) -> float:
    """Return the processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def at_rate(port: int, ask: Ask, rate: int, seconds: float) -> list[float]:
    """Ask at a steady rate; each time counts from when the call was meant to go."""
    total, times, lock = int(rate * seconds), [], threading.Lock()
    turn = iter(range(total))
    began = time.perf_counter() + 0.1

    def caller(seed: int) -> None:
        dice = random.Random(seed)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                n = next(turn, None)
            if n is None:
                return
            due = began + n / rate
            if (early := due - time.perf_counter()) > 0:
                time.sleep(early)
            ask(line, dice)
            times.append(time.perf_counter() - due)

    threads = [threading.Thread(target=caller, args=(n,)) for n in range(CALLERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return times


def wait_until_up(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
