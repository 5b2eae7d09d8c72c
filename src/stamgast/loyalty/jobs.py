"""What happens by itself: points that activate and end, orders that earn, the books verified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from stamgast.customers.models import Answer, Interaction
from stamgast.events.actions import ask, show_progress
from stamgast.events.models import Event, Job
from stamgast.loyalty.actions import settle_due
from stamgast.loyalty.actions.books import note_verdict
from stamgast.loyalty.actions.happenings import follow_answer, follow_review, forget_review
from stamgast.loyalty.actions.orders import (
    follow_order,
    follow_return,
    follow_returns,
    orders_of_file,
    orders_since_start,
    reward_orders,
)
from stamgast.loyalty.actions.webhooks import due, keep_answer, take_due
from stamgast.loyalty.replay import verify
from stamgast.loyalty.sending import send
from stamgast.sales.models import Order

_AT_A_TIME = timedelta(minutes=1)  # then other jobs have their turn


def settle_points(job: Job) -> dict[str, Any]:
    """Write down what activated, lapsed and ended; what members can spend does not change by it."""
    return {"entries": settle_due(at=datetime.now(UTC))}


def verify_points(job: Job) -> dict[str, Any]:
    """Replay the ledger and raise the alarm when the books differ."""
    verdict = verify()
    note_verdict(verdict, at=datetime.now(UTC))
    return {
        "members": verdict.members,
        "entries": verdict.entries,
        "differences": len(verdict.differences),
    }


def reward_order(job: Job) -> dict[str, Any]:
    """Let an order that was just recorded, changed or called off earn, or what came back of it."""
    event = Event.objects.get(pk=job.facts["event"])
    order = (
        Order.objects.select_related("customer", "of_order")
        .filter(pk=event.subject_id or 0)
        .first()
    )
    if order is None:
        return {}
    if order.kind == Order.Kind.RETURN:
        return {"purchases": follow_return(order, at=event.at)}
    checkout = follow_order(order, at=event.at)
    return {"checkout": checkout.pk if checkout else None}


def reward_action(job: Job) -> dict[str, Any]:
    """Let a review or an answer earn that just came in; take back what one earned that is gone."""
    event = Event.objects.get(pk=job.facts["event"])
    if event.kind == "interaction_removed":
        return {"taken_back": forget_review(event.facts["interaction"], at=event.at)}
    if event.kind == "review_written":
        review = Interaction.objects.filter(pk=event.facts["interaction"]).first()
        return {"earned": follow_review(review, at=event.at) if review else 0}
    answer = Answer.objects.filter(pk=event.facts["answer"]).first()
    return {"earned": follow_answer(answer, at=event.at) if answer else 0}


def reward_history(job: Job) -> dict[str, Any]:
    """Let the new orders of an imported file earn, and take back what came back of any."""
    event = Event.objects.get(pk=job.facts["event"])
    batch = event.subject_id or 0
    orders = orders_of_file(batch).iterator(chunk_size=500)
    returns = Order.objects.filter(batch=batch, kind=Order.Kind.RETURN).order_by("pk")
    return {
        "orders": reward_orders(orders, at=event.at),
        "purchases": follow_returns(returns.iterator(chunk_size=500), at=event.at),
    }


def reward_known(job: Job) -> dict[str, Any]:
    """Let orders earn that were known before the programme began on an earlier day, or took history in."""
    event = Event.objects.get(pk=job.facts["event"])
    if "does_history_earn" not in event.facts.get("fields", ["does_history_earn"]):
        return {"orders": 0}
    orders = orders_since_start(until=event.at).iterator(chunk_size=500)
    return {"orders": reward_orders(orders, at=event.at)}


def look_for_webhooks(now: datetime) -> None:
    """Ask for webhooks to be sent when some are due."""
    if due(now).exists():
        ask("deliver_webhooks", at=now, key=f"deliver_webhooks:{now:%Y%m%d%H%M%S}", by="wiring")


def deliver_webhooks(job: Job) -> dict[str, Any]:
    """Send what is due, one by one; what does not arrive is tried again later."""
    sent = tried = 0
    until = datetime.now(UTC) + _AT_A_TIME
    while (now := datetime.now(UTC)) < until:
        delivery = take_due(at=now)
        if delivery is None:
            break
        answer = send(delivery, at=now)
        keep_answer(delivery, answer, at=datetime.now(UTC))
        tried += 1
        sent += answer.is_taken
        show_progress(job, at=now, progress=0.5)
    return {"tried": tried, "sent": sent}
