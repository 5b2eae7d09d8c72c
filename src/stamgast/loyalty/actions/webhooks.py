"""Who hears of every entry, and sending it to them: in each member's order, tried again for days."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from stamgast.events.actions import tell
from stamgast.loyalty.models import WebhookDelivery, WebhookEndpoint
from stamgast.loyalty.sending import Answer, new_secret, refuse_bad
from stamgast.staff.queries import Who, actor

# How long after each attempt that failed the next one comes; after the last it is given up.
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
)
_LEASE = timedelta(minutes=2)  # a sender that died is followed up after this


def add_endpoint(
    url: str, *, at: datetime, by: Who, hears: str = WebhookEndpoint.Hears.POINTS
) -> WebhookEndpoint:
    """Let an address hear from now on of every entry, or of contacts; its secret is made here.

    Refuses what is not https, and an address inside somebody's own network.
    """
    refuse_bad(url)
    with transaction.atomic():
        row = WebhookEndpoint.objects.create(
            url=url, secret=new_secret(), hears=hears, made_at=at, made_by=actor(by)[:60]
        )
        tell("webhook_added", at=at, actor=actor(by), subject="webhook_endpoint", subject_id=row.pk)
    return row


def stop_endpoint(endpoint: WebhookEndpoint, *, at: datetime, by: Who) -> WebhookEndpoint:
    """Let an address hear nothing more; what waits for it is not sent."""
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
        if row.is_active:
            row.is_active = False
            row.save(update_fields=["is_active"])
            tell(
                "webhook_stopped",
                at=at,
                actor=actor(by),
                subject="webhook_endpoint",
                subject_id=row.pk,
            )
    return row


def send_again(delivery: WebhookDelivery, *, at: datetime) -> bool:
    """Let a delivery that was sent or given up be sent again; False when it waits anyway."""
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    again = rows.exclude(status=WebhookDelivery.Status.WAITING)
    return bool(
        again.update(status=WebhookDelivery.Status.WAITING, attempts=0, next_at=at, answer="")
    )


def due(at: datetime) -> QuerySet[WebhookDelivery]:
    """Return what may be sent now: of each endpoint and member only what comes first."""
    earlier = WebhookDelivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        member=OuterRef("member"),
        sequence__lt=OuterRef("sequence"),
        status=WebhookDelivery.Status.WAITING,
    )
    return WebhookDelivery.objects.filter(
        ~Exists(earlier),
        status=WebhookDelivery.Status.WAITING,
        next_at__lte=at,
        endpoint__is_active=True,
    ).order_by("next_at", "pk")


def take_due(*, at: datetime) -> WebhookDelivery | None:
    """Take the next delivery to be sent, for this sender alone; None when there is none."""
    for row in due(at)[:5]:
        taken = WebhookDelivery.objects.filter(
            pk=row.pk, status=WebhookDelivery.Status.WAITING, next_at=row.next_at
        ).update(next_at=at + _LEASE)
        if taken:
            related = WebhookDelivery.objects.select_related("endpoint", "member", "entry")
            return related.get(pk=row.pk)
    return None


def keep_answer(delivery: WebhookDelivery, answer: Answer, *, at: datetime) -> None:
    """Write down what became of an attempt: sent, to be tried again, or given up."""
    attempts = delivery.attempts + 1
    change: dict[str, object] = {"attempts": attempts, "answer": answer.said[:200]}
    if answer.is_taken:
        change |= {"status": WebhookDelivery.Status.SENT, "sent_at": at}
    elif attempts > len(WAITS):
        change |= {"status": WebhookDelivery.Status.FAILED}
    else:
        change |= {"next_at": at + WAITS[attempts - 1]}
    with transaction.atomic():
        WebhookDelivery.objects.filter(pk=delivery.pk).update(**change)
        if change.get("status") == WebhookDelivery.Status.FAILED:
            tell(
                "webhook_given_up",
                at=at,
                actor="wiring",
                subject="webhook_endpoint",
                subject_id=delivery.endpoint_id,
                facts={"delivery": delivery.pk},
            )
