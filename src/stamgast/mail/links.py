"""The signed addresses in our mail, and the marks by which a reply to it is known: none guessable."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac

from stamgast.customers.models import Customer
from stamgast.mail.models import Message

SAMPLE = "sample"  # in test messages: a link that changes nothing
TRAP = 0  # the place of the link that no person can see


class Followed(NamedTuple):
    """Whose link was fetched, which one, and where it leads."""

    message: int
    place: int
    address: str


def _signer(salt: str) -> Signer:
    return Signer(sep=".", salt=f"stamgast.mail.{salt}")


def unsubscribe_token(message: Message) -> str:
    """Return what the address for unsubscribing from this message's purpose ends in."""
    return _signer("unsubscribe").sign(str(message.pk))


def message_to_unsubscribe(token: str) -> Message | None:
    """Return the message a link was made for; None when it is not ours."""
    number = _number(token, "unsubscribe")
    return Message.objects.select_related("customer").filter(pk=number or 0).first()


def preferences_token(customer: Customer) -> str:
    """Return what the address of somebody's preferences ends in."""
    return _signer("preferences").sign(str(customer.pk))


def customer_of_preferences(token: str) -> Customer | None:
    """Return whose preferences a link opens; None when it is not ours."""
    return Customer.objects.filter(pk=_number(token, "preferences") or 0).first()


def click_token(message: Message, place: int, address: str) -> str:
    """Return what the address ends in that notes a click and then leads on."""
    return _signer("click").sign_object([message.pk, place, address], compress=True)


def click_behind(token: str) -> Followed | None:
    """Return which link this is; None when it is not ours."""
    try:
        return Followed(*_signer("click").unsign_object(token))
    except (BadSignature, ValueError, TypeError):
        return None


def _number(token: str, salt: str) -> int | None:
    try:
        return int(_signer(salt).unsign(token))
    except (BadSignature, ValueError):
        return None


# --- marks by which mail that comes back is known ----------------------------------------------

_MARK = re.compile(r"(\d{1,18})-([0-9a-f]{20})", re.IGNORECASE)


def mark_of(pk: int) -> str:
    """Return the mark of a message, in letters that any mail system leaves alone."""
    return f"{pk}-{salted_hmac('stamgast.mail.mark', str(pk), algorithm='sha256').hexdigest()[:20]}"


def marked(text: str) -> int | None:
    """Return the number of our message whose mark is in this text; None when there is none."""
    for found in _MARK.finditer(text):
        if mark_of(int(found[1])) == found[0].lower():
            return int(found[1])
    return None


def message_id(pk: int, sender_address: str) -> str:
    """Return the Message-ID: the same at every try, so that a mailbox knows it again."""
    return f"<{mark_of(pk)}@{sender_address.rpartition('@')[2]}>"


def return_path(pk: int, *, bounce_address: str, sender_address: str) -> str:
    """Return where a refusal comes back: an address of this message alone, if there is one."""
    if not bounce_address:
        return sender_address
    name, _, domain = bounce_address.rpartition("@")
    return f"{name}+{mark_of(pk)}@{domain}"
