"""How fast pages answer when eight people use them at once, on a base of 100,000 customers.

Starts the server as a shop does (`stamgast serve`, with as many processes as it chooses or
`--processes` says) or, with `--workers`, as one on several machines does (gunicorn), signs everybody in,
and then lets eight callers ask for each page in turn.
Prints the median and the 95th percentile per page; the peer is a page that does nothing but sign-in and
template (the words page), in the same run. The callers share the processors with the server.

    python bench/pages.py [--customers 100000] [--orders 1000000] [--calls 400] [--processes 1]
"""

from __future__ import annotations

import argparse
import http.cookiejar
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from shop_of_size import END, fill, open_home

CALLERS = 8
EMAIL, PASSWORD = "bench@stamgast.example", "kade-molen-ketel-42"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--customers", type=int, default=100_000)
    options.add_argument("--orders", type=int, default=1_000_000)
    options.add_argument("--calls", type=int, default=400, help="per page, over all callers")
    options.add_argument("--home", type=Path, help="a home to fill once and use again")
    options.add_argument("--processes", type=int, help="of `stamgast serve`; else as it chooses")
    options.add_argument("--workers", type=int, help="of gunicorn, instead of `stamgast serve`")
    given = options.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="pages-"))
    try:
        open_home(home)
        if not is_filled():
            fill(given.customers, given.orders)
            score = [sys.executable, "-m", "stamgast", "score", "--as-of", END.isoformat()]
            subprocess.run(score, check=True, stdout=subprocess.DEVNULL)
        add_user()
        measure(home, given)
    finally:
        if given.home is None:
            shutil.rmtree(home)


def is_filled() -> bool:
    from stamgast.scoring.models import Run

    return Run.objects.exists()


def add_user() -> None:
    from stamgast.staff.actions import make_user
    from stamgast.staff.models import User

    if not User.objects.filter(email=EMAIL).exists():
        make_user(email=EMAIL, name="Bench", role="admin", password=PASSWORD, at=datetime.now(UTC))


def measure(home: Path, given: argparse.Namespace) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if given.workers:
        command = [sys.executable, "-m", "gunicorn", "stamgast.wsgi", "--threads", "4"]
        command += ["--workers", str(given.workers), "--bind", f"127.0.0.1:{port}"]
    else:
        command = [sys.executable, "-m", "stamgast", "serve", "--port", str(port), "--no-work"]
        if given.processes:
            command += ["--processes", str(given.processes)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_until_up(base)
        pages = {
            "words (peer)": lambda dice: "/words",
            "dashboard": lambda dice: "/",
            "list": lambda dice: "/customers?" + dice.choice(LISTS),
            "search": lambda dice: "/customers?q=" + urllib.parse.quote(search_for(dice, given)),
            "customer": lambda dice: f"/customers/{dice.randint(1, given.customers)}",
        }
        print(f"customers={given.customers} orders={given.orders} callers={CALLERS}", end=" ")
        print(f"gunicorn={given.workers}" if given.workers else f"processes={processes(given)}")
        for name, page in pages.items():
            times = sorted(call_many(base, page, given.calls))
            middle, high = times[len(times) // 2], times[int(len(times) * 0.95)]
            print(
                f"{name:14} p50_ms={middle * 1000:.0f} p95_ms={high * 1000:.0f} calls={len(times)}"
            )
    finally:
        server.terminate()
        server.wait(10)


def processes(given: argparse.Namespace) -> int:
    from stamgast.serving import processes_that_suit

    return given.processes or processes_that_suit()


LISTS = ("", "stage=drifting", "stage=active&sort=last_day", "sort=-margin", "page=40")


def search_for(dice: random.Random, given: argparse.Namespace) -> str:
    number = dice.randint(1, given.customers)
    kinds = (
        f"klant{number}@",
        f"naam{number % 7919}",
        f"06{number:08d}",
        f"{1000 + number % 9000}AB",
    )
    return dice.choice(kinds)


def signed_in(base: str) -> urllib.request.OpenerDirector:
    cookies = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    opener.open(base + "/sign-in").read()
    token = next(cookie.value for cookie in cookies if cookie.name == "csrftoken")
    form = {"email": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = opener.open(base + "/sign-in", urllib.parse.urlencode(form).encode())
    assert "/sign-in" not in answer.url, "signing in failed"
    return opener


def call_many(base: str, page: object, calls: int) -> list[float]:
    times: list[float] = []
    everybody = threading.Barrier(CALLERS)

    def call(seed: int) -> None:
        dice, opener = random.Random(seed), signed_in(base)
        everybody.wait()  # checking a password is made to be slow
        for _ in range(calls // CALLERS):
            began = time.perf_counter()
            answer = opener.open(base + page(dice))  # type: ignore[operator]
            shown = answer.read()
            times.append(time.perf_counter() - began)
            assert "/sign-in" not in answer.url, "signed out"
            assert b'<main id="main"' in shown, "no page"

    callers = [threading.Thread(target=call, args=(seed,)) for seed in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return times


def wait_until_up(base: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(base + "/sign-in").read()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
