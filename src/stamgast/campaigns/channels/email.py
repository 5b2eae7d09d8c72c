"""E-mail, by way of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stamgast.campaigns.channels import Handing, Outcome
from stamgast.customers.models import Consent, Customer
from stamgast.mail import content as contents
from stamgast.mail.actions import Draft, cancel_messages, queue_messages
from stamgast.mail.letter import known_of
from stamgast.mail.look import look_of
from stamgast.mail.models import Brand, MailSettings, Message
from stamgast.mail.permission import may_mail_statement
from stamgast.mail.rendering import Rendered, render
from stamgast.staff.queries import shop

_STATES = {
    Message.Status.SENT: "sent",
    Message.Status.FAILED: "failed",
    Message.Status.UNCERTAIN: "uncertain",
    Message.Status.WITHHELD: "withheld",
}


class Email:
    """The channel that writes messages down in the outbox of `mail`."""

    name = "email"
    kept_in = "message"
    comes_to_us = False

    def consent(self, content: Mapping[str, Any]) -> str:
        """Return the channel of consent: always that of mail."""
        return Consent.Channel.EMAIL

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return a mail per language in the form of `mail.content`."""
        return contents.check(contents.from_document(content)).as_document()

    def problems(self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer) -> None:
        """Fill every language in for this customer; refuses what cannot be."""
        for language, _ in contents.from_document(content).versions:
            self.shown(content, facts, who, language=language)

    def shown(
        self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer, *, language: str
    ) -> Rendered:
        """Return what this customer would read; refuses what cannot be filled in."""
        brand = Brand.objects.filter(pk=1).first() or Brand()
        mail = MailSettings.objects.filter(pk=1).first() or MailSettings()
        known = known_of(who, shop(), language=language, tone=brand.tone)
        return render(
            contents.from_document(content),
            {**facts, **known},
            [language],
            look_of(brand, shop(), mail),
        )

    def refused(
        self, content: Mapping[str, Any], purpose: str, customers: Sequence[int], at: datetime
    ) -> dict[int, str]:
        """Return who may not be mailed now, with the code of why."""
        rows = may_mail_statement(purpose, at=at).filter(pk__in=customers)
        return {pk: code for pk, code in rows if code}

    def hand_over(
        self, content: Mapping[str, Any], contacts: Sequence[Handing], *, purpose: str, at: datetime
    ) -> dict[str, int]:
        """Queue one message per contact; each key once, however often it is handed over."""
        drafts = [
            Draft(one.customer, one.key, one.facts, one.due_at, one.sender_ref) for one in contacts
        ]
        queue_messages(
            drafts,
            content=contents.from_document(content),
            purpose=purpose,
            kind=Message.Kind.CAMPAIGN,
            at=at,
        )
        keys = [one.key for one in contacts]
        return dict(Message.objects.filter(key__in=keys).values_list("key", "pk"))

    def outcomes(self, queued: Sequence[int]) -> dict[int, Outcome]:
        """Return which messages ended, and how."""
        rows = Message.objects.filter(pk__in=queued, status__in=_STATES)
        return {
            row.pk: Outcome(_STATES[Message.Status(row.status)], row.reason, row.ended_at)
            for row in rows.only("pk", "status", "reason", "ended_at")
        }

    def take_back(self, sender_ref: str, *, at: datetime, reason: str) -> int:
        """Take back the messages that have not gone yet."""
        return cancel_messages(sender_ref, at=at, reason=reason)


channel = Email()
