"""How long codes hold, how often one may try, which purchases may be missed."""

from __future__ import annotations

import hmac
from datetime import date, datetime, timedelta

from stamgast.loyalty.codes.rules import HIGHEST
from stamgast.loyalty.membership.errors import BadMissingPurchase

DIGITS = 6
HOLDS_FOR = timedelta(minutes=10)
TRIES = 5  # per code: one in two hundred thousand guesses it
CODES = 3  # to one customer within the time below, so that nobody floods a mailbox
WITHIN = timedelta(minutes=15)
CODES_A_DAY = 12
TRIES_A_DAY = 30  # at one customer's codes together: one in thirty thousand guesses one in a day
DAY = timedelta(days=1)
MISSED_WITHIN = timedelta(days=365)
MOST_WAITING = 5


def digest(code: str, *, customer: int, purpose: str, secret: bytes) -> str:
    """Return what is kept of a code: useless for another customer, purpose or shop."""
    text = f"{purpose}:{customer}:{code}".encode()
    return hmac.new(secret, text, "sha256").hexdigest()


def tidy_digits(code: str) -> str:
    """Return a code as it was typed, without spaces."""
    return "".join(code.split())[:DIGITS]


def check_missing(
    *, number: str, bought_on: date, amount_minor: int, at: datetime, today: date
) -> None:
    """Refuse a purchase that cannot be: no number, in the future, longer ago than a year."""
    if not 0 < len(number) <= 64:
        raise BadMissingPurchase(field="order_number")
    if not today - MISSED_WITHIN <= bought_on <= today:
        raise BadMissingPurchase(field="bought_on")
    if not 0 < amount_minor <= HIGHEST:
        raise BadMissingPurchase(field="amount_minor")
