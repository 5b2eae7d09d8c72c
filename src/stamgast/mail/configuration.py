"""How mail is set up now: brand, settings, server, and what still stands in the way of sending.

The password of the server, and what a provider proves itself with, lie in files of their own in the
home, never in the database: so they are in no backup, export or log. With several machines, or none to
write on, STAMGAST_SMTP_URL and STAMGAST_MAIL_HOOK_SECRET name them.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

from stamgast.mail.connecting import server_of
from stamgast.mail.models import Brand, MailSettings
from stamgast.mail.server import Server


def brand() -> Brand:
    """Return how our mail looks; the defaults until someone changes them."""
    return Brand.objects.select_related("logo").filter(pk=1).first() or Brand(pk=1)


def mail_settings() -> MailSettings:
    """Return how we send; the defaults until someone changes them."""
    return MailSettings.objects.filter(pk=1).first() or MailSettings(pk=1)


def server(mail: MailSettings | None = None) -> Server | None:
    """Return the server to send with: that of STAMGAST_SMTP_URL, else of the settings; None without."""
    if settings.SMTP_URL:
        return server_of(settings.SMTP_URL)
    mail = mail or mail_settings()
    if mail.provider:
        return Server("", provider=mail.provider, user=mail.user, password=read_password())
    if not mail.host:
        return None
    return Server(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        user=mail.user,
        password=read_password() if mail.user else "",
    )


_PASSWORD, _HOOK = "smtp.password", "mail-hook.secret"


def read_password() -> str:
    """Return the password for the mail server or the key for the provider, or empty."""
    return _read(_PASSWORD)


def write_password(password: str) -> None:
    """Keep the password where only this shop's own user can read it; empty removes it."""
    _write(_PASSWORD, password)


def hook_secret() -> str:
    """Return what a provider proves itself with when it calls us, or empty."""
    return settings.MAIL_HOOK_SECRET or _read(_HOOK)


def write_hook_secret(secret: str) -> None:
    """Keep it as the password is kept; what it was before opens nothing any more."""
    _write(_HOOK, secret)


def _read(name: str) -> str:
    file = Path(settings.HOME) / name
    return file.read_text("utf-8") if file.exists() else ""


def _write(name: str, secret: str) -> None:
    file = Path(settings.HOME) / name
    if not secret:
        file.unlink(missing_ok=True)
        return
    draft = file.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secret, "utf-8")
    draft.replace(file)


def obstacles(mail: MailSettings, look: Brand) -> list[str]:
    """Return why nothing can be sent now, in the order in which one mends it; empty when all is well.

    Codes: no_server, no_sender, no_public_address (then only what needs no consent goes), held.
    """
    found = []
    if server(mail) is None:
        found.append("no_server")
    if not look.sender_address:
        found.append("no_sender")
    if not mail.public_address:
        found.append("no_public_address")
    if mail.is_held:
        found.append("held")
    return found
