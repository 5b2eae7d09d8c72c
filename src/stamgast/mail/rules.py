"""What may go, when, and what an answer of a server means: values in, values out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

# Who is waiting for it goes first.
RANKS: Mapping[str, int] = {
    "sign_in": 1,
    "staff": 2,
    "service": 3,
    "survey": 5,
    "points": 5,
    "campaign": 6,
}
# What we start ourselves: it needs consent, keeps quiet hours, and counts as a contact.
OUTBOUND = frozenset({"campaign", "survey"})
PURPOSES = frozenset({"", "offers", "news", "survey"})
# After a complaint one still gets what one asked for this minute, if the address works at all.
EVEN_AFTER_COMPLAINT = frozenset({"sign_in", "service", "staff"})


def in_ascii(address: str) -> str:
    """Return an address as servers without SMTPUTF8 take it; ValueError when there is no such way."""
    name, _, domain = address.rpartition("@")
    name.encode("ascii")
    return f"{name}@{domain.encode('idna').decode('ascii')}"


def page_in_ascii(address: str) -> str:
    """Return the address of a page as it may stand in a header; ValueError when there is no such way."""
    parts = urlsplit(address)
    parts.path.encode("ascii")
    return parts._replace(netloc=parts.netloc.encode("idna").decode("ascii")).geturl()


# What a provider tells later than this is not heard, so that no word can be said twice.
REMEMBERED = timedelta(days=60)

PAUSE = timedelta(days=30)
A_MOMENT = timedelta(minutes=1)  # what is put off is put off for so long at least

# How long after each try the next one comes, when a server says: not now.
_AGAIN_AFTER = (
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
TRIED_FOR = timedelta(days=3)
# A worker that gave no sign of life for so long is taken for dead: longer than it waits for an
# answer, so that a slow server does not make a message uncertain.
SILENCE = timedelta(minutes=10)


def again_after(attempts: int) -> timedelta:
    """Say how long to wait after so many tries."""
    return _AGAIN_AFTER[min(max(attempts, 1), len(_AGAIN_AFTER)) - 1]


_GONE = re.compile(r"5\.1\.(?:1|2|3|6|10)|5\.2\.1")


def is_address_gone(code: int, enhanced: str, stage: str) -> bool:
    """Say whether a refusal is about the address itself, rather than about us or the text.

    With an enhanced status (RFC 3463) only those of a mailbox that does not exist, moved or was
    closed; without one, the plain codes for it, where the recipient was named.
    """
    if enhanced:
        return bool(_GONE.fullmatch(enhanced))
    return stage == "recipient" and code in {550, 551, 553}


def is_about_us(code: int, enhanced: str, stage: str) -> bool:
    """Say whether a refusal is of the sender whoever the recipient is, so that all would follow."""
    return stage == "sender" and code >= 500 and code != 552 and enhanced != "5.3.4"


def quiet_until(
    at: datetime, zones: Sequence[ZoneInfo], *, start: time, end: time
) -> datetime | None:
    """Return until when it is too late or too early to mail somebody; None when it is not.

    Of a country with several zones it must be day in all of them, as we do not know in which one
    they live; where that never happens the first zone decides. The same start and end: never quiet.
    """
    if start == end:
        return None
    for watched in (zones, zones[:1]):
        moment = at
        for _ in range(3 * len(watched) + 1):
            ends = [_quiet_end(moment, zone, start, end) for zone in watched]
            later = [one for one in ends if one is not None]
            if not later:
                return moment if moment > at else None
            moment = max(later)
    return None


def _quiet_end(at: datetime, zone: ZoneInfo, start: time, end: time) -> datetime | None:
    local = at.astimezone(zone)
    clock = local.time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1) if clock >= end else local.date()
    return datetime.combine(day, end, tzinfo=zone).astimezone(at.tzinfo)


# A click is judged when so much time went by that the rest of a burst must have come in.
CLICKS_RIPEN = timedelta(minutes=2)
_BURST = timedelta(seconds=10)
_TRAPPED = timedelta(minutes=2)
_TOO_SOON = timedelta(seconds=3)


def is_by_person(
    place: int,
    at: datetime,
    fetches: Sequence[tuple[int, datetime]],
    *,
    sent_at: datetime | None,
) -> bool:
    """Say whether a person followed a link, given all fetches of links in the same message.

    Not when it is the link that nobody can see, or within two minutes of a fetch of that; not when
    three links were fetched, or two different ones, within ten seconds; and not within three
    seconds after the mail server took the message.
    """
    if place == 0 or any(p == 0 and abs(when - at) <= _TRAPPED for p, when in fetches):
        return False
    if sent_at is not None and at - sent_at < _TOO_SOON:
        return False
    near = [p for p, when in fetches if abs(when - at) <= _BURST]
    return len(near) < 3 and len(set(near)) < 2
