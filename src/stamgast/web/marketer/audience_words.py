"""Conditions as sentences: what each is called, how it reads, and how its opposite reads.

A sentence continues "everyone who", so that conditions can be read one after the other.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Said(NamedTuple):
    """The words of one condition: its name in the list, how it reads, and how its opposite reads."""

    name: Text
    holds: Text
    opposite: Text


SUBJECTS: Final[dict[str, Text]] = {
    "buying": _("How they buy"),
    "value": _("What they bring"),
    "products": _("What they bought"),
    "bonds": _("Why they stay"),
    "experience": _("How they fared"),
    "contact": _("What we said and may say"),
    "contract": _("Contracts"),
    "outside": _("What happened outside"),
    "programme": _("Loyalty programme"),
    "campaigns": _("Earlier campaigns"),
    "person": _("Who they are"),
}
CONDITIONS: Final[dict[str, Said]] = {
    "stage": Said(_("Stage"), _("is %(what)s"), _("is not %(what)s")),
    "silent_longer_than_usual": Said(
        _("Silent for longer than usual"),
        _("has not bought for %(longer)s"),
        _("has not been silent for %(longer)s"),
    ),
    "last_bought": Said(
        _("How long ago they bought last"),
        _("bought last %(long)s ago"),
        _("did not buy last %(long)s ago"),
    ),
    "first_bought": Said(
        _("How long ago they bought first"),
        _("bought first %(long)s ago"),
        _("did not buy first %(long)s ago"),
    ),
    "orders": Said(
        _("How often they bought"),
        _("bought %(often)s"),
        _("did not buy %(often)s"),
    ),
    "next_step": Said(
        _("Next step by rule of thumb"),
        _("has %(what)s as next step"),
        _("does not have %(what)s as next step"),
    ),
    "ordered": Said(
        _("Bought in the last days"),
        _("bought %(times)sin the last %(days)s days"),
        _("did not buy %(times)sin the last %(days)s days"),
    ),
    "channel": Said(
        _("Sales channel of the last order"),
        _("bought last through %(what)s"),
        _("did not buy last through %(what)s"),
    ),
    "shop": Said(
        _("Shop of the last order"),
        _("bought last in %(what)s"),
        _("did not buy last in %(what)s"),
    ),
    "value": Said(
        _("Expected margin in the coming year"),
        _("is expected to bring %(range)s in the coming year"),
        _("is not expected to bring %(range)s in the coming year"),
    ),
    "highest_value": Said(
        _("Belongs to the most valuable"),
        _("belongs to the %(percent)s%% with the highest value"),
        _("does not belong to the %(percent)s%% with the highest value"),
    ),
    "revenue": Said(
        _("Revenue so far"),
        _("spent %(range)s so far"),
        _("did not spend %(range)s so far"),
    ),
    "margin": Said(
        _("Margin so far"),
        _("brought %(range)s margin so far"),
        _("did not bring %(range)s margin so far"),
    ),
    "discount_share": Said(
        _("Share bought at a discount"),
        _("had %(range)s%% discount on the whole"),
        _("did not have %(range)s%% discount on the whole"),
    ),
    "returns": Said(
        _("Share sent back"),
        _("sent %(range)s%% back"),
        _("did not send %(range)s%% back"),
    ),
    "used_code": Said(
        _("Used a discount code"),
        _("used %(codes)s%(since)s"),
        _("did not use %(codes)s%(since)s"),
    ),
    "bought_product": Said(
        _("Bought a product"),
        _("bought %(what)s %(times)s%(since)s"),
        _("did not buy %(what)s %(times)s%(since)s"),
    ),
    "bought_category": Said(
        _("Bought from a category"),
        _("bought from %(what)s %(times)s%(since)s"),
        _("did not buy from %(what)s %(times)s%(since)s"),
    ),
    "bought_brand": Said(
        _("Bought a brand"),
        _("bought something of %(what)s %(times)s%(since)s"),
        _("did not buy anything of %(what)s %(times)s%(since)s"),
    ),
    "loyalty": Said(_("Kind of loyalty"), _("counts as %(what)s"), _("does not count as %(what)s")),
    "stays_because": Said(
        _("Stays, but is not loyal"),
        _("counts as %(what)s"),
        _("does not count as %(what)s"),
    ),
    "bond": Said(
        _("Strength of a bond"),
        _("has a bond of %(range)s of 100: %(what)s"),
        _("does not have a bond of %(range)s of 100: %(what)s"),
    ),
    "bond_ends": Said(
        _("A bond ends soon"),
        _("has a bond that ends within %(days)s days"),
        _("has no bond that ends within %(days)s days"),
    ),
    "complaint_open": Said(
        _("Open complaint"), _("has an open complaint"), _("has no open complaint")
    ),
    "complained": Said(
        _("Complained lately"),
        _("complained in the last %(days)s days"),
        _("did not complain in the last %(days)s days"),
    ),
    "complaint_closed": Said(
        _("A complaint was closed lately"),
        _("has a complaint that was closed in the last %(days)s days"),
        _("has no complaint that was closed in the last %(days)s days"),
    ),
    "left_because": Said(
        _("Why they left"),
        _("left because of: %(what)s"),
        _("did not leave because of: %(what)s"),
    ),
    "answered_score": Said(
        _("Score in an answer"),
        _("gave %(range)s: %(what)s%(since)s"),
        _("did not give %(range)s: %(what)s%(since)s"),
    ),
    "answered_choice": Said(
        _("Choice in an answer"),
        _("answered “%(what)s” (%(question)s)"),
        _("did not answer “%(what)s” (%(question)s)"),
    ),
    "returned_order": Said(
        _("Sent something back"),
        _("sent something back %(times)s%(since)s"),
        _("did not send anything back %(times)s%(since)s"),
    ),
    "contacted": Said(
        _("Heard from us lately"),
        _("heard from us in the last %(days)s days"),
        _("did not hear from us in the last %(days)s days"),
    ),
    "clicked": Said(
        _("Followed a link in a mail"),
        _("followed a link in our mail in the last %(days)s days"),
        _("followed no link in our mail in the last %(days)s days"),
    ),
    "referred": Said(
        _("Brought somebody"), _("brought a new customer"), _("brought no new customer")
    ),
    "allows": Said(
        _("Consent"),
        _("allows %(purpose)s by %(channel)s"),
        _("does not allow %(purpose)s by %(channel)s"),
    ),
    "has_contract": Said(_("Has a contract"), _("has a contract"), _("has no contract")),
    "contract_ends": Said(
        _("Contract ends soon"),
        _("has a contract that ends within %(days)s days"),
        _("has no contract that ends within %(days)s days"),
    ),
    "gave_notice": Said(_("Gave notice"), _("gave notice"), _("did not give notice")),
    "exposed_now": Said(
        _("May be touched by what goes on outside"),
        _("may be touched now by: %(what)s"),
        _("is not touched now by: %(what)s"),
    ),
    "exposed_to": Said(
        _("May be touched by a signal"),
        _("may be touched by “%(what)s”"),
        _("is not touched by “%(what)s”"),
    ),
    "known_since": Said(
        _("How long we know them"),
        _("has been known to us for %(long)s"),
        _("has not been known to us for %(long)s"),
    ),
    "is_kind": Said(_("Person or company"), _("is a %(what)s"), _("is not a %(what)s")),
    "language": Said(_("Language"), _("speaks %(what)s"), _("does not speak %(what)s")),
    "country": Said(_("Country"), _("buys from %(what)s"), _("does not buy from %(what)s")),
    "lives_in": Said(_("Place"), _("lives in %(what)s"), _("does not live in %(what)s")),
    "birthday": Said(
        _("Birthday"),
        _("has a birthday %(ahead)s"),
        _("has no birthday %(ahead)s"),
    ),
    "has_suggestion": Said(
        _("There is something to suggest"),
        _("has a suggestion: %(what)s"),
        _("has no suggestion: %(what)s"),
    ),
    "runs_out": Said(
        _("Something they buy again runs out"),
        _("usually buys something again within %(days)s days"),
        _("does not usually buy something again within %(days)s days"),
    ),
    "is_member": Said(
        _("Member"), _("takes part in the programme"), _("does not take part in the programme")
    ),
    "joined": Said(
        _("Joined lately"),
        _("joined in the last %(days)s days"),
        _("did not join in the last %(days)s days"),
    ),
    "has_points": Said(
        _("Points to spend"),
        _("has %(points)s%(unspent)s"),
        _("does not have %(points)s%(unspent)s"),
    ),
    "points_end": Said(
        _("Points end soon"),
        _("has points that end within %(days)s days"),
        _("has no points that end within %(days)s days"),
    ),
    "has_tier": Said(_("Tier"), _("has tier %(what)s"), _("does not have tier %(what)s")),
    "reached_tier": Said(
        _("Reached a tier lately"),
        _("reached a tier in the last %(days)s days"),
        _("reached no tier in the last %(days)s days"),
    ),
    "benefit_withheld": Said(
        _("Without a benefit by lot"),
        _("by lot does without: %(what)s"),
        _("is not left out by lot of: %(what)s"),
    ),
    "brought_friend": Said(_("Brought a friend"), _("brought a friend"), _("brought no friend")),
    "in_campaign": Said(
        _("Was in a campaign"),
        _("got something of a campaign in the last %(days)s days"),
        _("got nothing of a campaign in the last %(days)s days"),
    ),
}
FIELDS: Final[dict[str, Text]] = {
    "in": _("Which"),
    "percent": _("Percent"),
    "at_least": _("At least"),
    "at_most": _("At most"),
    "days": _("In the last days"),
    "times": _("At least so many times"),
    "bond": _("Which bond"),
    "question": _("Question"),
    "channel": _("Channel"),
    "purpose": _("Purpose"),
    "event": _("Signal"),
}
AHEAD: Final[dict[str, Text]] = {"days": _("Within so many days")}
LOOKS_AHEAD: Final = frozenset({"birthday", "bond_ends", "contract_ends", "points_end", "runs_out"})
QUESTIONS: Final[dict[str, Text]] = {
    "nps": _("how likely they are to recommend us"),
    "csat": _("how satisfied they are"),
    "delivery": _("how the delivery went"),
    "why_stay": _("why they stay"),
    "why_leave": _("why they left"),
    "knows_others": _("whether they know others who sell this"),
}
CHOICES: Final[dict[str, Text]] = {
    "emotional": _("they feel at home with us"),
    "economic": _("leaving is expensive"),
    "situational": _("there is no alternative nearby"),
    "legal": _("there is a contract"),
    "technical": _("it only works with ours"),
    "price": _("price"),
    "quality": _("quality"),
    "service": _("service"),
    "delivery": _("delivery"),
    "range": _("what we sell"),
    "moved": _("they moved"),
    "no_need": _("they need it no more"),
    "other": _("something else"),
    "yes": _("yes"),
    "no": _("no"),
}
SUGGESTIONS: Final[dict[str, Text]] = {
    "again": _("what runs out"),
    "together": _("what goes with what they have"),
    "step_up": _("one step better than what they have"),
}
PERSONS: Final[dict[str, Text]] = {"person": _("person"), "company": _("company")}
