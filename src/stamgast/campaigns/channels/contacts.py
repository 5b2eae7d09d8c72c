"""What channels share whose contacts are kept in this room: calls, lists and webhooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from stamgast.campaigns import permission
from stamgast.campaigns.channels import Handing, Outcome
from stamgast.campaigns.channels.texts import filled_in, shown
from stamgast.campaigns.models import Contact
from stamgast.customers.models import Consent, Customer
from stamgast.mail.rendering import Rendered
from stamgast.staff.rules import LANGUAGES

Status = Contact.Status
_ENDED = (Status.SENT, Status.FAILED, Status.UNCERTAIN, Status.WITHHELD)


class ContactChannel:
    """A channel that writes a `Contact` down; who takes it up is its own affair."""

    name = ""
    kept_in = "contact"
    comes_to_us = False

    def consent(self, content: Mapping[str, Any]) -> str:
        """Return the channel of consent: what the content says, else that of mail."""
        return str(content.get("consent") or Consent.Channel.EMAIL)

    def problems(self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer) -> None:
        """Fill the texts in, in every language there is one in; refuses what cannot be."""
        for language in LANGUAGES:
            filled_in(content, facts, who, language=language)

    def shown(
        self, content: Mapping[str, Any], facts: Mapping[str, Any], who: Customer, *, language: str
    ) -> Rendered:
        """Return the text as this customer is told it."""
        return shown(content, facts, who, language=language)

    def refused(
        self, content: Mapping[str, Any], purpose: str, customers: Sequence[int], at: datetime
    ) -> dict[int, str]:
        """Return who may not be reached now, with the code of why."""
        return permission.refused(self.consent(content), purpose, customers, at=at)

    def hand_over(
        self, content: Mapping[str, Any], contacts: Sequence[Handing], *, purpose: str, at: datetime
    ) -> dict[str, int]:
        """Write one contact down per key, however often it is handed over."""
        Contact.objects.bulk_create(
            [
                Contact(
                    key=one.key,
                    channel=self.name,
                    customer=one.customer,
                    consent=self.consent(content),
                    purpose=purpose,
                    facts=dict(one.facts),
                    sender_ref=one.sender_ref,
                    endpoint_id=content.get("endpoint"),
                    made_at=at,
                    due_at=one.due_at,
                )
                for one in contacts
            ],
            ignore_conflicts=True,
        )
        keys = [one.key for one in contacts]
        return dict(Contact.objects.filter(key__in=keys).values_list("key", "pk"))

    def outcomes(self, queued: Sequence[int]) -> dict[int, Outcome]:
        """Return which contacts ended, and how."""
        rows = Contact.objects.filter(pk__in=queued, status__in=_ENDED)
        return {
            row.pk: Outcome(row.status, row.reason, row.ended_at)
            for row in rows.only("pk", "status", "reason", "ended_at")
        }

    def take_back(self, sender_ref: str, *, at: datetime, reason: str) -> int:
        """Take back the contacts that nobody took up yet."""
        waiting = Contact.objects.filter(
            channel=self.name, sender_ref__startswith=sender_ref, status=Status.WAITING
        )
        return waiting.update(status=Status.WITHHELD, reason=reason[:40], ended_at=at)
