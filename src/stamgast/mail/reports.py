"""Reading reports about mail: what came back (RFC 3464) and who complained (RFC 5965)."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Part
from typing import Literal

from stamgast.mail.errors import ReportUnreadable
from stamgast.mail.links import marked

MOST_CHARACTERS = 2_000_000
_HEADERS = ("Message-ID", "In-Reply-To", "References", "To", "Delivered-To", "Return-Path")


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says: of which message of ours, about which address, and whether for good."""

    kind: Literal["bounced", "delayed", "complained"]
    message: int | None  # by the mark that only we can make
    address: str
    status: str  # the enhanced status, such as 5.1.1
    words: str


def read_report(text: str | bytes) -> Report:
    """Return what a report says; refuses what is none.

    A message of ours is known by its mark: in the address that the report was sent to, or in the
    Message-ID of the mail that it quotes.
    """
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if len(raw) > MOST_CHARACTERS:
        raise ReportUnreadable()
    whole = email.message_from_bytes(raw.lstrip(), policy=email.policy.compat32)
    parts = list(whole.walk())
    ours = next((n for line in _lines(parts) if (n := marked(line)) is not None), None)
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _complaint(part, ours)
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            return _returned(part, ours)
    raise ReportUnreadable()


def _lines(parts: list[Part]) -> Iterator[str]:
    """Yield the lines in which our mark may stand: headers, and headers quoted as text."""
    for part in parts:
        for header in _HEADERS:
            yield from map(str, part.get_all(header, []))
        if part.get_content_type() in {"text/rfc822-headers", "message/feedback-report"}:
            yield str(part.get_payload())


def _returned(part: Part, ours: int | None) -> Report:
    for group in _groups(part):
        action = str(group.get("Action", "")).strip().lower()
        status = str(group.get("Status", "")).strip().split(" ")[0]
        if action not in {"failed", "delayed"} and not status.startswith("5."):
            continue
        is_final = action != "delayed" and not status.startswith("4.")
        return Report(
            kind="bounced" if is_final else "delayed",
            message=ours,
            address=_address(group.get("Original-Recipient") or group.get("Final-Recipient")),
            status=status[:12],
            words=" ".join(str(group.get("Diagnostic-Code", "")).split())[:300],
        )
    raise ReportUnreadable()


def _complaint(part: Part, ours: int | None) -> Report:
    fields = next(iter(_groups(part)), part)
    if str(fields.get("Feedback-Type", "abuse")).strip().lower() not in {"abuse", "fraud"}:
        raise ReportUnreadable()
    return Report(
        kind="complained",
        message=ours,
        address=_address(fields.get("Original-Rcpt-To") or fields.get("Removal-Recipient")),
        status="",
        words="",
    )


def _groups(part: Part) -> list[Part]:
    """Return the groups of fields in a part: one per recipient."""
    inner = part.get_payload()
    return [one for one in inner if isinstance(one, Part)] if isinstance(inner, list) else []


def _address(field: object) -> str:
    """Return the address of a field such as "rfc822; anna@example.nl"."""
    return str(field or "").rpartition(";")[2].strip().strip("<>")
