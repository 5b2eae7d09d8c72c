"""How fast mail leaves, and whether pages stay quick while a hundred thousand messages wait.

First the rate: so many messages through our outbox to a server on loopback, beside a bare smtplib loop
that hands the same messages to the same server over one connection. Ours renders each, asks consent,
claims it and writes its outcome down; the loop does none of that. Then pages: the server runs as a shop
does (`stamgast serve`, which also sends) with the outbox full, and eight callers look at pages for a
while.

    python bench/mail_delivery.py [--messages 2000] [--outbox 100000] [--seconds 60] [--processes 1]

Needs the packages of the tests (aiosmtpd).
"""

from __future__ import annotations

import argparse
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pages import CALLERS, add_user, processes, signed_in, wait_until_up
from shop_of_size import open_home

RECEIVER = """
import sys, time
from aiosmtpd.controller import Controller
class Count:
    received = 0
    async def handle_DATA(self, server, session, envelope):
        Count.received += 1
        return "250 OK"
import logging
logging.disable(logging.CRITICAL)
Controller(Count(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
print("ready", flush=True)
for line in sys.stdin:
    print(Count.received, flush=True)
"""


class Receiver:
    """A mail server in a process of its own, that counts."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, "-c", RECEIVER, str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()

    def received(self) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--messages", type=int, default=2_000, help="for the rate")
    options.add_argument("--outbox", type=int, default=100_000, help="waiting while pages are read")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--processes", type=int, help="of `stamgast serve`; else as it chooses")
    given = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="mail-"))
    receiver = Receiver()
    try:
        open_home(home)
        set_up(receiver.port)
        add_user()
        fill(given.messages + given.outbox)
        queue(0, given.messages)
        rate(receiver, given.messages)
        began = time.perf_counter()
        queue(given.messages, given.messages + given.outbox)
        print(
            f"queued={given.outbox} per_second={given.outbox / (time.perf_counter() - began):.0f}"
        )
        pages(receiver, given.seconds, processes(given))
    finally:
        receiver.stop()
        shutil.rmtree(home)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def set_up(port: int) -> None:
    from stamgast.mail.actions import change_brand, change_mail_settings

    at = datetime.now(UTC)
    change_brand(at=at, sender_address="post@shop.example", postal_address="Kerkstraat 1")
    never = datetime.min.time()
    change_mail_settings(
        at=at,
        host="127.0.0.1",
        port=port,
        security="none",
        public_address="https://post.shop.example",
        most_per_minute=0,
        quiet_from=never,
        quiet_until=never,
    )


def fill(count: int) -> None:
    """Write down so many customers who allow offers."""
    from stamgast.customers.models import Consent, Customer

    at = datetime.now(UTC) - timedelta(days=30)
    for start in range(0, count, 5_000):
        numbers = range(start, min(start + 5_000, count))
        people = Customer.objects.bulk_create(
            Customer(
                key=f"K{n}",
                first_name="Anna",
                last_name=f"Berg {n}",
                email=f"k{n}@example.nl",
                made_at=at,
                changed_at=at,
            )
            for n in numbers
        )
        Consent.objects.bulk_create(
            Consent(
                customer=one,
                channel="email",
                purpose="offers",
                is_granted=True,
                source="checkout",
                at=at,
            )
            for one in people
        )


def content() -> Any:
    from stamgast.mail.content import Block, Content, Version

    text = "{{ greeting }},\n\nHet is alweer een tijd geleden dat u bij ons **koffie** bestelde."
    blocks = (
        Block("heading", text="We missen u"),
        Block("text", text=text),
        Block("button", text="Bekijk", url="https://shop.example/new"),
    )
    return Content.of(nl=Version(subject="Dag {{ customer.first_name }}", blocks=blocks))


def queue(first: int, last: int) -> None:
    from stamgast.customers.models import Customer
    from stamgast.mail.actions import Draft, queue_messages

    for start in range(first, last, 500):
        keys = [f"K{n}" for n in range(start, min(start + 500, last))]
        drafts = [Draft(one, f"m:{one.pk}") for one in Customer.objects.filter(key__in=keys)]
        at = datetime.now(UTC)
        queue_messages(drafts, content=content(), purpose="offers", kind="campaign", at=at)


def rate(receiver: Receiver, count: int) -> None:
    """Deliver the same messages through the outbox and through a bare loop; print the ratio."""
    from stamgast.mail import configuration
    from stamgast.mail.letter import Stationery, addressed, written
    from stamgast.mail.models import Message
    from stamgast.mail.sending import Sender
    from stamgast.staff.queries import shop

    with_ = Stationery(configuration.brand(), configuration.mail_settings(), shop())
    one = Message.objects.select_related("content", "customer").first()
    assert one is not None
    body = addressed(
        written(one, with_), one, with_, to="k0@example.nl", name="Anna", at=one.made_at
    )

    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", receiver.port, local_hostname="localhost") as smtp:
        for n in range(count):
            smtp.sendmail("post@shop.example", [f"k{n}@example.nl"], body)
    bare = count / (time.perf_counter() - began)

    began = time.perf_counter()
    Sender().work_until_idle()
    ours = count / (time.perf_counter() - began)
    assert receiver.received() == 2 * count, "not every message arrived once"
    print(
        f"messages={count} bytes={len(body)} bare_per_s={bare:.0f} ours_per_s={ours:.0f} "
        f"ratio={ours / bare:.2f}"
    )


def pages(receiver: Receiver, seconds: int, count: int) -> None:
    """Serve and send, and let eight callers look at pages; print the p95."""
    before = receiver.received()
    port = free_port()
    command = [sys.executable, "-m", "stamgast", "serve", "--port", str(port)]
    command += ["--processes", str(count)]
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ
    )
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_up(base)
        times: dict[str, list[float]] = {"/mail": [], "/customers": [], "/words": []}
        end = time.perf_counter() + seconds

        def call() -> None:
            opener = signed_in(base)
            while time.perf_counter() < end:
                for page, found in times.items():
                    began = time.perf_counter()
                    opener.open(base + page).read()
                    found.append(time.perf_counter() - began)
                    time.sleep(0.2)  # people read

        callers = [threading.Thread(target=call) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        sent = receiver.received() - before
    finally:
        server.terminate()
        server.wait(20)
    print(
        f"while sending: processes={count} sent={sent} seconds={seconds} per_s={sent / seconds:.0f}"
    )
    for page, found in times.items():
        ordered = sorted(found)
        middle, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        print(f"{page:12} p50_ms={middle * 1000:.0f} p95_ms={high * 1000:.0f} calls={len(ordered)}")


if __name__ == "__main__":
    main()
