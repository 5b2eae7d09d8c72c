"""What other tools tell of contacts that were handed to them, and of mailings of their own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stamgast.api.v1.schemas.common import Bulk, Line, Moment, Needed, Said, Told

Outcome = Literal["sent", "failed", "bounced", "unsubscribed", "complained"]
_AT = Field(default=None, description="When that was; now where left out.")
_KEY = Field(default=None, max_length=100, description="Your own name for it, for the answer.")


class OutcomeSaid(Said):
    """What came of one contact."""

    outcome: Outcome
    at: Moment | None = _AT


class OutcomeTaken(Told):
    """How the contact stands now."""

    contact: int
    state: str = Field(
        description="`waiting`, `in_hand`, `sent`, `failed`, `uncertain` or `withheld`."
    )
    reason: str
    is_new: bool = Field(description="False when this was known, or something later.")


class OutcomeItem(OutcomeSaid):
    """What came of one of many, named by its number or by the address it was for."""

    key: str | None = _KEY
    contact: int | None = Field(default=None, ge=1, le=2**53)
    email: str | None = Field(default=None, max_length=254)


ManyOutcomes = Bulk[OutcomeItem]


class MailingItem(Said):
    """That one customer got a mailing of another tool."""

    key: str | None = _KEY
    customer: str | None = Field(default=None, max_length=100, description="Your customer number.")
    email: str | None = Field(default=None, max_length=254)
    mailing: Annotated[str, Line, Needed] = Field(max_length=120, examples=["Spring letter"])
    channel: Literal["email", "phone", "sms", "post"] = "email"
    at: Moment | None = _AT


ManyMailings = Bulk[MailingItem]
