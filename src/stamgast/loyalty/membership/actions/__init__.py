"""The writers of membership: codes by mail, consents, missing purchases, reminders."""

from __future__ import annotations

from stamgast.loyalty.membership.actions.missing import (
    grant_missing,
    miss_purchase,
    refuse_missing,
)
from stamgast.loyalty.membership.actions.reminding import mail_page, remind_of_expiry
from stamgast.loyalty.membership.actions.signing_in import forget_codes, mail_code, use_code
from stamgast.loyalty.membership.actions.taking_part import (
    Agreed,
    decide_profiling,
    join,
    leave,
    note_consent,
)

__all__ = [
    "Agreed",
    "decide_profiling",
    "forget_codes",
    "grant_missing",
    "join",
    "leave",
    "mail_code",
    "mail_page",
    "miss_purchase",
    "note_consent",
    "refuse_missing",
    "remind_of_expiry",
    "use_code",
]
