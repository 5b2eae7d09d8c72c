"""What this room holds on a person: what campaigns gave them, and texts that may name them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from stamgast.campaigns.models import (
    Approval,
    Assignment,
    Campaign,
    Code,
    CodeList,
    Contact,
    Decision,
    Delivery,
    Offer,
    Step,
)
from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held

HOLDS = (Campaign, Offer, Step, CodeList, Code, Approval, Assignment, Delivery, Contact, Decision)

_OPEN = (Assignment.State.GIVEN,)
_REACHED = ("made_at", "channel", "consent", "purpose", "status", "reason", "sent_to", "ended_at")


def export(person: Person) -> Held:
    """Return what campaigns gave the person and why, oldest first, and campaigns that name them."""
    mine = Assignment.objects.filter(customer__in=person.ids).order_by("at", "pk")
    went = Delivery.objects.filter(assignment__customer__in=person.ids).order_by("due_at", "pk")
    named = mentioning(
        Campaign.objects.all(), person, texts=["name", "pool"], documents=["audience", "findings"]
    )
    return {
        "campaign_offers": list(
            mine.values(
                "at", "state", "expires_at", "order_number", "held",
                campaign_name=F("campaign__name"), offer_title=F("offer__title"),
                discount_code=Coalesce("code__text", "issued__text"),
                reward_name=F("claim__reward__name"),
            )
        ),
        "campaign_contacts": list(
            went.values(
                "due_at", "channel", "state", "reason", campaign_name=F("assignment__campaign__name")
            )
        ),
        "campaign_reached": list(
            Contact.objects.filter(customer__in=person.ids)
            .order_by("made_at", "pk")
            .values(*_REACHED, "facts", campaign_name=F("delivery__assignment__campaign__name"))
        ),
        "campaign_shown": list(
            Decision.objects.filter(contact__customer__in=person.ids)
            .order_by("at", "pk")
            .values("at", "placement", "contact__delivery__assignment__campaign__name")
        ),
        "campaigns": list(named.order_by("pk").values("name")),
    }  # fmt: skip


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank what betrays the person in names, conditions and texts that colleagues wrote."""
    return {
        "campaigns": redact(
            Campaign.objects.all(),
            person,
            texts=["name", "pool", "key"],
            documents=["audience", "findings"],
        ),
        "offers": redact(Offer.objects.all(), person, texts=["code"], documents=["title", "facts"]),
        "steps": redact(Step.objects.all(), person, documents=["content", "only_if"]),
        "code_lists": redact(CodeList.objects.all(), person, texts=["name"]),
        "codes": redact(Code.objects.all(), person, texts=["text"]),
        "approvals": redact(Approval.objects.all(), person, documents=["facts"]),
        "contacts": redact(Contact.objects.exclude(answer=""), person, texts=["answer"]),
        "assignments": redact(
            Assignment.objects.filter(customer__in=person.ids), person, documents=["held"]
        ),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Let the person leave every campaign, and forget why they were in; that they were, stays."""
    mine = Assignment.objects.filter(customer__in=person.ids)
    Delivery.objects.filter(assignment__in=mine, state=Delivery.State.WAITING).update(
        state=Delivery.State.WITHHELD, reason="erased", ended_at=at
    )
    mine.filter(state__in=_OPEN).update(
        state=Assignment.State.EXITED, exit_reason="erased", ended_at=at
    )
    reached = Contact.objects.filter(customer__in=person.ids)
    reached.filter(status=Contact.Status.WAITING).update(
        status=Contact.Status.WITHHELD, reason="erased", ended_at=at
    )
    return {
        "assignments": mine.exclude(held=[]).update(held=[]),
        "contacts": reached.update(facts={}, sent_to="", answer=""),
    }


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Give what campaigns gave one record to the other; returns which.

    Who is in one campaign twice hears of it once more at most: what still waits of the record that
    went up in the other is taken back.
    """
    rows = Assignment.objects.filter(customer=gone)
    twice = rows.filter(campaign__assignments__customer=kept, state__in=_OPEN)
    left = list(twice.order_by("pk").values_list("pk", flat=True).distinct())
    Assignment.objects.filter(pk__in=left).update(
        state=Assignment.State.EXITED, exit_reason="merged"
    )
    moved = list(rows.order_by("pk").values_list("pk", flat=True))
    Assignment.objects.filter(pk__in=moved).update(customer=kept)
    reached = list(
        Contact.objects.filter(customer=gone).order_by("pk").values_list("pk", flat=True)
    )
    Contact.objects.filter(pk__in=reached).update(customer=kept)
    return {"assignments": moved, "left": left, "contacts": reached}


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give back what was moved; who left because of it is in again."""
    mine = Assignment.objects.filter(pk__in=moved["assignments"], customer=kept)
    mine.update(customer=gone)
    Contact.objects.filter(pk__in=moved.get("contacts", ()), customer=kept).update(customer=gone)
    again = Assignment.objects.filter(pk__in=moved["left"], exit_reason="merged")
    again.update(state=Assignment.State.GIVEN, exit_reason="")
