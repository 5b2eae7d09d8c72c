"""Another program that hears of contacts: a real server on loopback, as the shop's own would be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stamgast.loyalty.models import WebhookEndpoint


class Receiver:
    """What it heard, and what it answers: a status, or 0 to hang up after it read everything."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 202
        mine = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                mine.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
                if not mine.status:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(mine.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    @property
    def told(self) -> list[dict[str, Any]]:
        """What was told, in order."""
        return [json.loads(body)["data"] for _, body in self.heard]


@contextmanager
def listening() -> Iterator[Receiver]:
    """Let a receiver listen for as long as it is asked for."""
    one = Receiver()
    threading.Thread(target=one.server.serve_forever, daemon=True).start()
    try:
        yield one
    finally:
        one.server.shutdown()
        one.server.server_close()


def is_signed(endpoint: WebhookEndpoint, headers: dict[str, str], body: bytes) -> bool:
    """Check a signature as the Standard Webhooks scheme says, from its secret alone."""
    secret = base64.b64decode(endpoint.secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    proof = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{proof}"
