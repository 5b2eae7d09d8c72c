"""The words for why customers stay: kinds of loyalty, bonds, measures and evidence, by code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stamgast.web.design.tags import day, listed, number

Words = dict[str, str | Promise]

# In the order in which a page names them: from who stays by choice to who we know nothing of.
KINDS: Words = {
    "true": _("loyal: fond of us, and they buy"),
    "latent": _("fond of us, but buy little"),
    "captive": _("held by a contract or a device"),
    "bought": _("held by price or points"),
    "habit": _("out of habit"),
    "no_alternative": _("know no other shop"),
    "spurious": _("stay without being loyal"),
    "none": _("neither fond of us nor buying"),
    "unknown": _("not known yet"),
}
ONE_OF_KIND: Words = {
    "true": _("loyal"),
    "latent": _("fond of us, buys little"),
    "captive": _("held by contract or device, not yet loyal"),
    "bought": _("held by price, not yet loyal"),
    "habit": _("habit, not yet loyal"),
    "no_alternative": _("knows no other shop, not yet loyal"),
    "spurious": _("stays, not yet loyal"),
    "none": _("not loyal"),
    "unknown": _("not known yet"),
}
BONDS: Words = {
    "emotional": _("Likes us"),
    "economic": _("Price and points"),
    "situational": _("Habit and nearness"),
    "technical": _("Device or system"),
    "legal": _("Contract"),
}
HOLDS: Words = {
    "emotional": _("liking us"),
    "economic": _("price and points"),
    "situational": _("habit and nearness"),
    "technical": _("a device or system"),
    "legal": _("a contract"),
}
ENDS: Words = {
    "economic": _("points or discount end"),
    "situational": _("the habit fades"),
    "technical": _("the device is due for replacement"),
    "legal": _("the contract ends"),
}
LEVELS: Words = {"high": _("yes"), "unclear": _("not clear"), "low": _("no")}
MEASURES: Words = {
    "invite_to_refer": _("invite them to bring somebody"),
    "early_access": _("show them new things first"),
    "recognition": _("thank them by name"),
    "cross_sell": _("point out what goes with it"),
    "discount": _("discount: they buy without"),
    "ease_delivery": _("make delivery easier"),
    "mend_stock": _("keep in stock what they want"),
    "widen_range": _("widen the range"),
    "reminder": _("remind them at the right time"),
    "service_call": _("call and ask how it goes"),
    "contract": _("tying them by a contract"),
    "service_call_before_end": _("call well before the end"),
    "fix_irritants": _("take away what annoys them"),
    "then_extension": _("offer to go on only after that"),
    "silent_renewal": _("silent renewal"),
    "contact_without_control_group": _(
        "contact without a control group: it may wake them to leave"
    ),
    "gift_or_experience": _("a gift or an experience instead of discount"),
    "points_at_full_price": _("points on what is bought at full price"),
    "tier_goal": _("a next level within reach"),
    "deeper_discount": _("deeper discount"),
    "subscription": _("offer a subscription"),
    "saved_list": _("a list that orders the same again"),
    "second_category": _("a second kind of product"),
    "frequent_contact": _("frequent contact"),
    "price_rise": _("a price rise without a reason"),
    "taking_for_granted": _("taking them for granted"),
    "nothing": _("nothing"),
    "cheap_trial": _("a cheap try"),
    "programme_cost": _("spending on a programme"),
    "ask_one_question": _("ask one question"),
    "treat_as_none": _("treating them as not loyal"),
}
EVIDENCE: Words = {
    "only_supplier": _("Nobody else delivers there"),
    "near_shop": _("Lives near the shop"),
    "knows_no_other": _("Was asked whether they know another shop"),
    "same_weekday": _("Buys on the same day of the week"),
    "default_reorder": _("Orders the same again"),
    "says_habit": _("Named nearness or habit as the reason to stay"),
    "discount_share": _("Buys again with discount"),
    "benefit_later": _("Has points or a reward within reach"),
    "tier_benefit": _("Has a level whose benefits would lapse"),
    "prepaid": _("Has credit or a gift card to spend"),
    "says_price": _("Named price or points as the reason to stay"),
    "contract": _("Contract"),
    "warranty": _("Warranty or service plan"),
    "says_contract": _("Named the contract as the reason to stay"),
    "platform_owned": _("Owns a device of ours"),
    "consumables_bought": _("Buys what only fits that device"),
    "sole_source_share": _("Buys what only we sell"),
    "account_integration": _("Their systems are linked to ours"),
    "says_system": _("Named their device as the reason to stay"),
    "nps": _("Would recommend us"),
    "csat": _("Is satisfied"),
    "delivery_score": _("Rated the delivery"),
    "review": _("Wrote a review"),
    "referral": _("Brought a new customer"),
    "complaint": _("Complained, and how that ended"),
    "no_offer_needed": _("Buys without an offer"),
    "early_full_price": _("Began at full price"),
    "says_liking": _("Named liking us as the reason to stay"),
}


def say(words: Words, code: str) -> str:
    """Return the words for a code; one without words shows itself."""
    return str(words.get(code, code))


def measures(codes: Iterable[str]) -> str:
    """Name measures in a sentence."""
    return listed(say(MEASURES, code) for code in codes)


def evidence_line(line: dict[str, Any]) -> str:
    """Say one piece of evidence: what was seen, when, and which way it points."""
    code = line.get("code") or ""
    if code == "contract" and line.get("detail") == "none":
        return gettext("No contract")
    direction = line.get("direction") or _direction(line.get("value"))
    facts = {"seen": _seen(code, line.get("detail")), "day": _day(line.get("day"))}
    if direction == "against":
        return gettext("%(seen)s: speaks against it (%(day)s)") % facts
    if direction == "for":
        return gettext("%(seen)s: speaks for it (%(day)s)") % facts
    return gettext("%(seen)s: says neither (%(day)s)") % facts


def _seen(code: str, detail: Any) -> str:
    """Say what was seen, with how many of how many where that is known ("7/20")."""
    part, slash, whole = str(detail or "").partition("/")
    if not (slash and part.isdigit() and whole.isdigit()):
        return say(EVIDENCE, code)
    facts = {"seen": say(EVIDENCE, code), "n": number(int(part)), "all": number(int(whole))}
    return gettext("%(seen)s, %(n)s of %(all)s times") % facts


def _direction(value: Any) -> str:
    if not isinstance(value, int | float):
        return "neither"
    return "for" if value > 0.6 else "against" if value < 0.4 else "neither"


def _day(text: Any) -> str:
    """Write the day of a piece of evidence; it arrives as text."""
    try:
        return day(date.fromisoformat(str(text)[:10]))
    except ValueError:
        return day(None)
