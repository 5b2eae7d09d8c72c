"""The words for contacts over other channels than mail: how calls end, and why some are not made."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, str | Promise]

CALL_RESULTS: Words = {
    "accepted": pgettext_lazy("call", "accepted the offer"),
    "spoke": pgettext_lazy("call", "spoke to them"),
    "declined": pgettext_lazy("call", "not interested"),
    "no_answer": pgettext_lazy("call", "no answer"),
    "call_back": pgettext_lazy("call", "wants to be called later"),
    "wrong_number": pgettext_lazy("call", "wrong number"),
    "do_not_call": pgettext_lazy("call", "does not want to be called"),
}
# Where somebody said it; a shop's own word shows as it is.
CONSENT_SOURCES: Words = {
    "account": pgettext_lazy("consent", "account"),
    "api": pgettext_lazy("consent", "told by another program"),
    "call": pgettext_lazy("consent", "by telephone"),
    "checkout": pgettext_lazy("consent", "checkout"),
    "complaint": pgettext_lazy("consent", "marked as unwanted mail"),
    "list": pgettext_lazy("consent", "told by another mail tool"),
    "mail provider": pgettext_lazy("consent", "told by the mail provider"),
    "member page": pgettext_lazy("consent", "member page"),
    "phone": pgettext_lazy("consent", "by telephone"),
    "preference page": pgettext_lazy("consent", "preference page"),
    "shop": pgettext_lazy("consent", "in the shop"),
    "site": pgettext_lazy("consent", "on the site"),
    "staff": pgettext_lazy("consent", "to a colleague"),
    "unsubscribe link": pgettext_lazy("consent", "unsubscribe link"),
    "unsubscribe_link": pgettext_lazy("consent", "unsubscribe link"),
    "webhook": pgettext_lazy("consent", "told by another program"),
}
PROBLEMS: Words = {
    **CALL_RESULTS,
    "no_phone": _("we have no telephone number"),
    "no_post_address": _("we have no postal address"),
    "not_the_hour": _("this is no hour to call anybody"),
    # other tools
    "not_taken": _("the other program did not take it"),
    "no_word": _("the other tool never said what came of it"),
    "by_colleague": _("a colleague said so"),
    "unsubscribed": _("they unsubscribed"),
    "no_such_contact": _("no other tool was handed a contact like this"),
    "unknown_person": _("nobody is known by this number or address"),
    "customer_erased": _("this person was erased"),
    "in_the_future": _("this has not happened yet"),
    "outcome": _("we do not know this outcome"),
    "mailing": _("the mailing has no name"),
    "too_large": _("it is too large"),
    "too_many_lines": _("it has more than 5,000 lines: cut it up"),
    "no_text": _("it is no CSV in UTF-8"),
    "no_table": _("it is no table"),
    "no_column": _("no column says whom it is about"),
}
FIELDS: Words = {
    "hours": _("hours at which is called"),
    "tries": _("number of tries"),
    "result": _("what came of it"),
    "note": _("note"),
    "again_at": _("time to call again"),
    "endpoint": _("address of the other program"),
    "consent": _("channel of consent"),
    "mailing": _("name of the mailing"),
}
KINDS: dict[str, Words] = {"call": CALL_RESULTS, "consent_source": CONSENT_SOURCES}
