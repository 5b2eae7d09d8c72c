"""The words for what plans are, what they rest on, and why they cannot go on yet."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, str | Promise]

STATUSES: Words = {
    "draft": pgettext_lazy("plan", "to be worked out"),
    "made": pgettext_lazy("plan", "worked out"),
    "approved": pgettext_lazy("plan", "approved"),
    "running": pgettext_lazy("plan", "running"),
    "ended": pgettext_lazy("plan", "ended"),
}
# Beside those of campaigns.
FINDINGS: Words = {
    "not_made": _("it has to be worked out first"),
    "campaign_changed": _("a campaign changed since it was worked out: work it out again"),
    "no_orders": _("no orders are known yet"),
    "nothing_pays": _("none of the campaigns is expected to bring more than it costs"),
    "little_known": _("little is known of it yet"),
    "option_for_nobody": _("it is for nobody now"),
}
PROBLEMS: Words = {
    "on_event": _("it waits for something that happens"),
    "no_goal": _("it serves no goal yet"),
    "gives_way": _("a campaign that goes first reaches them that day"),
    "left_to_plan": _("a plan says who gets it"),
}
FIELDS: Words = {
    "campaigns": _("choice of campaigns"),
    "exploration": _("share that chance decides"),
    "option": _("campaign"),
    "group": _("group"),
    "changes": _("number of changes by hand"),
}
BASES: Words = {
    "individual": _("chosen per customer"),
    "same": _("the same for everybody"),
    "little": _("a careful guess"),
}
CHANGES: Words = {
    "cap": _("at most so many"),
    "leave_out_group": _("a group left out"),
    "leave_out": _("a customer left out"),
    "give": _("a customer who is to get it"),
}
KINDS: dict[str, Words] = {"plan": STATUSES, "plan_basis": BASES, "plan_change": CHANGES}
