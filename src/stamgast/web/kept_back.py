"""In words: what a cap kept back until the offer, or the window of the campaign, ended."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.utils.translation import ngettext

from stamgast.campaigns.errors import KeptBack
from stamgast.campaigns.models import Delivery
from stamgast.web.words import word_of


def why_not(delivery: Delivery) -> str:
    """Say why a contact did not go, with the figures of the cap where that kept it back."""
    if delivery.reason == KeptBack.code:
        return why_kept_back(delivery.facts, customers=1)
    return word_of("problem", delivery.reason)


def why_kept_back(facts: dict[str, Any], *, customers: int) -> str:
    """Say how often these customers had heard from us, and what ended while theirs waited."""
    if "times" not in facts:
        return word_of("problem", KeptBack.code)
    times, days = facts["times"], facts["days"]
    if facts["ended"] == "offer":
        text = ngettext(
            "kept back because this customer had %(contacts)s in %(days)s, until the offer ended",
            "kept back because these customers had %(contacts)s in %(days)s, until the offer ended",
            customers,
        )
    else:
        text = ngettext(
            "kept back because this customer had %(contacts)s in %(days)s, until the campaign’s "
            "window ended",
            "kept back because these customers had %(contacts)s in %(days)s, until the campaign’s "
            "window ended",
            customers,
        )
    return text % {
        "contacts": ngettext("%(n)s message", "%(n)s messages", times) % {"n": times},
        "days": ngettext("%(n)s day", "%(n)s days", days) % {"n": days},
    }


def kept_back_lines(experiment: int | None) -> list[tuple[int, str]]:
    """Return of how many customers of a campaign a cap kept the contact back, and why; most first."""
    rows = Delivery.objects.filter(
        assignment__lot__experiment=experiment, reason=KeptBack.code
    ).values_list("facts")
    found = rows.annotate(customers=Count("assignment", distinct=True)).order_by("-customers")
    return [(count, why_kept_back(facts, customers=count)) for facts, count in found]
