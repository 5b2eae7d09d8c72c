"""A shop with a goal, drifting customers, codes and a mail server: what a campaign needs to run."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from stamgast.campaigns.actions import (
    approve_campaign,
    make_code_list,
    run_campaign,
    start_from_preset,
)
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.jobs import do_work
from stamgast.campaigns.models import Campaign, CodeList
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.customers.models import Consent, Customer, Identity
from stamgast.mail.actions import change_brand, change_mail_settings
from stamgast.mail.sending import Sender
from stamgast.sales.models import Order
from stamgast.scoring.models import CurrentRun, Run, Score
from stamgast.staff.actions import change_shop
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

AS_OF = date(2026, 11, 19)


def make_drifting(count: int, at: datetime, *, first: int = 1) -> list[Customer]:
    """Make customers k1, k2, ... who drift, may be mailed, and bought long ago."""
    people = Customer.objects.bulk_create(
        Customer(
            key=f"k{n}", first_name=f"Kim{n}", last_name="Bos", email=f"k{n}@example.nl",
            language="nl", country="NL", made_at=at, changed_at=at,
        )
        for n in range(first, first + count)
    )  # fmt: skip
    Identity.objects.bulk_create(
        Identity(customer=one, kind="key", value=one.key or "") for one in people
    )
    Consent.objects.bulk_create(
        Consent(
            customer=one, channel="email", purpose="offers", is_granted=True, source="checkout",
            at=at - timedelta(days=300),
        )
        for one in people
    )  # fmt: skip
    run = _run(at)
    Score.objects.bulk_create(_drifting(run, one) for one in people)
    Run.objects.filter(pk=run.pk).update(customers=Score.objects.filter(run=run).count())
    return people


def _run(at: datetime) -> Run:
    current = CurrentRun.objects.select_related("run").first()
    if current is not None:
        return current.run
    run = Run.objects.create(
        as_of=AS_OF, status="ready", started_at=at, ended_at=at, currency="EUR"
    )
    CurrentRun.objects.create(pk=1, run=run)
    return run


def _drifting(run: Run, who: Customer) -> Score:
    return Score(
        run=run, customer=who, stage="drifting", orders=6,
        first_day=run.as_of - timedelta(days=500), last_day=run.as_of - timedelta(days=100),
        days_silent=100, usual_interval=40.0, revenue_minor=30_000, margin_minor=12_000,
        margin_365_minor=4_000, margin_365_low_minor=2_000, margin_365_high_minor=8_000,
        step="save_offer", reason="drifting_and_worth_it", country="NL", channel="web",
    )  # fmt: skip


def make_lost(count: int, at: datetime) -> None:
    """Make customers who left more than a year ago, so that the base has something to win."""
    people = make_drifting(count, at, first=9_000)
    gone = AS_OF - timedelta(days=500)
    Score.objects.filter(customer__in=people).update(
        stage="lost", last_day=gone, first_day=gone - timedelta(days=200), days_silent=500
    )


def order_now(who: Customer | None, number: str, at: datetime, **facts: Any) -> Order:
    """Write down an order of 50 euro of this moment, past the actions: it tells no event."""
    usual: dict[str, Any] = {
        "ordered_at": at, "day": at.date(), "currency": "EUR", "total_minor": 6050,
        "revenue_minor": 5000, "margin_minor": 2000, "is_purchase": True, "units": 1,
    }  # fmt: skip
    return Order.objects.create(customer=who, number=number, **{**usual, **facts})


def make_goal(at: datetime, *, budget_minor: int = 500_000, **facts: Any) -> Goal:
    """Open a goal with money, past the actions: no baseline is needed here."""
    usual: dict[str, Any] = {
        "direction": "keep", "measure": "active_regulars", "baseline": 0.5, "target": 0.6,
        "baseline_on": AS_OF, "due_on": AS_OF + timedelta(days=200), "currency": "EUR",
        "budget_minor": budget_minor, "status": Goal.Status.OPEN, "made_at": at, "opened_at": at,
        "contacts_most": 4,
    }  # fmt: skip
    return Goal.objects.create(**{**usual, **facts})


def make_codes(count: int, at: datetime, *, name: str = "Autumn") -> CodeList:
    """Take in so many codes: AUTUMN-0001 and on."""
    text = "\n".join(f"{name}-{n:04}" for n in range(1, count + 1))
    return make_code_list(name, text, at=at)


def set_up_mail(port: int, at: datetime) -> None:
    """Let the shop send through the server of this port, at any hour and as much as it can."""
    change_shop(at=at, name="Koffiehuis", language="nl", website="https://koffiehuis.example")
    change_brand(
        at=at,
        sender_name="Koffiehuis",
        sender_address="post@koffiehuis.example",
        bounce_address="terug@koffiehuis.example",
        postal_address="Kerkstraat 1, Utrecht",
    )
    change_mail_settings(
        at=at,
        host="127.0.0.1",
        port=port,
        security="none",
        public_address="https://post.koffiehuis.example",
        most_per_minute=0,
        most_contacts=0,
    )


def save_offer(
    at: datetime, goal: Goal | None, codes: CodeList | None, *, by: User | None = None, **facts: Any
) -> Campaign:
    """Write the finished save offer down, with these codes."""
    row = start_from_preset("save_offer", language="nl", at=at, by=by, goal=goal, **facts)
    offers, steps = plans_of(row)
    first = offers[0]
    with_codes = OfferPlan(
        code=first.code, kind=first.kind, title=first.title, cost_minor=first.cost_minor,
        valid_days=first.valid_days, code_list=codes.pk if codes else None,
    )  # fmt: skip
    plain = [StepPlan(content=steps[0].content)]  # without the reminder
    return change_campaign(row, at=at, by=by, offers=[with_codes], steps=plain)


def start(campaign: Campaign, at: datetime, *, by: User) -> Campaign:
    """Approve and run a campaign."""
    approve_campaign(campaign, at=at, by=by)
    return run_campaign(campaign, at=at, by=by)


def work(at: datetime) -> dict[str, int]:
    """Let campaigns do what is due, send what waits, and write down what became of it."""
    done = do_work(at=at)
    Sender(clock=lambda: at).work_until_idle()
    again = do_work(at=at)
    return {name: done[name] + again[name] for name in done}
