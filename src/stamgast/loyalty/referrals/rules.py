"""Whether somebody was really brought by somebody else: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from stamgast.loyalty.codes.rules import HIGHEST
from stamgast.loyalty.referrals.errors import BadReferralRule

# Mail services that ignore dots in a name; all ignore what follows a plus sign.
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})


@dataclass(frozen=True, slots=True)
class Side:
    """What tells two people apart."""

    id: int
    email: str = ""
    phone: str = ""
    postcode: str = ""
    house_number: str = ""
    last_name: str = ""


def mailbox(email: str) -> str:
    """Return an e-mail address without the variations that lead to the same mailbox."""
    name, at, host = email.strip().lower().partition("@")
    name = name.partition("+")[0]
    if host in _DOTLESS:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}{at}{host}"


def sameness(one: Side, other: Side) -> str:
    """Return by what two people seem to be one, or one household; empty when they do not."""
    if one.id == other.id:
        return "self"
    if one.email and mailbox(one.email) == mailbox(other.email):
        return "same_email"
    if one.phone and one.phone == other.phone:
        return "same_phone"
    address = (one.postcode, one.house_number)
    if all(address) and address == (other.postcode, other.house_number):
        return "same_household"
    return ""


def refusal_of(
    *,
    is_on: bool,
    has_left: bool,
    same: str,
    bought_before: bool,
    is_brought: bool,
    brought_member: bool,
) -> str:
    """Return why a friend does not count as brought; empty when they do."""
    if not is_on:
        return "off"
    if has_left:
        return "left"
    if same:
        return same
    if is_brought:
        return "brought_before"
    if brought_member:
        return "in_a_circle"
    return "bought_before" if bought_before else ""


def is_in_time(since: datetime, ordered_at: datetime, within: timedelta) -> bool:
    """Say whether a friend's first order came soon enough after they were brought."""
    return since - timedelta(minutes=5) <= ordered_at < since + within


def outcome(
    *, same: str, is_cancelled: bool, left_minor: int, least_minor: int, rewarded: int, most: int
) -> str:
    """Return why an order past its return window earns nothing for who brought the friend."""
    if same:
        return same
    if is_cancelled or left_minor <= 0:
        return "came_back"
    if left_minor < least_minor:
        return "below_minimum"
    return "cap" if rewarded >= most else ""


def check_rule(
    *,
    points_member: int,
    points_friend: int,
    least_order_minor: int,
    within_days: int,
    most_each: int,
) -> None:
    """Refuse a rule that cannot be."""
    for field, value, most in (
        ("points_member", points_member, 10**6),
        ("points_friend", points_friend, 10**6),
        ("least_order_minor", least_order_minor, HIGHEST),
    ):
        if not 0 <= value <= most:
            raise BadReferralRule(field=field)
    if not 1 <= within_days <= 730:
        raise BadReferralRule(field="within_days")
    if not 1 <= most_each <= 1000:
        raise BadReferralRule(field="most_each")
