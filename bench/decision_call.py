"""How fast the site hears what it may show: the decision call at 200 calls a second.

Starts the server as a shop does (`stamgast serve`), with its worker unless told otherwise, and asks at a steady rate,
whatever the answers take; a call counts from the moment it was meant to go. Of the customers four in
ten have something prepared. The peer is a bare django-ninja operation without middleware or key that
looks one customer up by primary key on the same database; it is asked just as often in the same run,
first and last. A server that works begins with the night's work, and what calls take meanwhile is
told apart. What stands after `--` goes to `stamgast serve`.

    python bench/decision_call.py [--customers 20000] [--rate 200] [--seconds 20] [-- --no-work]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from steady import at_rate, processor, share

SHOWN = {
    "nl": {"title": "{{ offer.title }}", "text": "Uw code: {{ offer.code }}"},
    "en": {"title": "{{ offer.title }}", "text": "Your code: {{ offer.code }}"},
}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=20_000)
    options.add_argument("--rate", type=int, default=200)
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("serve", nargs="*", help="what to tell `stamgast serve`")
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
    dice = random.Random(1)

    def decide() -> bytes:
        who = {"customer": {"key": f"k{dice.randrange(given.customers)}"}, "placement": "home"}
        body = json.dumps(who).encode()
        head = (
            "POST /api/v1/decisions HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def peer() -> bytes:
        path = f"/bare/customer/{1 + dice.randrange(given.customers)}"
        return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    print(
        f"customers={given.customers} rate={given.rate} seconds={given.seconds} {' '.join(given.serve)}"
    )
    serve = [sys.executable, "-m", "stamgast", "serve", *given.serve, "--port"]
    beside = [sys.executable, str(Path(__file__).parent / "decision_peer.py")]
    with serving(serve) as ours, serving(beside) as bare:
        found: dict[str, list[float]] = {"decision": [], "peer": []}
        spent: dict[str, float] = {"decision": 0.0, "peer": 0.0}
        half = given.seconds / 2
        at_rate(ours[1], decide, given.rate, 1)
        meanwhile, idle = list[float](), 0
        while idle < 3:  # one job asks for the next
            meanwhile += at_rate(ours[1], decide, given.rate, 2)
            idle = 0 if is_working() else idle + 1
        for (pid, port), name, request, seconds in (
            (bare, "peer", peer, half),
            (ours, "decision", decide, given.seconds),
            (bare, "peer", peer, half),
        ):
            at_rate(port, request, given.rate, 1)  # the first calls load and build what is kept
            began = processor(pid)
            found[name] += at_rate(port, request, given.rate, seconds)
            spent[name] += processor(pid) - began
    print(
        f"meanwhile p50_ms={share(meanwhile, 0.5):.1f} p95_ms={share(meanwhile, 0.95):.1f} "
        f"p99_ms={share(meanwhile, 0.99):.1f} calls={len(meanwhile)}"
    )
    for name, took in found.items():
        print(
            f"{name:9} p50_ms={share(took, 0.5):.1f} p95_ms={share(took, 0.95):.1f} "
            f"p99_ms={share(took, 0.99):.1f} calls={len(took)} "
            f"cpu_ms_per_call={1000 * spent[name] / len(took):.2f}"
        )
    ratio = spent["decision"] / len(found["decision"]) / (spent["peer"] / len(found["peer"]))
    print(f"processor time of a decision / of the peer = {ratio:.2f}")


def is_working() -> bool:
    """Say whether jobs of the work loop are waiting or being done."""
    from stamgast.events.models import Job

    todo = [Job.Status.WAITING, Job.Status.RUNNING]
    return Job.objects.filter(status__in=todo, run_at__lte=datetime.now(UTC)).exists()


@contextlib.contextmanager
def serving(command: list[str]) -> Iterator[tuple[int, int]]:
    """Start a server on a free port; gives its process and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL)
    try:
        wait_until_up(port)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait(20)


def wait_until_up(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
