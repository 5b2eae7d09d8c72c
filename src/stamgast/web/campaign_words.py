"""The words for what campaigns are and why they cannot go on yet."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, str | Promise]

STATUSES: Words = {
    "draft": pgettext_lazy("campaign", "draft"),
    "checked": pgettext_lazy("campaign", "ready to approve"),
    "approved": pgettext_lazy("campaign", "approved"),
    "running": pgettext_lazy("campaign", "running"),
    "paused": pgettext_lazy("campaign", "paused"),
    "ended": pgettext_lazy("campaign", "ended"),
}
FINDINGS: Words = {
    "nobody": _("nobody is in the audience"),
    "nobody_may": _("nobody in the audience may get it"),
    "event_gone": _("the signal that the audience is about was taken back"),
    "second_life": _("what a return is expected to bring limits what one may cost"),
    "standing_control": _("some are in the standing control group"),
    "contacted_often": _("some heard from us often enough lately, so theirs waits"),
    "control_share": _("the control group is too small or too large"),
    "no_goal": _("it serves no goal yet"),
    "goal_not_open": _("its goal is not open"),
    "no_contact": _("an offer has no contact: nobody would hear of it"),
    "contact_too_late": _("a contact comes after the days that are measured"),
    "budget": _("the goal has too little money left"),
    "worst_case": _("it may cost more than the goal allows one campaign"),
    "no_codes": _("the offer has no list of codes"),
    "codes_closed": _("the codes of the offer may be used no more"),
    "no_points": _("the offer says no number of points"),
    "no_reward": _("the offer has no reward that can be had"),
    "reward_costs": _("the reward costs more than the offer sets aside"),
    "fewer_codes": _("there are fewer codes than customers"),
    "text": _("a text cannot be filled in"),
    "no_website": _("nobody said where the button in the mail leads"),
    "no_trigger": _("nothing is chosen that starts it"),
    "not_scored": _("customers were not scored yet"),
    "overlaps": _("another campaign wants some of the same customers"),
}
PROBLEMS: Words = {
    # conditions
    "version": _("it is of another version"),
    "no_condition": _("it is no condition"),
    "unknown_condition": _("there is no such condition"),
    "unknown_field": _("it has no such field"),
    "missing": _("something is left open"),
    "not_possible": _("this is not possible"),
    "empty_group": _("the group holds nothing"),
    "too_many": _("there are too many"),
    "too_deep": _("groups lie too deep in each other"),
    "upside_down": _("the lower end lies above the upper end"),
    # codes
    "twice": _("this code is there twice"),
    "taken": _("another list has this code"),
    # who may not be drawn
    "objects_to_profiling": _("they do not want to be profiled"),
    "minor": _("they are under eighteen"),
    "open_complaint": _("they have an open complaint"),
    "drawn_before": _("the lot was drawn for them before"),
    "similar_control": _("a similar campaign's lot left them out, and that is still followed"),
    "asked_recently": _("they may not be asked this, or were asked lately"),
    "no_member": _("they are no member of the loyalty programme"),
    "may_not_claim": _("the reward is not for them"),
    "over_second_life": _("the offer costs more than their return would bring"),
    "contacted_often": _("they heard from us often enough lately"),
    # why something waits or did not go
    "campaign_paused": _("the campaign is paused"),
    "orders_too_old": _("the newest order we know is too old"),
    "contact_before": _("it waits for the contact before it"),
    "branch": _("its condition did not hold"),
    "already_ordered": _("they ordered since"),
    "campaign_over": _("the campaign ended"),
    "left_campaign": _("they left the campaign"),
    "in_standing_control": _("they are in the standing control group"),
    "offer_expired": _("the offer ended"),
    "kept_back": _("they heard from us often enough until it was over"),
    "budget": _("the money of the goal is used up"),
    "worst_case": _("it came to the most that the goal allows one campaign"),
    "goal_not_open": _("its goal is closed"),
    "codes": _("the discount codes are used up"),
    "rewards": _("the reward or the set of codes is out of stock or closed"),
    "work_refused": _("its work was refused"),
    "failed": _("it could not be delivered"),
}
FIELDS: Words = {
    "website": _("address of the shop"),
    "needs_second_person": _("approval by a second person"),
    "offer": _("offer"),
    "offer_kind": _("kind of offer"),
    "valid_days": _("number of days it holds"),
    "share": _("share"),
    "step": _("contact"),
    "placement": _("place on the site"),
    "wait_days": _("number of days before it"),
    "rhythm": _("rhythm"),
    "trigger": _("what starts it"),
    "control_share": _("size of the control group"),
    "window_days": _("number of days an effect is waited for"),
    "most_customers": _("largest number of customers"),
    "codes": _("list of codes"),
    "points": _("number of points"),
    "reward": _("reward"),
    "question": _("question"),
}
DELIVERIES: Words = {
    "waiting": pgettext_lazy("delivery", "waits"),
    "sent": pgettext_lazy("delivery", "sent"),
    "failed": pgettext_lazy("delivery", "could not be delivered"),
    "uncertain": pgettext_lazy("delivery", "nobody knows whether it arrived"),
    "withheld": pgettext_lazy("delivery", "not sent"),
    "skipped": pgettext_lazy("delivery", "passed over"),
}
ASSIGNMENTS: Words = {
    "given": pgettext_lazy("assignment", "still open"),
    "used": pgettext_lazy("assignment", "used"),
    "expired": pgettext_lazy("assignment", "ran out"),
    "exited": pgettext_lazy("assignment", "left the campaign"),
}
KINDS: dict[str, Words] = {
    "campaign": STATUSES,
    "finding": FINDINGS,
    "delivery": DELIVERIES,
    "assignment": ASSIGNMENTS,
}
