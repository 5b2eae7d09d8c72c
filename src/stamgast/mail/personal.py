"""What this room holds on a person: what we sent them, what they clicked, and where we fall silent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Model, Q

from stamgast.database.mentions import mentioning, redact
from stamgast.kernel import Person
from stamgast.kernel.person import Held
from stamgast.mail.models import (
    Click,
    KeptContent,
    MailSettings,
    Message,
    Pause,
    Suppression,
    Template,
)

HOLDS = (Message, Pause, Click, Suppression, KeptContent, Template, MailSettings)

_MOVED: dict[str, type[Model]] = {"messages": Message, "pauses": Pause}
_OPEN = (Message.Status.WAITING, Message.Status.UNCERTAIN)


def export(person: Person) -> Held:
    """Return what was sent to the person, their pauses, clicks, and the list they may be on."""
    mine = Message.objects.filter(customer__in=person.ids).exclude(kind=Message.Kind.STAFF)
    clicks = Click.objects.filter(message__customer__in=person.ids, is_person=True)
    listed = mentioning(Suppression.objects.all(), person, texts=["address"])
    return {
        "messages": list(
            mine.order_by("pk").values(
                "kind",
                "purpose",
                "sent_to",
                "status",
                "reason",
                "made_at",
                "ended_at",
                "content__document",
                "facts",
            )
        ),
        "mail_pauses": list(
            Pause.objects.filter(customer__in=person.ids)
            .order_by("pk")
            .values("at", "until", "ended_at")
        ),
        "clicks": list(clicks.order_by("pk").values("message", "place", "at")),
        "mail_suppressions": list(
            listed.order_by("pk").values("address", "reason", "at", "lifted_at")
        ),
    }


def sweep(person: Person, *, at: datetime) -> dict[str, int]:
    """Blank the person in messages to others and in what colleagues wrote."""
    others = Message.objects.filter(~Q(customer__in=person.ids) | Q(customer=None))
    keyed = mentioning(others, person, texts=["key"]).values_list("pk", "key")
    for pk, key in keyed:
        if person.is_in(key):
            Message.objects.filter(pk=pk).update(key=f"erased:{pk}")
    texts = ["to", "sent_to", "sender_ref", "answer"]
    return {
        "messages_of_others": redact(others, person, texts=texts, documents=["facts"]),
        "mail_contents": redact(KeptContent.objects.all(), person, documents=["document"]),
        "mail_templates": redact(
            Template.objects.all(), person, texts=["name"], documents=["document"]
        ),
        "suppressions": redact(
            Suppression.objects.all(), person, texts=["address", "note", "lifted_because"]
        ),
        "mail_settings": redact(MailSettings.objects.all(), person, documents=["trouble"]),
    }


def erase(person: Person, *, at: datetime) -> dict[str, int]:
    """Let nothing go to the person any more, and forget where the rest went and what it said.

    Who is on the list of suppressed addresses stays on it: only the digest is left.
    """
    mine = Message.objects.filter(customer__in=person.ids)
    clicks = Click.objects.filter(message__customer__in=person.ids)
    mine.filter(status=Message.Status.WAITING).update(
        status=Message.Status.WITHHELD, reason="erased", ended_at=at
    )
    for pk in mine.values_list("pk", flat=True):
        Message.objects.filter(pk=pk).update(key=f"erased:{pk}")
    return {
        "clicks": clicks.delete()[0],
        "pauses": Pause.objects.filter(customer__in=person.ids).delete()[0],
        "messages": mine.update(to="", sent_to="", facts={}, answer="", language=""),
    }


def merge(kept: int, gone: int) -> dict[str, Any]:
    """Let what was sent to one record count for the other."""
    moved: dict[str, Any] = {}
    for name, model in _MOVED.items():
        rows = model._default_manager.filter(customer=gone)
        moved[name] = list(rows.order_by("pk").values_list("pk", flat=True))
        rows.update(customer=kept)
    return moved


def unmerge(kept: int, gone: int, moved: dict[str, Any]) -> None:
    """Give back what was moved; what was sent since stays."""
    for name, model in _MOVED.items():
        model._default_manager.filter(pk__in=moved.get(name, []), customer=kept).update(
            customer=gone
        )
