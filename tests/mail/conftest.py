"""What the tests of mail share: a server on loopback, and a shop that sends through it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from mail.mailbox import Mailbox, listening
from stamgast.mail.actions import change_brand, change_mail_settings
from stamgast.staff.actions import change_shop


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    with listening(mailbox) as port:
        yield port


def set_up(port: int, at: datetime, **changes: Any) -> None:
    """Let the shop send through the server of this port, at any hour and as much as it can."""
    change_shop(at=at, name="Koffiehuis", language="nl")
    change_brand(
        at=at,
        sender_name="Koffiehuis",
        sender_address="post@shop.example",
        reply_address="vragen@shop.example",
        bounce_address="terug@shop.example",
        postal_address="Kerkstraat 1, Utrecht",
    )
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "public_address": "https://post.shop.example",
        "most_per_minute": 0,
        "most_contacts": 0,
        **changes,
    }
    change_mail_settings(at=at, **settings)


@pytest.fixture
def shop(db: None, port: int, at: datetime, home: object) -> int:
    """A shop whose mail goes to the server on loopback."""
    set_up(port, at)
    return port
