"""What a plan says in sentences: on its page, and line by line for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.kernel import minor_digits
from stamgast.plans.models import Plan
from stamgast.plans.queries import Outcome, outcome_of
from stamgast.web.design.tags import about_money, number, percent, whole_money
from stamgast.web.sentences import filled, in_one
from stamgast.web.words import word_of


def headline(plan: Plan) -> SafeString:
    """Return what a plan comes down to: how many get something, what it takes, what it may bring."""
    facts = plan.facts
    if plan.status == Plan.Status.DRAFT or "places" not in facts:
        if facts.get("findings") and plan.status != Plan.Status.DRAFT:
            why = ", ".join(word_of("finding", one["code"]) for one in facts["findings"])
            return filled(gettext("This plan gives nobody anything: %(why)s."), why=why)
        return filled(gettext("This plan has not been worked out since it was changed."))
    currency, brings = facts["currency"], facts["brings_minor"]
    who = ngettext(
        "<b>%(n)s customer</b> gets something, %(others)s get nothing.",
        "<b>%(n)s customers</b> get something, %(others)s get nothing.",
        facts["places"],
    )
    first = filled(who, n=number(facts["places"]), others=number(facts["nobody"]))
    second = filled(
        gettext(
            "It takes at most <b>%(takes)s</b> and is expected to bring <b>%(brings)s</b> extra "
            "margin (likely between %(low)s and %(high)s)."
        ),
        takes=about_money(facts["takes_minor"], currency),
        brings=about_money(brings["estimate"], currency),
        low=about_money(brings["low"], currency),
        high=about_money(brings["high"], currency),
    )
    return in_one(first, second)


def next_sentence(facts: dict[str, Any]) -> SafeString:
    """Return what a little more budget would buy."""
    step, currency = facts["next"], facts["currency"]
    brings = step["brings_minor"]
    if brings <= 0:
        return filled(
            gettext("More budget would bring nothing: everybody for whom it pays has something.")
        )
    text = gettext("The next %(step)s would bring <b>%(brings)s</b> more margin after its cost.")
    return filled(
        text, step=whole_money(step["step_minor"], currency), brings=about_money(brings, currency)
    )


def bound_sentence(facts: dict[str, Any]) -> str:
    """Return how far the division can be from the best one."""
    if facts["bound_minor"] <= 0:
        return gettext("No division of this budget is expected to bring more than it costs.")
    return gettext(
        "No other division of this budget over these customers is expected to bring more than "
        "%(bound)s; this one brings %(value)s (%(share)s of it), before chance and the control "
        "group take their part."
    ) % {
        "bound": about_money(facts["bound_minor"], facts["currency"]),
        "value": about_money(facts["value_minor"], facts["currency"]),
        "share": percent(1 - facts["gap"], 1),
    }


def basis_sentence(option: dict[str, Any]) -> str:
    """Return what is known of who responds to a campaign, and what is done with it."""
    response = option["response"]
    filling = {
        "n": number(response["customers"]),
        "low": number(100 * response["uplift"]["low"], 1),
        "high": number(100 * response["uplift"]["high"], 1),
        "uplift": number(100 * response["uplift"]["estimate"], 1),
        "ordered": number(min(response["ordered"])),
    }
    if response["basis"] == "individual":
        return (
            gettext(
                "Learned from %(n)s customers: choosing per customer is proven better than giving it "
                "to everybody, to nobody, or by our rule of thumb. On average it brings "
                "%(uplift)s more orders per hundred customers (between %(low)s and %(high)s)."
            )
            % filling
        )
    if response["basis"] == "same":
        return (
            gettext(
                "Learned from %(n)s customers: it brings %(uplift)s more orders per hundred "
                "customers (between %(low)s and %(high)s). Choosing per customer is not proven better, so everybody is "
                "taken to respond alike; what an order is worth still differs."
            )
            % filling
        )
    return (
        gettext(
            "Little is known yet: %(ordered)s orders in the smaller group, where twenty are needed. We "
            "take a careful guess: it brings %(uplift)s more orders per hundred customers (between "
            "%(low)s and %(high)s)."
        )
        % filling
    )


def outcome_sentence(outcome: Outcome, currency: str) -> str:
    """Return forecast against actual."""
    if outcome.actual is None:
        return gettext("What it brought is not known yet; the verdicts of its campaigns will tell.")
    filling = {
        "actual": about_money(outcome.actual["estimate"], currency),
        "low": about_money(outcome.actual["low"], currency),
        "high": about_money(outcome.actual["high"], currency),
        "expected": about_money(outcome.expected["estimate"], currency),
    }
    if outcome.is_as_expected:
        text = gettext(
            "Expected %(expected)s, and it brought %(actual)s (between %(low)s and %(high)s): as "
            "expected, as far as can be known."
        )
    else:
        text = gettext(
            "Expected %(expected)s, but it brought %(actual)s (between %(low)s and %(high)s). The "
            "next plan learns from that."
        )
    return text % filling


def finding_sentence(finding: dict[str, Any]) -> str:
    """Return one thing that was found."""
    said = word_of("finding", finding["code"])
    name = finding["facts"].get("name")
    return f"{name}: {said}" if name else said


def plain_lines(plan: Plan) -> Iterator[str]:
    """Return a plan line by line, without markup."""
    facts = plan.facts
    yield f"{plan.name} ({word_of('plan', plan.status)})"
    yield strip_tags(headline(plan))
    if "places" not in facts or plan.status == Plan.Status.DRAFT:
        return
    currency = facts["currency"]
    for option in facts["options"]:
        brings = about_money(option["brings_minor"]["estimate"], currency)
        yield ""
        yield gettext("%(name)s: %(n)s customers, brings %(brings)s") % {
            "name": option["name"],
            "n": number(option["customers"]),
            "brings": brings,
        }
        yield f"  {basis_sentence(option)}"
    yield ""
    yield strip_tags(next_sentence(facts))
    yield bound_sentence(facts)
    for finding in facts["findings"]:
        yield finding_sentence(finding)
    if plan.status in (Plan.Status.RUNNING, Plan.Status.ENDED):
        yield outcome_sentence(outcome_of(plan), currency)


def unit_of(currency: str) -> int:
    """Return how many minor units make a major one."""
    return int(10 ** minor_digits(currency))
