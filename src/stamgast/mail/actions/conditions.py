"""What the sending loop writes down about itself: why it cannot send just now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stamgast.mail.models import MailSettings


def note_trouble(code: str, *, words: str, at: datetime) -> None:
    """Remember why the mail server cannot be used, for the screens to say."""
    row, _ = MailSettings.objects.get_or_create(pk=1)
    if row.trouble.get("code") != code:
        trouble: dict[str, Any] = {"code": code, "words": words[:300], "at": at.isoformat()}
        MailSettings.objects.filter(pk=1).update(trouble=trouble)


def note_no_trouble() -> None:
    """The server works again."""
    MailSettings.objects.exclude(trouble={}).filter(pk=1).update(trouble={})
