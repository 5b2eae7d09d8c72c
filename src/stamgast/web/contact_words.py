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
PROBLEMS: Words = {
    **CALL_RESULTS,
    "no_phone": _("we have no telephone number"),
    "no_post_address": _("we have no postal address"),
    "not_the_hour": _("this is no hour to call anybody"),
}
FIELDS: Words = {
    "hours": _("hours at which is called"),
    "tries": _("number of tries"),
    "result": _("what came of it"),
    "note": _("note"),
    "again_at": _("time to call again"),
}
KINDS: dict[str, Words] = {"call": CALL_RESULTS}
