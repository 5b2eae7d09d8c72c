"""Talking to a mail server: one connection that is used again, and what its answers mean."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from stamgast.mail.errors import BadMailSetting

CONNECT_SECONDS = 20.0
# RFC 5321, 4.5.3.2.6 asks for ten minutes: a server that is slow to answer may yet have it.
ANSWER_SECONDS = 300.0
_ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and how; the password is never shown."""

    host: str
    port: int = 587
    security: str = "starttls"  # or "tls" from the first byte, or "none"
    user: str = ""
    password: str = ""
    provider: str = ""  # a name of `providers`; empty: it speaks SMTP
    address: str = ""  # of the provider's interface, where it is not the usual one

    def __repr__(self) -> str:
        where = self.provider or f"{self.host!r}, {self.port}, {self.security!r}"
        return f"Server({where}, user={self.user!r})"


def from_url(url: str) -> Server:
    """Return the server of an address such as smtp://user:password@host:587.

    smtps:// speaks TLS from the first byte; smtp:// turns to it (STARTTLS), unless `?tls=off`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadMailSetting(field="host") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise BadMailSetting(field="host")
    is_off = parse_qs(parts.query).get("tls") == ["off"]
    security = "tls" if parts.scheme == "smtps" else "none" if is_off else "starttls"
    return Server(
        host=parts.hostname,
        port=port or (465 if security == "tls" else 587),
        security=security,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class Trouble(Exception):  # noqa: N818 - an answer of the world, not a fault of ours
    """The server cannot be used now, whatever the message: nothing was handed over.

    Codes: no_such_host, no_connection, timed_out, bad_certificate, no_encryption, sign_in_refused,
    sender_refused, server_busy, connection_lost.
    """

    def __init__(self, code: str, words: str = "") -> None:
        self.code = code
        self.words = words[:300]
        super().__init__(f"{code}: {words}")


class Lost(Exception):  # noqa: N818 - an answer of the world, not a fault of ours
    """The connection broke off after the whole message was handed over, and before the answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one message."""

    code: int
    words: str
    stage: str  # "sender", "recipient" or "content"

    @property
    def is_yes(self) -> bool:
        return 200 <= self.code < 300

    @property
    def is_for_now(self) -> bool:
        return 400 <= self.code < 500

    @property
    def enhanced(self) -> str:
        """The enhanced status (RFC 3463), such as 5.1.1, or empty."""
        found = _ENHANCED.match(self.words)
        return found[1] if found else ""

    @property
    def shown(self) -> str:
        return f"{self.code} {self.words}"[:300]


class Connection:
    """One connection, made when it is needed and used for many messages."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        return self._smtp is not None

    def open(self) -> None:
        """Be connected, encrypted and signed in; raises Trouble with why not."""
        if self._smtp is not None:
            return
        try:
            self._smtp = _connect(self.server)
        except smtplib.SMTPAuthenticationError as error:
            raise Trouble("sign_in_refused", _words(error.smtp_error)) from None
        except smtplib.SMTPNotSupportedError as error:
            is_tls = "STARTTLS" in str(error)
            raise Trouble("no_encryption" if is_tls else "sign_in_refused", str(error)) from None
        except smtplib.SMTPResponseException as error:
            raise Trouble("server_busy", f"{error.smtp_code} {_words(error.smtp_error)}") from None
        except smtplib.SMTPException as error:
            raise Trouble("connection_lost", str(error)) from None
        except ssl.SSLCertVerificationError as error:
            raise Trouble("bad_certificate", error.verify_message) from None
        except ssl.SSLError as error:
            raise Trouble("no_encryption", error.reason or "") from None
        except socket.gaierror:
            raise Trouble("no_such_host", self.server.host) from None
        except TimeoutError:
            raise Trouble("timed_out", f"{self.server.host}:{self.server.port}") from None
        except OSError as error:
            raise Trouble("no_connection", error.strerror or str(error)) from None

    def send(self, *, sender: str, to: str, content: bytes) -> Answer:
        """Hand one message over and return the server's answer.

        Raises Trouble when the connection broke off before all of it was handed over, so that it
        cannot have been taken; Lost when it broke off after that.
        """
        self.open()
        try:
            return self._hand_over(sender, to, content)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.drop()
            raise Trouble("connection_lost", str(error)) from None

    def _hand_over(self, sender: str, to: str, content: bytes) -> Answer:
        smtp = self._smtp
        assert smtp is not None
        options = ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else []
        answer = _answer(smtp.mail(sender, options), "sender")
        if answer.is_yes:
            answer = _answer(smtp.rcpt(to), "recipient")
        if answer.is_yes:
            answer = _answer(smtp.docmd("DATA"), "content")
            if answer.code == 354:
                return self._finish(smtp, content)
        self._start_over(smtp, answer)
        return answer

    def _finish(self, smtp: smtplib.SMTP, content: bytes) -> Answer:
        """Send the text, and its end apart: before the end is sent nothing can have been taken."""
        smtp.send(_stuffed(content))
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(ANSWER_SECONDS)
            smtp.send(b".\r\n")
            answer = _answer(smtp.getreply(), "content")
            if smtp.sock is not None:
                smtp.sock.settimeout(CONNECT_SECONDS)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            self.drop()
            raise Lost(str(error)) from None
        if answer.code == 421:
            self.drop()
        return answer

    def _start_over(self, smtp: smtplib.SMTP, answer: Answer) -> None:
        if answer.code == 421:  # the server is about to hang up
            self.drop()
            return
        smtp.rset()

    def close(self) -> None:
        """Say goodbye, and hang up."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
        self.drop()

    def drop(self) -> None:
        """Hang up without a word."""
        if self._smtp is not None:
            with contextlib.suppress(OSError):
                self._smtp.close()
        self._smtp = None


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    name = "localhost" if server.host in {"localhost", "127.0.0.1", "::1"} else socket.getfqdn()
    facts: dict[str, Any] = {"timeout": CONNECT_SECONDS, "local_hostname": name}
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, context=context, **facts)
    else:
        smtp = smtplib.SMTP(server.host, server.port, **facts)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
        if smtp.sock is not None:  # the end of a message is a packet of its own: do not hold it up
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _stuffed(content: bytes) -> bytes:
    """Return the text as it travels: lines end in CRLF, and a dot that begins one is doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n"


def _answer(reply: tuple[int, bytes], stage: str) -> Answer:
    return Answer(reply[0], _words(reply[1]), stage)


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())


def without_password(server: Server) -> Server:
    """Return the server as it may be shown."""
    return replace(server, password="")
