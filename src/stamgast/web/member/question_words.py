"""What we ask customers and what they may choose, in their own words; by the codes of the core."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stamgast.customers.questions import CHOICES, SCALES

Text = str | Promise

QUESTIONS: dict[str, Text] = {
    "nps": _("How likely are you to recommend %(shop)s to a friend or colleague?"),
    "csat": _("How satisfied are you with %(shop)s?"),
    "delivery": _("How did the delivery of your order go?"),
    "why_stay": _("What is the main reason that you buy from %(shop)s?"),
    "why_leave": _("What is the main reason that you buy less from %(shop)s, or no longer?"),
    "knows_others": _("Do you know other shops that sell what %(shop)s sells?"),
}
# Both ends of each scale.
ENDS: dict[str, tuple[Text, Text]] = {
    "nps": (_("not at all likely"), _("very likely")),
    "csat": (_("very dissatisfied"), _("very satisfied")),
    "delivery": (_("very badly"), _("very well")),
}
ANSWERS: dict[str, dict[str, Text]] = {
    "why_stay": {
        "emotional": _("I like this shop"),
        "economic": _("The price, discounts or points"),
        "situational": _("It is close by, or I am used to it"),
        "legal": _("I have a contract"),
        "technical": _("It fits the device or system that I have"),
        "other": _("Something else"),
    },
    "why_leave": {
        "price": _("The price"),
        "quality": _("The quality of the products"),
        "service": _("The service"),
        "delivery": _("The delivery"),
        "range": _("They do not have what I look for"),
        "moved": _("I moved, or my situation changed"),
        "no_need": _("I do not need it any more"),
        "other": _("Something else"),
    },
    "knows_others": {"yes": _("Yes"), "no": _("No")},
}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that may be chosen: what is sent, and what is read."""

    value: str
    text: str


def asked(question: str, shop: str) -> str:
    """Return the question in a sentence."""
    return str(QUESTIONS[question]) % {"shop": shop or gettext("our shop")}


def options(question: str, out_of: int | None) -> list[Option]:
    """Return what may be answered: the points of the scale, or the choices."""
    if question in SCALES and out_of is not None:
        points = range(SCALES[question].least, out_of + 1)
        return [Option(str(point), str(point)) for point in points]
    return [Option(code, str(ANSWERS[question][code])) for code in CHOICES[question]]


def ends(question: str) -> tuple[str, str] | None:
    """Return what the lowest and the highest point of the scale mean."""
    both = ENDS.get(question)
    return None if both is None else (str(both[0]), str(both[1]))
