"""The words of the loyalty programme for every code that its rooms return."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = dict[str, str | Promise]

# Why a code, a reward or a friend does not count.
REASONS: Words = {
    "unknown_code": _("we do not know this code"),
    "too_many": _("more than five codes do not go together"),
    "closed": _("it is no longer there"),
    "not_started": _("it has not begun yet"),
    "ended": _("its time is over"),
    "other_currency": _("it is in another currency"),
    "not_yours": _("it is somebody else's"),
    "used_up": _("it was used as often as it may be"),
    "used_by_you": _("this customer used it as often as one may"),
    "card_empty": _("there is nothing left on this card"),
    "unknown_buyer": _("we need to know who buys"),
    "not_first_order": _("it is for a first order"),
    "other_stage": _("it is for other customers"),
    "other_tier": _("it is for another level"),
    "budget_spent": _("its budget is spent"),
    "below_minimum": _("the order is below the least amount"),
    "no_such_products": _("it is for other products"),
    "twice": _("it was entered twice"),
    "beside_exclusive": _("another code goes with nothing else"),
    "exclusive": _("it goes with no other code"),
    "same_family": _("another code of its kind goes first"),
    "nothing_left": _("nothing is left to take it off"),
    "left": _("the membership has ended"),
    "had_enough": _("they had it as often as one may"),
    "out_of_stock": _("none are left"),
    "needs_purchase": _("it goes with a purchase, of the last thirty days"),
    "too_few_points": _("there are too few points"),
    "off": _("inviting friends is switched off"),
    "self": _("one cannot invite oneself"),
    "same_email": _("both have the same e-mail address"),
    "same_phone": _("both have the same telephone number"),
    "same_household": _("both live at the same address"),
    "brought_before": _("somebody else invited them before"),
    "in_a_circle": _("they were invited by this customer themselves"),
    "bought_before": _("they bought here before"),
    "too_late": _("they did not buy in time"),
    "came_back": _("the order came back"),
    "cap": _("the member was rewarded as often as one may in a year"),
}
FIELDS: Words = {
    "percent": _("percentage"),
    "amount_minor": _("amount"),
    "most_minor": _("largest discount"),
    "least_order_minor": _("least amount of an order"),
    "uses_per_code": _("times per code"),
    "uses_per_customer": _("times per customer"),
    "uses_most": _("times in all"),
    "budget_minor": _("budget"),
    "stages": _("customer stages"),
    "starts_at": _("start"),
    "ends_at": _("end"),
    "vat_kind": _("kind for VAT"),
    "requires_purchase": _("whether a purchase is needed"),
    "is_sold": _("whether it is sold"),
    "valid_until": _("last day"),
    "wanted": _("number of codes"),
    "prefix": _("beginning of the codes"),
    "bought_on": _("date of the purchase"),
    "threshold": _("threshold"),
    "benefits": _("benefits"),
    "factor": _("times the points"),
    "measure": _("what counts"),
    "window": _("period"),
    "months": _("number of months"),
    "downgrade": _("way down"),
    "grace_days": _("days of grace"),
    "points": _("number of points"),
    "stock": _("stock"),
    "most_each": _("times per member"),
    "cost_minor": _("cost"),
    "code_set": _("codes that it gives"),
    "code_days": _("days that the code is valid"),
    "points_member": _("points for the member"),
    "points_friend": _("points for the friend"),
    "within_days": _("days in which the friend buys"),
}
CODE_KINDS: Words = {
    "percent": _("percentage off"),
    "amount": _("amount off"),
    "free_shipping": _("free delivery"),
    "gift_card": _("gift card"),
}
CODE_LINES: Words = {
    "no_code": _("is no code"),
    "twice": _("stands in the file before"),
    "there": _("was there"),
    "elsewhere": _("belongs to another set"),
}
REWARD_KINDS: Words = {
    "gift": _("gift"),
    "discount": pgettext_lazy("reward", "discount"),
    "free_shipping": _("free delivery"),
    "product": pgettext_lazy("reward", "product"),
    "experience": _("experience"),
    "donation": _("donation"),
    "service": pgettext_lazy("reward", "service"),
}
BENEFIT_KINDS: Words = {
    "free_shipping": _("free delivery"),
    "extra_points": _("extra points"),
    "birthday": _("something on their birthday"),
    "early_access": _("first in line"),
    "service": pgettext_lazy("reward", "service"),
    "other": _("something else"),
}
VAT_KINDS: Words = {
    "discount": _("discount: no voucher, lowers the price"),
    "single_purpose": _("voucher for one purpose: VAT when it is given"),
    "multi_purpose": _("voucher for several purposes: VAT when it is used"),
}
MEASURES: Words = {
    "points": _("points that count for a level"),
    "spend": _("what they spent"),
    "orders": _("number of orders"),
}
WINDOWS: Words = {
    "rolling": _("the last months"),
    "calendar_year": _("a calendar year"),
    "since_joining": _("a year from the day they joined"),
}
DOWNGRADES: Words = {
    "one_down": _("one level down"),
    "straight": _("straight to the level they reach"),
}
KINDS: dict[str, Words] = {
    "code_kind": CODE_KINDS,
    "code_line": CODE_LINES,
    "reward_kind": REWARD_KINDS,
    "benefit_kind": BENEFIT_KINDS,
    "vat_kind": VAT_KINDS,
    "tier_measure": MEASURES,
    "tier_window": WINDOWS,
    "tier_downgrade": DOWNGRADES,
}
