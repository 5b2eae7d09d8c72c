"""Calls by colleagues: who is to be called, what to say, and what may come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from stamgast.campaigns.channels.contacts import ContactChannel
from stamgast.campaigns.channels.hours import USUAL, read_hours
from stamgast.campaigns.channels.texts import read_texts
from stamgast.campaigns.errors import BadCampaign
from stamgast.customers.models import Consent

MOST_TRIES = 5
AGAIN_AFTER = timedelta(hours=20)  # the next day, and not at the same hour


@dataclass(frozen=True)
class Result:
    """What follows from a way in which a call can end."""

    state: str = ""  # of the contact; empty: it is tried again
    is_end: bool = False  # they hear nothing more of this campaign
    withdraws: bool = False  # they no longer allow calls


RESULTS: Mapping[str, Result] = {
    "accepted": Result("sent"),
    "spoke": Result("sent"),
    "declined": Result("sent", is_end=True),
    "no_answer": Result(),
    "call_back": Result(),
    "wrong_number": Result("failed"),
    "do_not_call": Result("sent", is_end=True, withdraws=True),
}


class Call(ContactChannel):
    """The channel of the call list; it needs an explicit yes to being called."""

    name = "call"

    def consent(self, content: Mapping[str, Any]) -> str:
        """Return the channel of consent: always that of the phone."""
        return Consent.Channel.PHONE

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return script per language, hours and number of tries; refuses what is not possible."""
        texts = read_texts(content)
        try:
            tries = int(content.get("tries", 3))
        except (TypeError, ValueError):
            raise BadCampaign(field="tries") from None
        if not 1 <= tries <= MOST_TRIES:
            raise BadCampaign(field="tries")
        hours = read_hours(content.get("hours") or USUAL)
        return {**texts, "tries": tries, "hours": hours}


channel = Call()
