"""Bring a shop's customers, products and orders to Stamgast, again and again, through the API.

    STAMGAST_KEY=sg_test_... python examples/sync_shop.py http://127.0.0.1:8000 examples/shop

The folder holds customers.csv, products.csv and orders.csv (one row per order line), as any shop
can write them every night. Run it as often as you like: what did not change is answered
"unchanged". Needs nothing but Python 3.11; take it as a beginning for your own.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

AT_ONCE = 500  # items per request; the API takes up to 1,000
TRIES = 5


class Stamgast:
    """The API of one shop."""

    def __init__(self, address: str, key: str) -> None:
        self.address, self.key = address.rstrip("/"), key

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request and return its answer; waits and tries again when the other is busy.

        Trying again is safe, because the same sent twice changes nothing.
        """
        request = urllib.request.Request(
            f"{self.address}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": "application/json",
            },
        )
        for attempt in range(1, TRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code != 503 or attempt == TRIES:
                    raise SystemExit(f"{method} {path}: {_told(error)}") from None
            except OSError as error:  # nobody there, or the line broke
                if attempt == TRIES:
                    raise SystemExit(f"{method} {path}: {error}") from None
            time.sleep(2**attempt)
        raise AssertionError("not reached")

    def send(self, noun: str, items: list[dict[str, Any]]) -> int:
        """Send many of a kind, say what became of them, and return how many were refused."""
        counts = {"made": 0, "changed": 0, "unchanged": 0, "refused": 0}
        for start in range(0, len(items), AT_ONCE):
            answer = self.call("POST", f"/bulk/{noun}", {"items": items[start : start + AT_ONCE]})
            for outcome in counts:
                counts[outcome] += answer[outcome]
            for item in answer["items"]:
                if item["problem"]:
                    print(f"  {item['key']}: {_why(item['problem'])}")
        print(f"{noun}: " + ", ".join(f"{n} {outcome}" for outcome, n in counts.items()))
        return counts["refused"]


def _told(error: urllib.error.HTTPError) -> str:
    """Return what a problem says."""
    try:
        return f"{error.code} {_why(json.load(error))}"
    except ValueError:
        return f"{error.code} {error.reason}"


def _why(problem: dict[str, Any]) -> str:
    fields = "; ".join(f"{one['field']}: {one['detail']}" for one in problem["fields"])
    return fields or problem["detail"]


def rows(file: Path) -> Iterator[dict[str, str]]:
    """Read a CSV file, and leave out what is empty."""
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield {name: value for name, value in row.items() if value}


def orders(file: Path) -> Iterator[dict[str, Any]]:
    """Read orders: rows with one number are the lines of one order."""
    for number, group in groupby(rows(file), key=lambda row: row["number"]):
        lines = list(group)
        head = lines[0]
        yield {
            "number": number,
            "ordered_at": head["ordered_at"],
            "currency": head["currency"],
            "is_vat_included": True,
            "customer": {"key": head["customer"]} if "customer" in head else None,
            "lines": [
                {name: line[name] for name in ("sku", "quantity", "unit_price") if name in line}
                for line in lines
            ],
        }


def main() -> int:
    """Send everything; ends with 1 when something was refused."""
    key = os.environ.get("STAMGAST_KEY", "")
    if len(sys.argv) != 3 or not key:
        print(__doc__)
        return 2
    stamgast, folder = Stamgast(sys.argv[1], key), Path(sys.argv[2])
    me = stamgast.call("GET", "/me")
    print(f"To {me['shop'] or 'the shop'} as “{me['name']}”", end="")
    print("." if me["is_live"] else ", a test key: nothing is kept.")
    refused = stamgast.send("customers", list(rows(folder / "customers.csv")))
    refused += stamgast.send("products", list(rows(folder / "products.csv")))
    refused += stamgast.send("orders", list(orders(folder / "orders.csv")))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
