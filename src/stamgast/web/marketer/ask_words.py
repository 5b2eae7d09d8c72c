"""The words around asking: what each question tells, why some are not asked, and the message."""

from __future__ import annotations

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from stamgast.customers.questions import ANSWERABLE_FOR
from stamgast.mail.content import Block, Content, Version
from stamgast.staff.rules import LANGUAGES
from stamgast.web.design.tags import number
from stamgast.web.member import question_words

Words = dict[str, str | Promise]

NAMES: Words = {
    "nps": _("Would they recommend us?"),
    "csat": _("Are they satisfied?"),
    "why_stay": _("Why do they stay?"),
    "why_leave": _("Why do they leave?"),
    "knows_others": _("Do they know others?"),
}
TELLS: Words = {
    "nps": _("Tells most of whether they are fond of you, and of whether they bring others."),
    "csat": _("Tells whether they are satisfied; that is less than being fond of you."),
    "why_stay": _("Tells which bond holds them. Asked of who buys regularly."),
    "why_leave": _("Tells what you can mend. Asked of who drifts or has left."),
    "knows_others": _("Tells whether they stay for want of another shop."),
}
LEFT_OUT: Words = {
    "never_given": _("no permission to ask by e-mail"),
    "withdrawn": _("permission withdrawn"),
    "no_address": _("no e-mail address"),
    "asked_recently": _("asked the same less than 90 days ago"),
    "paused": _("wants thirty days of quiet"),
    "bounced": _("nothing arrives at the address"),
    "complained": _("called your mail unwanted"),
}
OBSTACLES: Words = {
    "no_server": _("No mail server is set up yet."),
    "no_sender": _("It is not set up yet from which address you mail."),
    "no_public_address": _("It is not set up yet at which address customers reach these pages."),
    "held": _("A colleague stopped all sending."),
}


def left_out(code: str, count: int) -> str:
    """Say why some are not asked, and how many they are."""
    why = str(LEFT_OUT.get(code, _("may not be mailed")))
    return f"{why}: {number(count)}"


def answers_expected(count: int, share: float) -> str:
    """Say how many answers so many questions bring."""
    expected = round(count * share)
    text = ngettext("about %(n)s answer", "about %(n)s answers", expected)
    return text % {"n": number(expected)}


def message(question: str, shop: str) -> Content:
    """Return the message with this question, in every language we speak."""
    return Content(tuple((language, _version(question, shop, language)) for language in LANGUAGES))


def _version(question: str, shop: str, language: str) -> Version:
    with translation.override(language):
        asked = question_words.asked(question, shop)
        days = ANSWERABLE_FOR.days
        return Version(
            subject=gettext("One question from %(shop)s") % {"shop": shop or gettext("our shop")},
            preheader=asked,
            blocks=(
                Block("text", "{{ greeting }},"),
                Block("text", gettext("We would like to ask you one thing. It takes a minute.")),
                Block("heading", asked),
                Block("button", gettext("Answer"), "{{ answer_url }}"),
                Block(
                    "text",
                    gettext("The link is yours alone, and works for %(days)s days.")
                    % {"days": days},
                ),
            ),
        )
