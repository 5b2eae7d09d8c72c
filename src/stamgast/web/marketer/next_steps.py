"""The next steps of the base as something to do this week: for how many, and how much work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.web.design.tags import number
from stamgast.web.marketer.base_shown import Base
from stamgast.web.sentences import filled

# What cannot wait comes first. Minutes: once, and for each customer; from practice, not measured.
_URGENCY = {
    "service_call": (5, 8.0),
    "save_offer": (30, 0.0),
    "second_purchase": (20, 0.0),
    "replenish": (20, 0.0),
    "ask_why": (30, 0.0),
    "win_back": (30, 0.0),
    "welcome": (15, 0.0),
    "thank_and_reward": (10, 2.0),
    "invite_ambassador": (10, 2.0),
}
WEEK = 3  # more than three things a week is a list nobody starts on


@dataclass(frozen=True, slots=True)
class Step:
    """One step for a group of customers; margin is what they are expected to bring in a year."""

    code: str
    customers: int
    margin_minor: int | None
    query: str

    @property
    def sentence(self) -> SafeString:
        """What to do, for how many."""
        said = _SENTENCES[self.code](self.customers)
        return filled(said, n=number(self.customers))

    @property
    def effort(self) -> str:
        """How much work it is, roughly."""
        once, each = _URGENCY[self.code]
        minutes = once + each * self.customers
        if minutes < 90:
            n = max(5, round(minutes / 5) * 5)
            return gettext("about %(n)s minutes") % {"n": n}
        n = round(minutes / 60)
        return ngettext("about %(n)s hour", "about %(n)s hours", n) % {"n": number(n)}


def steps_of(base: Base) -> list[Step]:
    """Return every step that someone should take, the most urgent first."""
    found = {row.get("step", ""): row for row in base.rows("steps")}
    return [
        Step(
            code,
            found[code]["customers"],
            found[code].get("margin_minor"),
            urlencode({"step": code, **({base.facet: base.value} if base.facet else {})}),
        )
        for code in _URGENCY
        if code in found and found[code].get("customers")
    ]


_SENTENCES: dict[str, Callable[[int], str]] = {
    "service_call": lambda n: ngettext(
        "Call <b>%(n)s customer</b> about what went wrong",
        "Call <b>%(n)s customers</b> about what went wrong",
        n,
    ),
    "save_offer": lambda n: ngettext(
        "Make <b>%(n)s drifting customer</b> an offer",
        "Make <b>%(n)s drifting customers</b> an offer",
        n,
    ),
    "second_purchase": lambda n: ngettext(
        "Invite <b>%(n)s new customer</b> to a second purchase",
        "Invite <b>%(n)s new customers</b> to a second purchase",
        n,
    ),
    "replenish": lambda n: ngettext(
        "Remind <b>%(n)s customer</b> to replenish",
        "Remind <b>%(n)s customers</b> to replenish",
        n,
    ),
    "ask_why": lambda n: ngettext(
        "Ask <b>%(n)s customer</b> why they stay away",
        "Ask <b>%(n)s customers</b> why they stay away",
        n,
    ),
    "win_back": lambda n: ngettext(
        "Invite <b>%(n)s former customer</b> back",
        "Invite <b>%(n)s former customers</b> back",
        n,
    ),
    "welcome": lambda n: ngettext(
        "Welcome <b>%(n)s new customer</b>",
        "Welcome <b>%(n)s new customers</b>",
        n,
    ),
    "thank_and_reward": lambda n: ngettext(
        "Thank <b>%(n)s of your best customers</b>",
        "Thank <b>%(n)s of your best customers</b>",
        n,
    ),
    "invite_ambassador": lambda n: ngettext(
        "Ask <b>%(n)s loyal customer</b> to bring a friend",
        "Ask <b>%(n)s loyal customers</b> to bring a friend",
        n,
    ),
}
