"""Webhooks on the wire: signed by the Standard Webhooks scheme, and never into somebody's own network.

An address is looked up once and connected to as found, so that a name which changes in between leads
nowhere else. Redirects are not followed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import secrets
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from stamgast.loyalty.errors import BadEndpoint
from stamgast.loyalty.models import Entry, WebhookDelivery, WebhookEndpoint

_SECONDS = 10  # for one call from the connection to the status, however slowly an answer drips
_PREFIX = "whsec_"


class Answer(NamedTuple):
    """What an endpoint answered, or why it could not be asked."""

    is_taken: bool
    said: str
    is_lost: bool = False  # it was on its way, and nobody knows whether it arrived


def new_secret() -> str:
    """Return a secret to sign with, as the scheme writes it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def refuse_bad(url: str) -> SplitResult:
    """Return the parts of an address that may be called; refuses what is not https or not public."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadEndpoint(problem="unreadable") from None
    if (
        not url.isascii()
        or len(url) > 500
        or parts.username is not None
        or parts.fragment
        or not parts.hostname
    ):
        raise BadEndpoint(problem="unreadable")
    if settings.WEBHOOKS_PRIVATE:
        if parts.scheme not in ("https", "http"):
            raise BadEndpoint(problem="not_https")
        return parts
    if parts.scheme != "https":
        raise BadEndpoint(problem="not_https")
    if port not in (None, 443, 8443):
        raise BadEndpoint(problem="port")
    try:
        is_public = ipaddress.ip_address(parts.hostname).is_global
    except ValueError:  # a name: what it leads to is looked at with every call
        is_public = "." in parts.hostname and not parts.hostname.endswith((".local", ".internal"))
    if not is_public:
        raise BadEndpoint(problem="private")
    return parts


def body_of(delivery: WebhookDelivery) -> bytes:
    """Return what is told of an entry: made when it is sent, so that nothing of a person is kept."""
    entry: Entry = delivery.entry
    member = delivery.member
    balances = {
        f"{leg.wallet.kind}.{leg.account}": leg.after
        for leg in entry.legs.select_related("wallet").order_by("pk")
    }
    told = {
        "type": f"points.{entry.kind}",
        "timestamp": entry.at.isoformat(),
        "data": {
            "entry": entry.pk,
            "member": member.ref or member.code,
            "sequence": entry.sequence,
            "kind": entry.kind,
            "points": entry.points,
            "ref": entry.ref,
            "of_entry": entry.of_entry_id,
            "after": balances,
        },
    }
    return json.dumps(told, ensure_ascii=False).encode()


def headers_of(
    endpoint: WebhookEndpoint, name: str, body: bytes, *, at: datetime
) -> dict[str, str]:
    """Return the headers of the Standard Webhooks scheme; the id is the same with every attempt."""
    moment = str(int(at.timestamp()))
    secret = base64.b64decode(endpoint.secret.removeprefix(_PREFIX))
    signed = b".".join((name.encode(), moment.encode(), body))
    signature = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{signature}",
    }


def send(delivery: WebhookDelivery, *, at: datetime) -> Answer:
    """Send a delivery once; says whether the endpoint took it (any 2xx)."""
    return post(delivery.endpoint, f"msg_{delivery.pk}", body_of(delivery), at=at)


def post(endpoint: WebhookEndpoint, name: str, body: bytes, *, at: datetime) -> Answer:
    """Send a message of this name to an endpoint once; says whether it was taken (any 2xx)."""
    is_out = False
    try:
        parts = refuse_bad(endpoint.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with _cut_off(_connected(parts)) as connection:
            if isinstance(connection.sock, ssl.SSLSocket):
                connection.sock.do_handshake()
            is_out = True
            connection.request("POST", path, body, headers_of(endpoint, name, body, at=at))
            status = connection.getresponse().status
    except BadEndpoint as refusal:
        return Answer(False, f"not sent: {refusal.facts['problem']}")
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        return Answer(False, f"not reached: {type(error).__name__}", is_lost=is_out)
    return Answer(200 <= status < 300, str(status))


@contextmanager
def _cut_off(connection: http.client.HTTPConnection) -> Iterator[http.client.HTTPConnection]:
    """Hang up when the whole call takes too long; raises TimeoutError then, whatever was read."""
    is_late = threading.Event()
    connected = connection.sock

    def hang_up() -> None:
        is_late.set()
        with suppress(OSError):
            socket.socket.shutdown(connected, socket.SHUT_RDWR)  # wakes who waits to read

    clock = threading.Timer(_SECONDS, hang_up)
    clock.daemon = True
    clock.start()
    try:
        yield connection
    except (OSError, http.client.HTTPException, ValueError):
        if is_late.is_set():
            raise TimeoutError() from None
        raise
    finally:
        clock.cancel()
        connection.close()
    if is_late.is_set():
        raise TimeoutError()


def _connected(parts: SplitResult) -> http.client.HTTPConnection:
    """Connect to an address that was looked up and found to be public."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not settings.WEBHOOKS_PRIVATE and not all(map(_is_public, addresses)):
        raise BadEndpoint(problem="private")
    connected = socket.create_connection((addresses[0], port), timeout=_SECONDS)
    connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connected = context.wrap_socket(
            connected, server_hostname=host, do_handshake_on_connect=False
        )
    connection.sock = connected
    return connection


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_global and not found.is_multicast
