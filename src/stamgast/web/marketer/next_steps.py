"""The next steps of the base as something to do this week: for how many, and how much work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.campaigns.advice import steps_advised
from stamgast.web.design.tags import number
from stamgast.web.marketer.base_shown import Base
from stamgast.web.sentences import filled

# What cannot wait comes first; the minutes it takes once, to write and send or to prepare.
_URGENCY = {
    "service_call": 5,
    "save_offer": 30,
    "second_purchase": 20,
    "replenish": 20,
    "ask_why": 20,
    "win_back": 30,
    "welcome": 15,
    "thank_and_reward": 15,
    "invite_ambassador": 15,
}
# Where the rule asks for a call or a personal line: the minutes for each customer. Both are
# guesses from practice, not measured.
_EACH = {
    "open_complaint": 8,
    "notice_given": 6,
    "valued_and_drifting": 6,
    "came_back": 2,
    "valued": 2,
    "valued_for_long": 2,
}
WEEK = 3  # more than three things a week is a list nobody starts on


@dataclass(frozen=True, slots=True)
class Step:
    """One step for a group of customers; margin is what they are expected to bring in a year."""

    code: str
    customers: int
    margin_minor: int | None
    minutes: int
    query: str

    @property
    def sentence(self) -> SafeString:
        """What to do, for how many."""
        said = _SENTENCES[self.code](self.customers)
        return filled(said, n=number(self.customers))

    @property
    def effort(self) -> str:
        """How much work it is, roughly."""
        if self.minutes < 90:
            n = max(5, round(self.minutes / 5) * 5)
            return gettext("about %(n)s minutes") % {"n": n}
        n = round(self.minutes / 60)
        return ngettext("about %(n)s hour", "about %(n)s hours", n) % {"n": number(n)}


def steps_of(base: Base, at: datetime) -> list[Step]:
    """Return every step that someone should take, the most urgent first.

    Whom the lot keeps from a step is not counted: the list behind it does not hold them either.
    """
    here = {base.facet: base.value} if base.facet else {}
    advised = steps_advised(base.rows("steps"), base.run, at, **here)
    found = {code: [row for row in advised if row["step"] == code] for code in _URGENCY}
    steps = []
    for code, rows in found.items():  # a row per reason
        customers = sum(row["customers"] for row in rows)
        margins = [row["margin_minor"] for row in rows if row["margin_minor"] is not None]
        minutes = _URGENCY[code] + sum(
            _EACH.get(row["reason"], 0) * row["customers"] for row in rows
        )
        query = urlencode({"step": code, **here})
        margin = sum(margins) if margins else None
        if customers:
            steps.append(Step(code, customers, margin, minutes, query))
    return steps


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
