"""What fits each kind of loyalty, and what to avoid: a place to begin, not a proof.

These are rules of thumb from the literature on switching costs and loyalty programmes; budget
should follow what was measured. Codes; screens and mails have the words.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """Measures that fit a kind of loyalty and measures to avoid with it, as codes."""

    fits: tuple[str, ...]
    avoids: tuple[str, ...]


MEASURES = {
    "true": Advice(
        fits=("invite_to_refer", "early_access", "recognition", "cross_sell"),
        avoids=("discount",),
    ),
    "latent": Advice(
        fits=("ease_delivery", "mend_stock", "widen_range", "reminder", "service_call"),
        avoids=("contract",),
    ),
    "captive": Advice(
        fits=("service_call_before_end", "fix_irritants", "then_extension"),
        avoids=("silent_renewal", "contact_without_control_group"),
    ),
    "bought": Advice(
        fits=("gift_or_experience", "points_at_full_price", "tier_goal"),
        avoids=("deeper_discount",),
    ),
    "habit": Advice(
        fits=("subscription", "saved_list", "second_category"),
        avoids=("frequent_contact",),
    ),
    "no_alternative": Advice(
        fits=("fix_irritants", "service_call", "recognition"),
        avoids=("price_rise", "taking_for_granted"),
    ),
    "none": Advice(
        fits=("nothing", "cheap_trial"),
        avoids=("programme_cost",),
    ),
    "lost": Advice(
        fits=("win_back_by_reason", "repair_and_upgrade", "moderate_price"),
        avoids=("bundle_for_all", "late_offer"),
    ),
    "unknown": Advice(
        fits=("ask_one_question",),
        avoids=("treat_as_none",),
    ),
}


def advice(kind: str, subtype: str | None = None, *, has_left: bool = False) -> Advice:
    """Return what fits a customer of this kind, or refuse an unknown kind with ValueError.

    `has_left` is for customers whose stage is lost: the way back goes before the kind.
    """
    key = "lost" if has_left else subtype if kind == "spurious" and subtype else kind
    if key not in MEASURES:
        raise ValueError(f"there is no kind of loyalty {key!r}")
    return MEASURES[key]
