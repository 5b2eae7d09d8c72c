"""Where mail is handed over now: a mail server, or a provider over its own interface."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from stamgast.mail.errors import BadMailSetting
from stamgast.mail.providers import PROVIDERS, ProviderConnection
from stamgast.mail.server import Connection, Server, from_url

AnyConnection = Connection | ProviderConnection


def connection_to(server: Server) -> AnyConnection:
    """Return a connection to this server, not open yet."""
    return ProviderConnection(server) if server.provider else Connection(server)


def server_of(url: str) -> Server:
    """Return the server or provider that an address names; refuses what is neither.

    Such as smtp://user:password@host:587, or postmark://:key@ for a provider; a host names another
    address of the provider's interface.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadMailSetting(field="host") from None
    name = parts.scheme.replace("-", "_")
    if name not in PROVIDERS:
        return from_url(url)
    is_plain = parse_qs(parts.query).get("tls") == ["off"]
    place = f"{host}:{port}" if port else host
    return Server(
        host=host,
        provider=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        address=f"{'http' if is_plain else 'https'}://{place}{parts.path or '/'}" if host else "",
    )
