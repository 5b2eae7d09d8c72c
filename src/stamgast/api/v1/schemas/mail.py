"""Mail: what came back, and who complained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stamgast.api.v1.schemas.common import Line, Needed, Said, Told, Yes


class MailNoticeSaid(Said):
    """What a mail provider tells of an address."""

    kind: Literal["bounced", "complained"]
    address: Annotated[str, Needed] = Field(
        min_length=3, max_length=254, examples=["anna@example.nl"]
    )
    is_permanent: Yes = Field(
        default=True,
        description="Of a bounce: the address does not exist, rather than being full or slow.",
    )
    words: Annotated[str, Line] = Field(
        default="", max_length=300, description="What the other server said."
    )


class MailNoticeTaken(Told):
    """What followed."""

    messages: int = Field(description="How many messages of ours it was about: none or one.")
    is_suppressed: bool = Field(description="Whether the address gets no mail any more.")


class MailReportSaid(Said):
    """A report as it came in a mailbox: of undelivered mail (RFC 3464) or a complaint (RFC 5965)."""

    source: str = Field(
        min_length=1, max_length=2_000_000, description="The whole message, headers and all."
    )


class MailReportTaken(Told):
    """What the report said."""

    kind: Literal["bounced", "delayed", "complained"]
    message: int = Field(description="The number of the message that it is about.")
