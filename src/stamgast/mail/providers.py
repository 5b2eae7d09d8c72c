"""Handing mail to a provider over its own interface (HTTPS), by way of django-anymail.

A provider is talked to as a mail server is (`server.Connection`): one message at a time, with an answer
that says whether it was taken, and the same two ways of not knowing. What we cannot be sure of is
never sent again: a provider that fails half-way, or answers too late, may yet have it.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from importlib import import_module
from typing import Any

from django.core.mail import EmailMultiAlternatives

from stamgast.mail import links
from stamgast.mail.server import CONNECT_SECONDS, Answer, Lost, Server, Trouble

ANSWER_SECONDS = 60.0
MARK = "stamgast"  # under this name our mark travels, and comes back in a hook
# Of our own headers these mean something to a mailbox; the others a provider writes itself.
_HEADERS = ("List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted")
_NOT_NOW = frozenset({429, 503})
_NOT_US = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: its name, where its interface lies, and what it calls what it knows us by."""

    name: str
    module: str
    api: str
    knows: Callable[[Server], Mapping[str, Any]]
    follows: bool = True  # counts openings and clicks, unless it is told not to


PROVIDERS: Mapping[str, Provider] = {
    "brevo": Provider(
        "Brevo",
        "brevo",
        "https://api.brevo.com/v3/",
        lambda s: {"api_key": s.password},
        follows=False,
    ),
    "mailgun": Provider(
        "Mailgun",
        "mailgun",
        "https://api.mailgun.net/v3/",
        lambda s: {"api_key": s.password, "sender_domain": s.user or None},
    ),
    "mailgun_eu": Provider(
        "Mailgun (EU)",
        "mailgun",
        "https://api.eu.mailgun.net/v3/",
        lambda s: {"api_key": s.password, "sender_domain": s.user or None},
    ),
    "mailjet": Provider(
        "Mailjet",
        "mailjet",
        "https://api.mailjet.com/v3.1/",
        lambda s: {"api_key": s.user, "secret_key": s.password},
    ),
    "postmark": Provider(
        "Postmark",
        "postmark",
        "https://api.postmarkapp.com/",
        lambda s: {"server_token": s.password, "message_stream": s.user or None},
    ),
    "resend": Provider(
        "Resend",
        "resend",
        "https://api.resend.com/",
        lambda s: {"api_key": s.password},
        follows=False,
    ),
    "sparkpost": Provider(
        "SparkPost",
        "sparkpost",
        "https://api.sparkpost.com/api/v1/",
        lambda s: {"api_key": s.password},
    ),
    "sparkpost_eu": Provider(
        "SparkPost (EU)",
        "sparkpost",
        "https://api.eu.sparkpost.com/api/v1/",
        lambda s: {"api_key": s.password},
    ),
}


class ProviderConnection:
    """One session with a provider's interface, used for many messages."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._backend: Any = None
        self._said_no: Trouble | None = None

    @property
    def is_open(self) -> bool:
        return self._backend is not None

    def open(self) -> None:
        """Begin a session; raises Trouble once after the provider could not be used.

        So whoever sends rests, instead of trying the next message at once.
        """
        if self._said_no is not None:
            trouble, self._said_no = self._said_no, None
            raise trouble
        if self._backend is None:
            self._backend = _backend(self.server)
            self._backend.open()

    def send(self, *, sender: str, to: str, content: bytes) -> Answer:
        """Hand one message over and return the provider's answer.

        Raises Trouble when it cannot have been taken, Lost when nobody knows. `sender`, the address
        that mail comes back to, and `to`, which stands in the message, are the provider's business.
        """
        from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError

        self.open()
        message = _as_django(content, PROVIDERS[self.server.provider])
        try:
            self._backend.send_messages([message])
        except AnymailRecipientsRefused:
            status = message.anymail_status  # type: ignore[attr-defined]
            is_no_address = status.status == {"invalid"}
            words = "5.1.3 no such address" if is_no_address else "5.7.1 the provider refuses it"
            return Answer(550, words, "recipient")
        except AnymailRequestsAPIError as error:
            return self._refused(error)
        said = message.anymail_status  # type: ignore[attr-defined]
        if not said.status or not said.status <= {"sent", "queued"}:  # it says neither yes nor no
            self._stop(Lost("no answer"), Trouble("connection_lost"))
        known_as = str(said.message_id or "")
        return Answer(250, f"2.0.0 {self.server.provider} {known_as}".strip(), "content")

    def _refused(self, error: Any) -> Answer:
        """Return an answer that is about this message; raise what is about the provider."""
        status, words = error.status_code, _words(error)
        if status is None:
            self._stop(*_of_network(error))
        if status in _NOT_NOW:
            self._stop(Trouble("server_busy", words))
        if status in _NOT_US:
            self._stop(Trouble("sign_in_refused", words))
        if status < 300 or status >= 500:  # it may have been taken before something failed
            self._stop(Lost(words), Trouble("connection_lost", words))
        return Answer(554, words, "sender")

    def _stop(self, error: Exception, trouble: Trouble | None = None) -> None:
        self.drop()
        self._said_no = trouble or (error if isinstance(error, Trouble) else None)
        raise error

    def close(self) -> None:
        """End the session."""
        self.drop()

    def drop(self) -> None:
        """End the session."""
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()


@cache
def _backend_class(module: str) -> Any:
    return import_module(f"anymail.backends.{module}").EmailBackend


def _backend(server: Server) -> Any:
    provider = PROVIDERS[server.provider]
    return _backend_class(provider.module)(
        api_url=server.address or provider.api,
        timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
        **provider.knows(server),
    )


def _as_django(content: bytes, provider: Provider) -> EmailMultiAlternatives:
    """Return our message in the parts that a provider asks for."""
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    text, html = read.get_body(["plain"]), read.get_body(["html"])
    message = EmailMultiAlternatives(
        subject=read["Subject"] or "",
        body=text.get_content() if text else "",
        from_email=str(read["From"].addresses[0]),
        to=[str(read["To"].addresses[0])],
        reply_to=[str(read["Reply-To"])] if read["Reply-To"] else None,
        headers={name: str(read[name]) for name in _HEADERS if read[name]},
    )
    if html is not None:
        message.attach_alternative(html.get_content(), "text/html")
    number = links.marked(str(read["Message-ID"]))
    if number is not None:
        message.metadata = {MARK: links.mark_of(number)}  # type: ignore[attr-defined]
    if provider.follows:  # nothing here is ever judged by openings, and our links are our own
        message.track_opens = message.track_clicks = False  # type: ignore[attr-defined]
    return message


def _words(error: Any) -> str:
    """Return what the provider said, and nothing of what we asked."""
    if error.response is None:
        return ""
    said = " ".join(str(error.response.text).replace("\x00", "").split())
    return f"HTTP {error.status_code} {said}"[:280]


def _of_network(error: Any) -> tuple[Exception, Trouble]:
    """Say of a failure without an answer whether our message may have arrived."""
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

    cause = error.__cause__
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    if isinstance(cause, requests.exceptions.SSLError):
        trouble = Trouble("bad_certificate")
    elif isinstance(reason, NameResolutionError):
        trouble = Trouble("no_such_host")
    elif isinstance(reason, ConnectTimeoutError):
        trouble = Trouble("timed_out")
    elif isinstance(reason, NewConnectionError):
        trouble = Trouble("no_connection")
    else:  # it broke off, or took too long, after we began to hand it over
        is_slow = isinstance(cause, requests.exceptions.Timeout)
        trouble = Trouble("timed_out" if is_slow else "connection_lost")
        return Lost(trouble.code), trouble
    return trouble, trouble
