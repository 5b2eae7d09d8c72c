"""A mail provider on loopback: takes mail over its own interface, refuses, fails and dawdles as told."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

# What each provider answers to one message that it takes, with the fields of its documentation.
TAKES: dict[str, Callable[[str], tuple[int, Any]]] = {
    "postmark": lambda to: (
        200,
        {
            "To": to,
            "SubmittedAt": "2026-11-20T09:00:00.0+00:00",
            "MessageID": "0a129aee-e1cd-480d-b08d-4f48548ff48d",
            "ErrorCode": 0,
            "Message": "OK",
        },
    ),
    "mailgun": lambda to: (
        200,
        {"id": "<20261120.1@shop.example>", "message": "Queued. Thank you."},
    ),
    "brevo": lambda to: (201, {"messageId": "<202611200900.1@smtp-relay.mailin.fr>"}),
    "mailjet": lambda to: (
        200,
        {
            "Messages": [
                {
                    "Status": "success",
                    "CustomID": "",
                    "To": [
                        {
                            "Email": to,
                            "MessageUUID": "124",
                            "MessageID": 20547681647433000,
                            "MessageHref": "https://api.mailjet.com/v3/message/20547681647433000",
                        }
                    ],
                    "Cc": [],
                    "Bcc": [],
                }
            ]
        },
    ),
    "sparkpost": lambda to: (
        200,
        {
            "results": {
                "total_rejected_recipients": 0,
                "total_accepted_recipients": 1,
                "id": "11668787484950529",
            }
        },
    ),
    "resend": lambda to: (200, {"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}),
}


class Desk:
    """What came in, and what the provider answers next."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[tuple[str, dict[str, str], Any]] = []  # path, headers, and what was said
        self.answers: list[tuple[int, Any] | float] = []  # the next ones; a number: so many seconds

    def answer(self, to: str) -> tuple[int, Any]:
        told = self.answers.pop(0) if self.answers else None
        if isinstance(told, float):
            time.sleep(told)
            told = None
        return TAKES[self.name](to) if told is None else told


def _said(handler: BaseHTTPRequestHandler) -> Any:
    body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    if handler.headers.get_content_type() == "application/json":
        return json.loads(body)
    return {name: values[0] for name, values in parse_qs(body.decode()).items()}


@contextmanager
def open_desk(name: str) -> Iterator[tuple[Desk, str]]:
    """Run the provider while the block runs; gives its desk, and its address for our settings."""
    desk = Desk(name)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = _said(self)
            desk.asked.append((self.path, dict(self.headers), said))
            to = re.search(r"\w+@example\.nl", json.dumps(said))
            status, words = desk.answer(to[0] if to else "")
            body = json.dumps(words).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # who asked went away meanwhile
                return

        def log_message(self, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        user = {"mailgun": "shop.example", "mailjet": "public-key"}.get(name, "")
        yield desk, f"{name}://{user}:secret-key@127.0.0.1:{server.server_port}/?tls=off"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
