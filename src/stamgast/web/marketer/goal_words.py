"""What goals and their measures are called, and what they say in a sentence."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from stamgast.strategy.models import Goal
from stamgast.strategy.rules import SHARES
from stamgast.web.design.tags import day, number, percent
from stamgast.web.sentences import filled, in_one
from stamgast.web.words import Words

DIRECTIONS: Words = {
    "keep": pgettext_lazy("goal", "Keep customers"),
    "deepen": pgettext_lazy("goal", "Deepen loyalty"),
}
MEASURES: Words = {
    "kept_a_year": _("Customers kept for a year"),
    "active_regulars": _("Regular customers who do not drift"),
    "second_purchase": _("Second purchase"),
    "orders_a_year": _("Orders a year per customer"),
    "true_loyalty": _("Customers who stay because they want to"),
    "nps": _("Would recommend us (NPS)"),
}
MEANINGS: Words = {
    "kept_a_year": _("of those who were customers a year ago, the share that bought since"),
    "active_regulars": _("of those who bought twice or more and are not lost, the share in rhythm"),
    "second_purchase": _("of a year of new customers, the share that bought again"),
    "orders_a_year": _("orders in the past year per customer who bought in it"),
    "true_loyalty": _("of those of whom we know why they stay, the share that wants to"),
    "nps": _("promoters less detractors, in hundredths"),
}
JUDGED: Words = {
    "margin": _("By the margin within the window of each effort"),
    "followed": _("Followed longer, until nothing proves borrowed from later"),
}


def value(measure: str, amount: float | None) -> str:
    """A measure as one reads it: 25,1 %, 2,4 or 31."""
    if measure in SHARES:
        return percent(amount, 1)
    return number(amount, 0 if measure == "nps" else 2)


def sentence(goal: Goal, now: float | None) -> SafeString:
    """The goal in one sentence: from where to where, by when, and where it stands."""
    said = filled(
        gettext("%(measure)s from <b>%(from)s</b> to <b>%(to)s</b> before %(day)s."),
        measure=str(MEASURES[goal.measure]),
        to=value(goal.measure, goal.target),
        day=day(goal.due_on),
        **{"from": value(goal.measure, goal.baseline)},
    )
    if goal.status == Goal.Status.CLOSED:
        text = (
            gettext("<b class='good'>Reached</b>: %(now)s.")
            if goal.outcome["is_reached"]
            else gettext("<b class='bad'>Not reached</b>: %(now)s.")
        )
        return in_one(said, filled(text, now=value(goal.measure, goal.outcome["actual"])))
    if now is not None:
        said = in_one(said, filled(gettext("Now <b>%(now)s</b>."), now=value(goal.measure, now)))
    return said
