"""The page of one customer: what matters now on top, all we know below it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from stamgast.campaigns.advice import kept_from
from stamgast.customers.models import Consent, Customer
from stamgast.customers.queries import current, open_complaints, possible_duplicates
from stamgast.sales.models import Order
from stamgast.sales.queries import with_order_doubt
from stamgast.scoring.models import Score, Stage
from stamgast.scoring.queries import bonds_of, current_run
from stamgast.web.doors import StaffRequest, page
from stamgast.web.marketer.campaigns_card import campaigns_of, plan_of
from stamgast.web.marketer.customer_efforts import efforts_of
from stamgast.web.marketer.points import points_card
from stamgast.web.marketer.rhythm import Drawing, draw
from stamgast.web.marketer.selection_words import stage_words
from stamgast.web.marketer.step_shown import step_shown
from stamgast.web.marketer.suggestions_card import suggestions_card
from stamgast.web.marketer.timeline import STEP, History, history, timeline
from stamgast.web.marketer.why_they_stay_card import shown_of

ORDERS_SHOWN: Final = 5
DOTS_SHOWN: Final = 200
# Over which channels an employee wants to know at a glance whether they may reach out.
AT_A_GLANCE: Final = (Consent.Channel.EMAIL, Consent.Channel.PHONE)


@dataclass(frozen=True)
class Permission:
    """What the customer said last about offers over one channel."""

    channel: str
    state: str  # "granted", "withdrawn" or "never"


@page("see customers")
def customer(request: StaffRequest, pk: int) -> HttpResponse:
    """Show a customer; who went up in another record leads there, who was erased says so."""
    person = get_object_or_404(Customer.objects.select_related("merged_into"), pk=pk)
    if person.merged_into_id:
        return HttpResponseRedirect(reverse("customer", args=[current(person).pk]))
    if person.erased_at:
        return render(request, "customer/erased.html", {"customer": person}, status=410)
    today = timezone.localdate(request.at)
    shown = _number(request.GET.get("timeline"))
    known = history(person, shown=shown)
    shown_campaigns = campaigns_of(known, currency=request.shop.currency, at=request.at)
    facts = {
        "customer": person,
        "campaigns": shown_campaigns,
        **_scored(request, person, known, today),
        "plan": plan_of(shown_campaigns),
        **_written(person, known, today),
        "suggestions": suggestions_card(person, known, request.at),
        "points": points_card(person, request),
        "timeline": timeline(known, shown=shown),
        "efforts": efforts_of(known, request.at),
        **(_alike(person, known) if request.may("merge customers") else {}),
    }
    return render(request, "customer/page.html", facts)


def _scored(request: StaffRequest, person: Customer, known: History, today: date) -> dict[str, Any]:
    """What scoring and the orders tell."""
    run = current_run()
    scored = Score.objects.filter(run=run, customer=person).exclude(stage=Stage.WITHHELD)
    score = scored.first() if run else None
    as_of = run.as_of if run else today
    is_open = run is not None and not person.objects_to_profiling
    return {
        "run": run,
        "score": score,
        "currency": run.currency if run else request.shop.currency,
        "stage_words": stage_words(score.stage, 1) if score else "",
        "step": step_shown(score, known) if score else None,
        "kept": kept_from(person, score.step, request.at) if score else None,
        "bonds": shown_of(bonds_of(person, run=run), as_of) if is_open else None,
        "bought_over_days": _bought_over(score, as_of),
        "orders": known.orders[:ORDERS_SHOWN],
        "has_more_orders": len(known.orders) > ORDERS_SHOWN,
        "drawing": _drawing(person, known, as_of, score),
        "contracts": known.contracts,
    }


def _written(person: Customer, known: History, today: date) -> dict[str, Any]:
    """What staff and the customer said, promised and allowed."""
    consents = known.current_consents
    waiting = open_complaints(as_of=today).filter(customer=person)
    complaints = list(with_order_doubt(waiting)) if known.may_have_open_complaints else []
    tasks = known.open_tasks(today)
    return {
        "permissions": _permissions(consents),
        "consents": sorted(consents.values(), key=lambda said: (said.purpose, said.channel)),
        "complaints": complaints,
        "tasks": tasks,
        "has_late": any(thing.is_late for thing in (*complaints, *tasks)),  # type: ignore[attr-defined]
    }


def _alike(person: Customer, known: History) -> dict[str, Any]:
    """Records that went up in this one, and those that look the same."""
    return {"merges": known.merges, "duplicates": possible_duplicates(person)}


def orders_of(person: Customer) -> QuerySet[Order]:
    """Return a customer's orders and returns, newest first."""
    orders = Order.objects.filter(customer=person).select_related("of_order")
    return orders.order_by("-ordered_at", "-pk")


def _bought_over(score: Score | None, as_of: date) -> int | None:
    return (as_of - score.first_day).days if score and score.first_day else None


def _permissions(consents: dict[tuple[str, str], Consent]) -> list[Permission]:
    found = []
    for channel in AT_A_GLANCE:
        said = consents.get((channel, Consent.Purpose.OFFERS))
        state = "never" if said is None else "granted" if said.is_granted else "withdrawn"
        found.append(Permission(channel, state))
    return found


def _drawing(person: Customer, known: History, as_of: date, score: Score | None) -> Drawing | None:
    """Draw the purchases; from what was read already when that is all of them."""
    bought = [
        (order.day, order.revenue_minor)
        for order in known.orders
        if order.kind == Order.Kind.SALE and order.is_purchase and not order.is_cancelled
    ]
    if len(known.orders) > STEP:
        sales = Order.objects.filter(
            customer=person, kind=Order.Kind.SALE, is_purchase=True, is_cancelled=False
        )
        latest = sales.order_by("-ordered_at").values_list("day", "revenue_minor")
        bought = list(latest[:DOTS_SHOWN])
    return draw(bought, as_of=as_of, usual_interval=score.usual_interval if score else None)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 6 else 0
