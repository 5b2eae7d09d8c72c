"""A real mail server on loopback that takes, refuses, puts off, dawdles and hangs up as it is told."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

# What the server does with a recipient: an answer instead of taking it, or None to take it.
Answer = str | None


class Mailbox:
    """What came in, in the order in which the server said yes to it."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.envelopes: list[tuple[str, str]] = []  # from and to
        self.connections = 0
        self.on_sender: Callable[[str], Answer] = lambda sender: None
        self.on_recipient: Callable[[str], Answer] = lambda to: None
        self.on_content: Callable[[str], Answer] = lambda to: None
        # After the content is in: "cut" takes nothing and hangs up, "take and cut" takes it first.
        self.on_end: Callable[[str], str] = lambda to: ""
        self.seconds = 0.0
        self.is_down = False  # who is connected is hung up on before the next message

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.is_down:
            server.transport.abort()
            return "421 gone"
        if (no := self.on_sender(address)) is not None:
            return no
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if (no := self.on_recipient(address)) is not None:
            return no
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        to = envelope.rcpt_tos[0]
        if self.seconds:
            await asyncio.sleep(self.seconds)
        end = self.on_end(to)
        if end == "cut":
            server.transport.abort()
            return "421 gone"
        if (no := self.on_content(to)) is not None:
            return no
        self.received.append((to, envelope.content))
        self.envelopes.append((envelope.mail_from, to))
        if end == "take and cut":
            server.transport.abort()
        return "250 2.0.0 taken"

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.received]

    def message(self, number: int = -1) -> EmailMessage:
        found = email.message_from_bytes(self.received[number][1], policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


class Open(Controller):
    """Listens on a free port of loopback."""

    def __init__(self, mailbox: Mailbox, **options: Any) -> None:
        super().__init__(mailbox, hostname="127.0.0.1", port=0, **options)

    def _trigger_server(self) -> None:
        """Know the port that was given out before the check that it answers."""
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def go_down(self) -> None:
        """Answer nobody any more; a message that is being taken is taken to the end."""
        assert self.server is not None
        self.handler.is_down = True
        self.loop.call_soon_threadsafe(self.server.close)

    def come_back(self) -> None:
        """Listen again at the same port."""
        self.server = asyncio.run_coroutine_threadsafe(self._create_server(), self.loop).result()
        self.handler.is_down = False


@contextmanager
def listening(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """Run the server while the block runs; gives its port."""
    server = Open(mailbox, **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop(no_assert=True)
