"""The part of bench/points_ledger.py over HTTP: quotes, and purchases held and committed."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.request
from typing import Any

from points_ledger import percentile
from points_ledger_rows import AT


def over_http(seconds: float, members: int) -> None:
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
            took = _callers(name, base, plain_key, 2 * seconds, members)
            print(
                f"HTTP {name}: {len(took) / 2 / seconds:.0f} a second by 8 callers, median "
                f"{1000 * percentile(took, 0.5):.0f} ms, 99th percentile "
                f"{1000 * percentile(took, 0.99):.0f} ms",
                flush=True,
            )
    finally:
        server.terminate()
        server.wait()


def _callers(name: str, base: str, plain_key: str, seconds: float, members: int) -> list[float]:
    took: list[float] = []
    until = time.perf_counter() + seconds

    def work(caller: int) -> None:
        for number in itertools.count():
            if time.perf_counter() >= until:
                return
            member = f"M-{1 + (caller * 7919 + number * 31) % members}"
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
