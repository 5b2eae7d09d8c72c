"""The sentences that stand below every message, in the customer's language and the shop's tone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils import formats, translation
from django.utils.translation import gettext, pgettext

FRIENDLY = "friendly"


@dataclass(frozen=True, slots=True)
class Foot:
    """The links below a message."""

    unsubscribe: str
    choose: str


@lru_cache(maxsize=8)
def foot(language: str, tone: str) -> Foot:
    """Return the links below a message, in words."""
    with translation.override(language):
        if tone == FRIENDLY:
            choose = pgettext("friendly", "Choose what you hear from us")
        else:
            choose = gettext("Choose what you hear from us")
        return Foot(unsubscribe=gettext("Unsubscribe"), choose=choose)


def greeting(language: str, tone: str, *, first_name: str, full_name: str) -> str:
    """Return how a message begins: "Dear Anna van der Berg", or "Hi Anna"."""
    with translation.override(language):
        if tone == FRIENDLY:
            if first_name:
                return gettext("Hi %(name)s") % {"name": first_name}
            return gettext("Hi there")
        if full_name:
            return gettext("Dear %(name)s") % {"name": full_name}
        return gettext("Dear customer")


def because(
    language: str, tone: str, *, basis: str, purpose: str, shop: str, on: date, order: str
) -> str:
    """Say on what a message rests: a consent of a day, or a purchase."""
    with translation.override(language):
        facts = {
            "shop": shop or gettext("our shop"),
            "day": formats.date_format(on, "j F Y"),
            "order": order,
            "purpose": _purposes()[purpose],
        }
        is_friendly = tone == FRIENDLY
        if basis == "soft_opt_in":
            return (
                pgettext("friendly", "You get this because you bought from %(shop)s (%(order)s).")
                if is_friendly
                else gettext("You get this because you bought from %(shop)s (%(order)s).")
            ) % facts
        return (
            pgettext(
                "friendly", "On %(day)s you said that %(shop)s may mail you about %(purpose)s."
            )
            if is_friendly
            else gettext("On %(day)s you said that %(shop)s may mail you about %(purpose)s.")
        ) % facts


def _purposes() -> dict[str, str]:
    return {
        "offers": gettext("offers"),
        "news": gettext("news"),
        "survey": gettext("surveys"),
    }
