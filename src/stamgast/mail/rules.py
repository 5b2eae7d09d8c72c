"""What may go, when, and what an answer of a server means: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from stamgast.mail.models import Message

# Who is waiting for it goes first.
RANKS: Mapping[str, int] = {
    Message.Kind.SIGN_IN: 1,
    Message.Kind.STAFF: 2,
    Message.Kind.SERVICE: 3,
    Message.Kind.SURVEY: 5,
    Message.Kind.POINTS: 5,
    Message.Kind.CAMPAIGN: 6,
}
# What we start ourselves: it needs consent, keeps quiet hours, and counts as a contact.
OUTBOUND = frozenset({Message.Kind.CAMPAIGN, Message.Kind.SURVEY})
PURPOSES = frozenset({"", "offers", "news", "survey"})
# Suppressed addresses still get what their owner asked for this minute, if they work at all.
EVEN_AFTER_COMPLAINT = frozenset({Message.Kind.SIGN_IN, Message.Kind.SERVICE, Message.Kind.STAFF})

PAUSE = timedelta(days=30)
