"""The part of bench/points_ledger.py that runs on one database: started by it, once per database."""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from points_ledger import in_turns, percentile
from points_ledger_http import over_http
from points_ledger_rows import AT, BARE, Person, alone, bare, one_row, plain, safe
from shop_of_size import open_home

POSTGRESQL = bool(os.environ.get("STAMGAST_DATABASE_URL"))


def main() -> None:
    asked = argparse.Namespace(**json.loads(sys.argv[1]))
    open_home(Path(os.environ["STAMGAST_HOME"]))
    from django.db import connection

    print(f"\n{connection.vendor}")
    people = fill(asked.members)
    parts = asked.parts.split(",")
    if POSTGRESQL:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE SEQUENCE IF NOT EXISTS bench_sequence START 1000000000 CACHE 100"
            )
            cursor.execute(BARE)
    if POSTGRESQL and "rates" in parts:
        beside_bare_rows(people, asked.seconds)
    cost = processor_time(people, asked.times) if POSTGRESQL and "cpu" in parts else {}
    if POSTGRESQL and "hordak" in parts:
        beside_hordak(people, asked.seconds, cost)
    if not POSTGRESQL and "batch" in parts:
        batch_door(asked.batch)
    if not POSTGRESQL and "threads" in parts:
        sixteen_threads(people, asked.seconds)
    if "flat" in parts:
        flat_history(people, asked.history)
    if "http" in parts:
        over_http(asked.seconds, asked.members)


def beside(figure: float, bar: float, *, most: bool = False) -> str:
    """Say how a figure stands to its bar: at least, or at most."""
    holds = figure <= bar if most else figure >= bar
    return f"(bar: {'at most' if most else 'at least'} {bar:g}; {'holds' if holds else 'NOT YET'})"


def fill(count: int) -> list[Person]:
    """Make members with points; returns wallet, member, customer and a lot of each."""
    from stamgast.customers.models import Customer
    from stamgast.loyalty.actions import Grant, add_rule, grant_many, set_programme, start_programme
    from stamgast.loyalty.models import Member, PointsLot, Wallet, WebhookEndpoint

    then = AT - timedelta(days=1)
    start_programme(at=then, by="bench")
    set_programme(at=then, by="bench", pending_days=0, hold_minutes=60)
    add_rule(at=then, by="bench", name="A point per euro", kind="per_amount", points=1)
    WebhookEndpoint.objects.create(url="https://shop.example/hook", secret="whsec_x", made_at=then)
    customers = Customer.objects.bulk_create(
        Customer(made_at=then, changed_at=then) for _ in range(count)
    )
    members = Member.objects.bulk_create(
        Member(customer=one, code=f"B{one.pk}", ref=f"M-{one.pk}", joined_at=then)
        for one in customers
    )
    Wallet.objects.bulk_create(
        Wallet(member=member, kind=kind) for member in members for kind in Wallet.Kind.values
    )
    grants = [Grant(member, 1_000_000, f"start:{member.pk}") for member in members]
    grant_many(grants, at=then, by="bench", reason="to start with")
    wallets = dict(Wallet.objects.filter(kind="spendable").values_list("member_id", "pk"))
    lots = dict(PointsLot.objects.values_list("wallet_id", "pk"))
    return [(wallets[m.pk], m.pk, m.customer_id, lots[wallets[m.pk]]) for m in members]


# --- PostgreSQL --------------------------------------------------------------------------------------


def beside_bare_rows(people: list[Person], seconds: float) -> None:
    """Print safe operations a second, beside the same rows without logic; two slices of each, in turns."""
    print(f"{'clients':>7} {'':>13} {'safe':>7} {'one call':>9} {'by table':>9}   safe / one call")
    for clients in (1, 4, 16):
        for whom, chosen, bar in (("many members", people, 0.7), ("one member", people[:1], 0.6)):
            rates = dict.fromkeys(("safe", "bare", "plain"), 0.0)
            for turn in range(2):
                for name, act in (("safe", safe), ("bare", bare), ("plain", plain)):
                    rates[name] += rate(
                        act, chosen, clients, seconds, f"{name}{clients}{whom}{turn}"
                    )
            share = rates["safe"] / rates["bare"]
            print(
                f"{clients:>7} {whom:>13} {rates['safe'] / 2:>7.0f} {rates['bare'] / 2:>9.0f} "
                f"{rates['plain'] / 2:>9.0f}   {share:.2f} {beside(share, bar)}",
                flush=True,
            )


def rate(
    act: Callable[..., None], people: list[Person], clients: int, seconds: float, name: str
) -> float:
    """Return how often clients, each a process, did it in a second."""
    from django.db import connection

    connection.close()
    with multiprocessing.get_context("fork").Pool(clients) as pool:
        work = [(act, people, seconds, f"{name}:{client}") for client in range(clients)]
        return sum(pool.starmap(_client, work, chunksize=1)) / seconds


def _client(act: Callable[..., None], people: list[Person], seconds: float, name: str) -> int:
    dice = random.Random(name)
    until = time.perf_counter() + seconds
    for number in itertools.count():
        if time.perf_counter() >= until:
            return number
        act(people[dice.randrange(len(people))], number, name)
    return 0


def processor_time(people: list[Person], times: int) -> dict[str, float]:
    """Compare what operations cost the processor, here and in the server: that is so on a busy machine too."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        place = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not place.exists():
        print("processor time: the server runs elsewhere")
        return {}

    def spent() -> tuple[float, float]:
        fields = place.read_text().rpartition(")")[2].split()
        return time.process_time(), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    cost = {}
    acts = {"safe": safe, "one call": bare, "by table": plain, "safe, no reply": alone}
    for name, act in acts.items():
        before = spent()
        for number in range(times):
            act(people[number % len(people)], number, f"cpu:{name}")
        here, there = (now - then for now, then in zip(spent(), before, strict=True))
        cost[name] = (here + there) / times
        print(
            f"processor time, {name}: {1e6 * here / times:.0f} µs here and "
            f"{1e6 * there / times:.0f} µs in the server",
            flush=True,
        )
    share = cost["one call"] / cost["safe"]
    print(f"processor time: safe does {share:.2f} of one call's work a second {beside(share, 0.7)}")
    return cost


def beside_hordak(people: list[Person], seconds: float, cost: dict[str, float]) -> None:
    """Time django-hordak's transfer of two legs in turns with ours, on the same server."""
    if find_spec("hordak") is None:
        print("django-hordak is not installed: requirements/bench.txt holds it")
        return
    from points_ledger import sql

    program = Path(__file__).with_name("points_hordak.py")
    server, _, ours_name = os.environ["STAMGAST_DATABASE_URL"].rpartition("/")
    ours = bare_key = theirs = processor = 0.0
    for turn in range(2):
        name = f"{ours_name}_hordak_{turn}"
        ours += rate(safe, people, 1, seconds, f"hordak{turn}") / 2
        bare_key += rate(alone, people, 1, seconds, f"alone{turn}") / 2
        sql(server, f'CREATE DATABASE "{name}"')
        try:
            told = subprocess.run(
                [sys.executable, str(program), str(seconds), f"{server}/{name}"],
                capture_output=True,
                text=True,
                check=True,
            )
        finally:
            sql(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        per_second, each = map(float, told.stdout.split())
        theirs, processor = theirs + per_second / 2, processor + each / 2
    print(
        f"1 client: django-hordak {theirs:.0f} a second; safe {ours:.0f}: {ours / theirs:.1f} times "
        f"{beside(ours / theirs, 5)}; safe without a reply, as hordak has none, {bare_key:.0f}: "
        f"{bare_key / theirs:.1f} times"
    )
    if cost:
        print(
            f"processor time of a transfer there: {1e6 * processor:.0f} µs, which is "
            f"{processor / cost['safe']:.1f} times safe, {processor / cost['safe, no reply']:.1f} "
            f"times safe without a reply, and {processor / cost['one call']:.1f} times one call that "
            "writes the rows of safe without any logic: no more can be had with these rows"
        )


# --- SQLite ------------------------------------------------------------------------------------------


def batch_door(operations: int) -> None:
    """Grant points to many through the batch door."""
    from stamgast.loyalty.actions import Grant, grant_many
    from stamgast.loyalty.models import Member

    members = list(Member.objects.all())
    grants = [Grant(members[n % len(members)], 10, f"batch:{n}") for n in range(operations)]
    began, processor = time.perf_counter(), time.process_time()
    results = grant_many(grants, at=AT, by="bench", reason="a bulk grant")
    took, processor = time.perf_counter() - began, time.process_time() - processor
    assert len(results) == len(grants)
    print(
        f"batch door: {len(grants) / took:.0f} grants a second "
        f"{beside(round(len(grants) / took), 10_000)}; "
        f"{len(grants) / processor:.0f} per second of the processor",
        flush=True,
    )


def sixteen_threads(people: list[Person], seconds: float) -> None:
    """Time single operations of 16 threads, in turns with threads that commit one bare row each."""
    took: dict[str, list[float]] = {"safe": [], "one bare row": []}
    for turn in range(2):
        for name, act in (("safe", safe), ("one bare row", one_row)):
            took[name] += _threads(act, people, seconds, f"{name}:{turn}")
    for name, values in took.items():
        print(
            f"16 threads, {name}: {len(values) / 2 / seconds:.0f} a second, median "
            f"{1000 * percentile(values, 0.5):.1f} ms, 95th percentile "
            f"{1000 * percentile(values, 0.95):.1f} ms"
            + (
                f" {beside(1000 * percentile(values, 0.95), 50, most=True)}"
                if name == "safe"
                else ""
            ),
            flush=True,
        )


def _threads(
    act: Callable[..., None], people: list[Person], seconds: float, name: str
) -> list[float]:
    took: list[float] = []
    until = time.perf_counter() + seconds

    def work(name: str) -> None:
        from django.db import connection

        dice = random.Random(name)
        for number in itertools.count():
            began = time.perf_counter()
            if began >= until:
                break
            act(people[dice.randrange(len(people))], number, name)
            took.append(time.perf_counter() - began)
        connection.close()

    threads = [threading.Thread(target=work, args=[f"{name}:t{n}"]) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


# --- both --------------------------------------------------------------------------------------------


def flat_history(people: list[Person], most: int) -> None:
    """Compare a member of very many entries with one of 100."""
    from django.db import connection

    from stamgast.loyalty.balances import balance_of
    from stamgast.loyalty.book import NewLot, Operation, post, post_many
    from stamgast.loyalty.models import Member

    long, short = people[-1], people[-2]
    for person, entries in ((long, most), (short, 100)):
        _, member, customer, _ = person
        for start in range(0, entries, 2_000):
            operations = []
            for number in range(start, min(start + 2_000, entries)):
                key = f"flat:{member}:{number}"
                about = {"member": member, "customer": customer, "at": AT, "key": key}
                lot = NewLot(10, AT, AT + timedelta(days=100))
                operations.append(
                    Operation(do="issue", kind="earn", points=10, lots=(lot,), **about)  # type: ignore[arg-type]
                    if number % 2
                    else Operation(do="spend", kind="spend", points=10, **about)  # type: ignore[arg-type]
                )
            post_many(operations)
    with connection.cursor() as cursor:
        # As PostgreSQL does by itself, within minutes of so many changes.
        cursor.execute("VACUUM ANALYZE" if POSTGRESQL else "ANALYZE")
    both = [Member.objects.get(pk=person[1]) for person in (long, short)]
    read = in_turns(*[lambda m=m: balance_of(m, as_of=AT) for m in both], times=200)
    numbers = itertools.count()

    def spend(member: Member) -> None:
        key = f"flat:spend:{next(numbers)}"
        about = {"member": member.pk, "customer": member.customer_id, "at": AT, "key": key}
        post(Operation(do="spend", kind="spend", points=10, **about))  # type: ignore[arg-type]

    spent = in_turns(*[lambda m=m: spend(m) for m in both], times=300)
    for what, (of_long, of_short) in (("balance", read), ("spending", spent)):
        print(
            f"{what}: {1000 * of_long:.2f} ms at {most:,} entries, {1000 * of_short:.2f} ms at 100: "
            f"{of_long / of_short:.2f} times {beside(of_long / of_short, 1.2, most=True)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
