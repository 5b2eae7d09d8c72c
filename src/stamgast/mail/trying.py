"""Trying a mail server out for a colleague: every step, and honestly what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stamgast.mail import server as servers
from stamgast.mail.connecting import connection_to
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.letter import Letter, Stationery, addressed, body_of
from stamgast.mail.models import Message
from stamgast.mail.rendering import render
from stamgast.mail.rules import in_ascii


@dataclass(frozen=True, slots=True)
class Tried:
    """How it went: "taken", or the code of what went wrong with the server's own words."""

    code: str
    words: str = ""


def try_server(
    server: servers.Server | None,
    with_: Stationery,
    *,
    to: str,
    language: str,
    text: str,
    at: datetime,
) -> Tried:
    """Hand one message to a colleague over at once, past the outbox, and say how it went."""
    if server is None:
        return Tried("no_server")
    if not with_.brand.sender_address:
        return Tried("no_sender")
    content = Content(((language, Version(subject=text, blocks=(Block("text", text=text),))),))
    said = render(content, {}, [language], with_.look)
    letter = Letter(said.subject, body_of(said, "stamgast-try"), (("MIME-Version", "1.0"),))
    connection = connection_to(server)
    try:
        connection.open()
        address = in_ascii(to)
        message = addressed(letter, Message(pk=0), with_, to=address, name="", at=at)
        answer = connection.send(sender=with_.brand.sender_address, to=address, content=message)
    except servers.Trouble as trouble:
        return Tried(trouble.code, trouble.words)
    except servers.Lost as lost:
        return Tried("connection_lost", str(lost))
    except ValueError:
        return Tried("recipient_refused", to)
    finally:
        connection.close()
    if answer.is_yes:
        return Tried("taken", answer.shown)
    return Tried(f"{answer.stage}_refused", answer.shown)
