"""A small till that lives through orders over a line that breaks at every step.

    STAMGAST_KEY=sg_live_... python examples/till.py http://127.0.0.1:8000

Every request is sent, and the line cut before the answer is read; then it is sent again with the same
Idempotency-Key, as a till does that does not know whether it was heard. Purchases are quoted, held,
committed, returned in parts or as a whole, released, or told of at once. The till keeps its own
books of what a member should have, and in the end holds them against the shop's.

It makes a customer and a member of its own, with a new name each run. Needs nothing but Python 3.11
and a key that may write customers and points; take it as a beginning for your own.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

START = 100_000  # points that the member begins with
LINES = [{"sku": "ESP-1000", "amount": "60.00"}, {"sku": "CUP-2", "amount": "40.00"}]
SPEND = 500  # points on such a purchase, at a cent each
EARNED = 95  # of what is left of it, at a point per euro


@dataclass
class Shop:
    """The API of one shop, behind a line that breaks."""

    address: str
    key: str
    cut: int = 0  # how often the line broke
    replayed: int = 0  # how often we heard that it was done before

    def call(self, method: str, path: str, body: Any = None, *, name: str) -> Any:
        """Send a request, lose its answer, and send it again under the same name."""
        self._cut_off(method, path, body, name)
        status, heads, told = self._send(method, path, body, name)
        self.replayed += heads.get("Idempotency-Replayed") == "true"
        if status >= 400:
            raise SystemExit(f"{method} {path}: {status} {told}")
        return told

    def look(self, path: str) -> Any:
        """Read something."""
        return self._send("GET", path, None, "")[2]

    def _cut_off(self, method: str, path: str, body: Any, name: str) -> None:
        line = self._line()
        self._say(line, method, path, body, name)
        time.sleep(random.random() * 0.05)  # sometimes before it is done, sometimes after
        line.close()
        self.cut += 1

    def _send(self, method: str, path: str, body: Any, name: str) -> tuple[int, Any, Any]:
        for attempt in range(1, 9):
            line = self._line()
            try:
                self._say(line, method, path, body, name)
                answer = line.getresponse()
                told = json.loads(answer.read() or b"null")
                if answer.status != 503:
                    return answer.status, dict(answer.getheaders()), told
            except OSError:
                if attempt == 8:
                    raise
            finally:
                line.close()
            time.sleep(0.2 * attempt)
        raise SystemExit(f"{method} {path}: still busy")

    def _line(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        return kind(parts.netloc, timeout=60)

    def _say(
        self, line: http.client.HTTPConnection, method: str, path: str, body: Any, name: str
    ) -> None:
        heads = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if name:
            heads["Idempotency-Key"] = name
        text = None if body is None else json.dumps(body)
        line.request(method, f"/api/v1{path}", body=text, headers=heads)


@dataclass
class Till:
    """Order lives of one member, and the till's own books of them."""

    shop: Shop
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    points: int = 0  # what the member should have, pending included

    @property
    def member(self) -> str:
        """The till's own name for the member."""
        return f"till-{self.run}"

    def begin(self) -> None:
        """Let a new customer take part, with some points."""
        customer = {"key": self.member}
        email = {"email": f"{self.member}@shop.example"}
        self.shop.call("PUT", f"/customers/{self.member}", email, name="")
        self.shop.call("PUT", f"/members/{self.member}", {"customer": customer}, name="")
        given = {"kind": "grant", "member": self.member, "points": START, "reason": "To begin with"}
        self.shop.call("POST", "/entries", given, name=f"{self.run}-begin")
        self.points = START

    def quote(self, spend: int) -> None:
        """Ask what a purchase would do."""
        told = self.shop.call("POST", "/quotes", self._cart(spend), name="")
        if (told["spend"], told["earns"]) != (spend, EARNED):
            raise SystemExit(f"quoted {told}")

    def hold(self, ref: str, spend: int) -> None:
        """Keep points apart for a purchase."""
        self.shop.call("PUT", f"/checkouts/{ref}", self._cart(spend), name=f"{ref}-hold")

    def commit(self, ref: str, spend: int) -> None:
        """The customer paid."""
        self.shop.call("POST", f"/checkouts/{ref}/commit", {}, name=f"{ref}-commit")
        self.points += EARNED - spend

    def release(self, ref: str) -> None:
        """The customer went away."""
        self.shop.call("POST", f"/checkouts/{ref}/release", {}, name=f"{ref}-release")

    def take_back(self, ref: str, spend: int, what: str) -> None:
        """Pieces, or all that is left, come back."""
        body: dict[str, Any] = {"return_ref": f"{ref}-{what}"}
        if what != "rest":
            body["lines"] = [{"sku": what, "quantity": "1"}]
        self.shop.call("POST", f"/checkouts/{ref}/returns", body, name=f"{ref}-back-{what}")
        share = {"ESP-1000": 60, "CUP-2": 40}.get(what, 0)
        self.points += share * spend // 100 - share * EARNED // 100

    def at_once(self, ref: str, spend: int) -> None:
        """Tell of an order that never was held."""
        body = {"ref": ref, **self._cart(spend)}
        self.shop.call("POST", "/checkouts", body, name=f"{ref}-order")
        self.points += EARNED - spend

    def live(self, number: int) -> None:
        """One order from quote to its end; five kinds take turns."""
        ref, spend = f"{self.run}-{number}", SPEND
        kind = number % 5
        if kind == 4:
            self.at_once(ref, spend)
            return
        self.quote(spend)
        self.hold(ref, spend)
        if kind == 0:
            self.release(ref)
            return
        self.commit(ref, spend)
        if kind in (2, 3):
            self.take_back(ref, spend, "CUP-2")
        if kind == 3:  # a refund of all that is left
            self.take_back(ref, spend, "ESP-1000")
            self.take_back_nothing_more(ref)

    def take_back_nothing_more(self, ref: str) -> None:
        """Sending back what came back already is refused, and changes nothing."""
        again = {"return_ref": f"{ref}-again", "lines": [{"sku": "CUP-2", "quantity": "1"}]}
        status, _, told = self.shop._send(
            "POST", f"/checkouts/{ref}/returns", again, f"{ref}-again"
        )
        if status != 409:
            raise SystemExit(f"took back twice: {told}")

    def _cart(self, spend: int) -> dict[str, Any]:
        return {"member": self.member, "currency": "EUR", "lines": LINES, "points": spend}


def main() -> None:
    """Live through some orders and compare the books."""
    if len(sys.argv) not in (2, 3) or "STAMGAST_KEY" not in os.environ:
        raise SystemExit(__doc__)
    orders = int(sys.argv[2]) if len(sys.argv) == 3 else 20
    shop = Shop(sys.argv[1].rstrip("/"), os.environ["STAMGAST_KEY"])
    till = Till(shop)
    till.begin()
    for number in range(orders):
        till.live(number)
    told = shop.look(f"/members/{till.member}")
    has = told["available"] + told["pending"] + told["reserved"] - told["owed"]
    print(f"{orders} orders, the line cut {shop.cut} times, {shop.replayed} answers heard twice.")
    print(f"The till counts {till.points} points, the shop {has}.")
    if has != till.points or told["reserved"]:
        raise SystemExit("The books differ.")


if __name__ == "__main__":
    main()
