"""Clicks: noted when a link is fetched, and judged a little later whether a person did it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from stamgast.customers.queries import current
from stamgast.events.actions import tell
from stamgast.mail import rules
from stamgast.mail.links import Followed
from stamgast.mail.models import Click, Message
from stamgast.mail.permission import may_be_followed


def note_click(followed: Followed, *, at: datetime) -> Click | None:
    """Note that a link was fetched; None when the customer does not allow it (any more)."""
    message = Message.objects.select_related("customer").filter(pk=followed.message).first()
    if message is None or message.customer is None or message.customer.erased_at is not None:
        return None
    if not may_be_followed(current(message.customer)):
        return None
    with transaction.atomic():
        return Click.objects.create(message=message, place=followed.place, at=at)


def judge_clicks(*, at: datetime) -> int:
    """Say of what was fetched whether a person did it, and tell of those; returns how many.

    Programs that look links over before a person sees them fetch all of them, at once, or the one
    that nobody can see; what they fetch counts for nothing.
    """
    ripe = Click.objects.filter(is_person=None, at__lte=at - rules.CLICKS_RIPEN)
    messages = list(ripe.values_list("message", flat=True).distinct()[:200])
    found = 0
    for pk in messages:
        with transaction.atomic():
            found += _judge(Message.objects.select_for_update().get(pk=pk), at=at)
    return found


def _judge(message: Message, *, at: datetime) -> int:
    fetches = [(one.place, one.at) for one in message.clicks.order_by("at", "pk")]
    by_people = 0
    for click in message.clicks.filter(is_person=None, at__lte=at - rules.CLICKS_RIPEN):
        click.is_person = rules.is_by_person(
            click.place, click.at, fetches, sent_at=message.ended_at
        )
        click.save(update_fields=["is_person"])
        if click.is_person:
            by_people += 1
            tell(
                "link_followed",
                at=at,
                actor="mail",
                subject="message",
                subject_id=message.pk,
                facts={
                    "customer": message.customer_id,
                    "sender_ref": message.sender_ref,
                    "place": click.place,
                },
            )
    return by_people
