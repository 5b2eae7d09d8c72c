"""The part of bench/points_ledger.py that runs on one database: started by it, once per database."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from points_ledger import in_turns, percentile
from shop_of_size import open_home

MEMBERS = 2_000
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
POSTGRESQL = bool(os.environ.get("STAMGAST_DATABASE_URL"))

# Writes the rows of an earning or a spending, and decides nothing.
BARE = """
CREATE OR REPLACE FUNCTION bench_rows(
    is_earning boolean, wallet bigint, member bigint, customer bigint, lot bigint, key_ text, at_ timestamptz
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE e bigint;
BEGIN
    INSERT INTO stamgast_entry (key, digest, kind, member_id, sequence, at, points, by, reason, ref, rules)
    VALUES (key_, '0123456789abcdef0123456789abcdef', 'earn', member,
            nextval('bench_sequence'), at_, 10, 'bench', '', '', '[]') RETURNING id INTO e;
    INSERT INTO stamgast_webhookdelivery
        (endpoint_id, member_id, entry_id, sequence, status, attempts, next_at, answer)
    VALUES (1, member, e, e + 1000000000, 'waiting', 0, at_, '');
    INSERT INTO stamgast_event (kind, at, actor, subject, subject_id, facts, is_historic)
    VALUES ('points_earned', at_, 'bench', 'customer', customer, '{"entry": 1, "points": 10}', false);
    IF is_earning THEN
        INSERT INTO stamgast_pointslot (wallet_id, entry_id, granted, remaining, held, expired,
            granted_at, activates_at, expires_at, is_active, does_forgive)
        VALUES (wallet, e, 10, 10, 0, 0, at_, at_, at_ + interval '1 year', true, false);
    ELSE
        INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired) VALUES (lot, e, -1, 0, 0);
        UPDATE stamgast_pointslot SET granted_at = at_ WHERE id = lot;
    END IF;
    INSERT INTO stamgast_leg (entry_id, wallet_id, account, points, after)
    VALUES (e, wallet, 'available', 10, 10), (e, wallet, 'issued', -10, -10);
    UPDATE stamgast_wallet SET at = at_ WHERE id = wallet;
    RETURN e;
END $$
"""
REPLY = "INSERT INTO stamgast_reply (key, digest, status, body, member_id, at) VALUES (%s, %s, 201, %s, %s, %s)"
BODY = json.dumps({"entries": [{"id": 1, "kind": "earn", "points": 10, "member": "M-1"}]})


def main() -> None:
    seconds = float(sys.argv[1])
    open_home(Path(os.environ["STAMGAST_HOME"]))
    from django.db import connection

    print(f"\n{connection.vendor}")
    people = fill()
    parts = sys.argv[2].split(",")
    if POSTGRESQL and "rates" in parts:
        beside_bare_rows(people, seconds)
    if POSTGRESQL and "cpu" in parts:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE SEQUENCE IF NOT EXISTS bench_sequence START 1000000000 CACHE 100"
            )
            cursor.execute(BARE)
        processor_time(people)
    if POSTGRESQL and "hordak" in parts:
        beside_hordak(people, seconds)
    if not POSTGRESQL and "batch" in parts:
        batch_door(people)
    if not POSTGRESQL and "threads" in parts:
        sixteen_threads(people, seconds)
    if "flat" in parts:
        flat_history(people)
    if "http" in parts:
        over_http(seconds)


def fill() -> list[tuple[int, int, int, int]]:
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
        Customer(made_at=then, changed_at=then) for _ in range(MEMBERS)
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


# --- operations ------------------------------------------------------------------------------------

Person = tuple[int, int, int, int]


def safe(person: Person, number: int, name: str) -> None:
    """Earn or spend through the book, with the stored reply, in one transaction."""
    from django.db import connection, transaction

    from stamgast.loyalty.book import NewLot, Operation, post

    _, member, customer, _ = person
    key = f"{name}:{number}"
    about = {"member": member, "customer": customer, "at": AT, "key": key, "by": "bench"}
    if number % 5 < 3:
        lot = NewLot(10, AT, AT + timedelta(days=365))
        operation = Operation(do="issue", kind="earn", points=10, lots=(lot,), **about)  # type: ignore[arg-type]
    else:
        operation = Operation(do="spend", kind="spend", points=10, **about)  # type: ignore[arg-type]
    with transaction.atomic():
        assert post(operation).is_new
        with connection.cursor() as cursor:
            cursor.execute(REPLY, [key, "d" * 64, BODY, member, AT])


def bare(person: Person, number: int, name: str) -> None:
    """Write the same rows without any logic, in one call and a transaction."""
    from django.db import connection, transaction

    wallet, member, customer, lot = person
    key = f"{name}:{number}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT bench_rows(%s, %s, %s, %s, %s, %s, %s)",
            [number % 5 < 3, wallet, member, customer, lot, key, AT],
        )
        cursor.execute(REPLY, [key, "d" * 64, BODY, member, AT])


def plain(person: Person, number: int, name: str) -> None:
    """Write the same rows by one statement per table, as one would without a function."""
    from django.db import connection, transaction

    wallet, member, customer, lot = person
    key, earns = f"{name}:{number}", number % 5 < 3
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stamgast_entry (key, digest, kind, member_id, sequence, at, points, by, reason,"
            " ref, rules) VALUES (%s, %s, 'earn', %s, nextval('bench_sequence'), %s, 10, 'bench', '', '',"
            " '[]') RETURNING id",
            [key, "d" * 32, member, AT],
        )
        entry = cursor.fetchone()[0]
        cursor.execute(
            "INSERT INTO stamgast_webhookdelivery (endpoint_id, member_id, entry_id, sequence, status,"
            " attempts, next_at, answer) VALUES (1, %s, %s, %s, 'waiting', 0, %s, '')",
            [member, entry, 10**9 + entry, AT],
        )
        cursor.execute(
            "INSERT INTO stamgast_event (kind, at, actor, subject, subject_id, facts, is_historic)"
            " VALUES ('points_earned', %s, 'bench', 'customer', %s, '{}', false)",
            [AT, customer],
        )
        if earns:
            cursor.execute(
                "INSERT INTO stamgast_pointslot (wallet_id, entry_id, granted, remaining, held, expired,"
                " granted_at, activates_at, expires_at, is_active, does_forgive)"
                " VALUES (%s, %s, 10, 10, 0, 0, %s, %s, %s, true, false)",
                [wallet, entry, AT, AT, AT + timedelta(days=365)],
            )
        else:
            cursor.execute(
                "INSERT INTO stamgast_lotuse (lot_id, entry_id, remaining, held, expired)"
                " VALUES (%s, %s, -1, 0, 0)",
                [lot, entry],
            )
            cursor.execute("UPDATE stamgast_pointslot SET granted_at = %s WHERE id = %s", [AT, lot])
        cursor.execute(
            "INSERT INTO stamgast_leg (entry_id, wallet_id, account, points, after)"
            " VALUES (%s, %s, 'available', 10, 10), (%s, %s, 'issued', -10, -10)",
            [entry, wallet, entry, wallet],
        )
        cursor.execute("UPDATE stamgast_wallet SET at = %s WHERE id = %s", [AT, wallet])
        cursor.execute(REPLY, [key, "d" * 64, BODY, member, AT])


# --- PostgreSQL --------------------------------------------------------------------------------------


def beside_bare_rows(people: list[Person], seconds: float) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE IF NOT EXISTS bench_sequence START 1000000000 CACHE 100")
        cursor.execute(BARE)
    print(
        "safe operations a second, beside the same rows without logic; each the sum of two slices"
    )
    print(f"{'':>18} {'safe':>8} {'one call':>9} {'ratio':>6} {'by table':>9} {'ratio':>6}")
    for clients in (1, 4, 16):
        for whom, chosen in (("many members", people), ("one member", people[:1])):
            rates = dict.fromkeys(("safe", "bare", "plain"), 0.0)
            for turn in range(2):
                for name, act in (("safe", safe), ("bare", bare), ("plain", plain)):
                    rates[name] += rate(
                        act, chosen, clients, seconds, f"{name}{clients}{whom}{turn}"
                    )
            row = f"{clients:>3} {whom:>14} {rates['safe'] / 2:>8.0f} {rates['bare'] / 2:>9.0f}"
            print(
                f"{row} {rates['safe'] / rates['bare']:>6.2f} {rates['plain'] / 2:>9.0f} "
                f"{rates['safe'] / rates['plain']:>6.2f}",
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


def processor_time(people: list[Person], times: int = 1_000) -> None:
    """Compare what operations cost the processor, here and in the server: that is so on a busy machine too."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        place = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not place.exists():
        print("processor time: the server runs elsewhere")
        return

    def spent() -> tuple[float, float]:
        fields = place.read_text().rpartition(")")[2].split()
        return time.process_time(), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    cost = {}
    for name, act in (("safe", safe), ("one call", bare), ("by table", plain)):
        before = spent()
        for number in range(times):
            act(people[number % len(people)], number, f"cpu:{name}")
        here, there = (now - then for now, then in zip(spent(), before, strict=True))
        cost[name] = here + there
        print(
            f"processor time, {name}: {1e6 * here / times:.0f} µs here and "
            f"{1e6 * there / times:.0f} µs in the server; rate beside it "
            f"{cost[name] / cost['safe']:.2f} times",
            flush=True,
        )


def beside_hordak(people: list[Person], seconds: float) -> None:
    """Time django-hordak's transfer of two legs in turns with ours, on the same server."""
    if find_spec("hordak") is None:
        print("django-hordak is not installed: requirements/bench.txt holds it")
        return
    from points_ledger import sql

    program = Path(__file__).with_name("points_hordak.py")
    server, _, ours_name = os.environ["STAMGAST_DATABASE_URL"].rpartition("/")
    ours = theirs = 0.0
    for turn in range(2):
        name = f"{ours_name}_hordak_{turn}"
        ours += rate(safe, people, 1, seconds, f"hordak{turn}")
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
        per_second, processor = map(float, told.stdout.split())
        theirs += per_second
    print(
        f"1 client: safe {ours / 2:.0f}, django-hordak {theirs / 2:.0f}: {ours / theirs:.1f} times; "
        f"a transfer there costs the processor {1e6 * processor:.0f} µs"
    )


# --- SQLite ------------------------------------------------------------------------------------------


def batch_door(people: list[Person]) -> None:
    from stamgast.loyalty.actions import Grant, grant_many
    from stamgast.loyalty.models import Member

    members = list(Member.objects.all())
    grants = [Grant(members[n % MEMBERS], 10, f"batch:{n}") for n in range(20_000)]
    began = time.perf_counter()
    results = grant_many(grants, at=AT, by="bench", reason="a bulk grant")
    took = time.perf_counter() - began
    assert len(results) == len(grants)
    print(f"batch door: {len(grants) / took:.0f} grants a second", flush=True)


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
            f"{1000 * percentile(values, 0.95):.1f} ms",
            flush=True,
        )


def one_row(person: Person, number: int, name: str) -> None:
    """Commit one row: what a transaction costs at least on this disk, at this moment."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REPLY, [f"{name}:{number}", "d" * 64, BODY, person[1], AT])


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


def flat_history(people: list[Person]) -> None:
    """Compare a member of 100,000 entries with one of 100."""
    from django.db import connection

    from stamgast.loyalty.book import NewLot, Operation, post, post_many
    from stamgast.loyalty.models import Member
    from stamgast.loyalty.queries import balance_of

    long, short = people[-1], people[-2]
    for person, entries in ((long, 100_000), (short, 100)):
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
        cursor.execute("ANALYZE")  # as PostgreSQL does by itself after so many new rows
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
            f"{what}: {1000 * of_long:.2f} ms at 100,000 entries, {1000 * of_short:.2f} ms at 100: "
            f"{of_long / of_short:.2f} times",
            flush=True,
        )


def over_http(seconds: float) -> None:
    """Ask a server for quotes, and hold and commit purchases, by eight callers."""
    import socket

    from stamgast.staff.actions import make_key, make_user
    from stamgast.staff.rules import SCOPES

    owner = make_user(email="bench@stamgast.example", name="Bench", role="admin", at=AT)
    _, plain_key = make_key("Bench", scopes=SCOPES, is_live=True, by=owner, at=AT)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "stamgast", "serve", "--port", str(port), "--no-work"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}/api/v1"
        _wait_until_up(base)
        for name in ("quote", "commit"):
            took = _callers(name, base, plain_key, 2 * seconds)
            print(
                f"HTTP {name}: {len(took) / 2 / seconds:.0f} a second by 8 callers, median "
                f"{1000 * percentile(took, 0.5):.0f} ms, 99th percentile "
                f"{1000 * percentile(took, 0.99):.0f} ms",
                flush=True,
            )
    finally:
        server.terminate()
        server.wait()


def _callers(name: str, base: str, plain_key: str, seconds: float) -> list[float]:
    took: list[float] = []
    until = time.perf_counter() + seconds

    def work(caller: int) -> None:
        for number in itertools.count():
            if time.perf_counter() >= until:
                return
            member = f"M-{1 + (caller * 7919 + number * 31) % MEMBERS}"
            basket: dict[str, Any] = {
                "member": member,
                "currency": "EUR",
                "lines": [{"sku": "A", "amount": "30.00"}],
                "points": 5,
            }
            ref = f"{name}-{caller}-{number}"
            if name == "quote":
                took.append(_ask("POST", f"{base}/quotes", basket, plain_key, ref))
            else:
                _ask("PUT", f"{base}/checkouts/{ref}", basket, plain_key, f"hold-{ref}")
                took.append(_ask("POST", f"{base}/checkouts/{ref}/commit", {}, plain_key, ref))

    threads = [threading.Thread(target=work, args=[caller]) for caller in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _ask(method: str, url: str, body: Any, plain_key: str, key: str) -> float:
    headers = {
        "Authorization": f"Bearer {plain_key}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    began = time.perf_counter()
    with urllib.request.urlopen(request) as response:
        response.read()
    return time.perf_counter() - began


def _wait_until_up(base: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{base}/openapi.json").read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not come up")


if __name__ == "__main__":
    main()
