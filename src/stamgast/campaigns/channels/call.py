"""Calls by colleagues: who is to be called, what to say, and what may come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import translation

from stamgast.campaigns.channels.contacts import ContactChannel
from stamgast.campaigns.channels.hours import USUAL, read_hours
from stamgast.campaigns.errors import BadCampaign
from stamgast.customers.models import Consent, Customer
from stamgast.mail.filling import fill, read
from stamgast.mail.letter import known_of
from stamgast.mail.models import Brand
from stamgast.staff.queries import shop
from stamgast.staff.rules import LANGUAGES

LONGEST = 4_000
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
        script = {
            language: str(text).strip()
            for language, text in dict(content.get("script") or {}).items()
            if str(text).strip()
        }
        if not script or set(script) - set(LANGUAGES):
            raise BadCampaign(field="script")
        for language, text in script.items():
            if len(text) > LONGEST:
                raise BadCampaign(field="script")
            read(text, where=language, escaped=False)
        try:
            tries = int(content.get("tries", 3))
        except (TypeError, ValueError):
            raise BadCampaign(field="tries") from None
        if not 1 <= tries <= MOST_TRIES:
            raise BadCampaign(field="tries")
        hours = read_hours(content.get("hours") or USUAL)
        return {"script": script, "tries": tries, "hours": hours}

    def problems(self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer) -> None:
        """Fill the script in, in every language; refuses what cannot be."""
        for language in content["script"]:
            script_of(content, facts, who, language=language)


def script_of(
    content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer, *, language: str = ""
) -> str:
    """Return what to say to this customer, in their language as far as there is a script in it."""
    scripts: Mapping[str, str] = content["script"]
    own = shop()
    wanted = (language, (who.language or "")[:2], own.language, *LANGUAGES)
    chosen = next(one for one in wanted if one in scripts)
    brand = Brand.objects.filter(pk=1).first() or Brand()
    known = known_of(who, own, language=chosen, tone=brand.tone)
    template = read(scripts[chosen], where=chosen, escaped=False)
    with translation.override(chosen):
        return fill(template, {**facts, **known}, where=chosen)


channel = Call()
