"""What the example shop tried: a campaign that ended, one that runs, and one in the making.

All of it is shown on the shop's site, so that an example shop has nothing to mail.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from stamgast.campaigns import actions as campaigns
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.jobs import do_work
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.sales.actions import OrderFacts, OrderLine, record_order
from stamgast.sales.models import Product
from stamgast.staff.models import User
from stamgast.strategy import actions as strategy
from stamgast.strategy.models import Goal

AGO = timedelta(days=150)  # since when the one that ended began
_RAN = timedelta(days=45)
_COME_BY, _TAKE_IT = 0.75, 0.7  # of those who may be shown something; of those who saw it
_SAY: dict[str, dict[str, str]] = {
    "nl": {
        "goal": "Houd vaste klanten vast", "codes": "Vaste klanten",
        "first": "Drie euro voor vaste klanten, op de site",
    },
    "en": {
        "goal": "Keep regular customers", "codes": "Regulars",
        "first": "Three euros for regulars, on the site",
    },
}  # fmt: skip
_SHOWN = {
    "nl": {
        "title": "Fijn dat u er bent", "text": "{{ offer.title }} met code {{ offer.code }}.",
        "button": "Kies uw koffie", "url": "{{ offer.url }}",
    },
    "en": {
        "title": "Good to see you", "text": "{{ offer.title }} with code {{ offer.code }}.",
        "button": "Choose your coffee", "url": "{{ offer.url }}",
    },
}  # fmt: skip
_AGAIN = {
    "nl": {
        "title": "Hoe beviel uw eerste koffie?", "text": "Wij zetten drie soorten voor u klaar.",
        "button": "Bekijk ze", "url": "{{ offer.url }}",
    },
    "en": {
        "title": "How was your first coffee?", "text": "We have three kinds ready for you.",
        "button": "Have a look", "url": "{{ offer.url }}",
    },
}  # fmt: skip


def begin(language: str, by: User, *, at: datetime) -> Campaign:
    """Set a goal and run a campaign on the site at a moment of which orders are known; let them visit."""
    say = _SAY[language]
    goal = strategy.draft_goal(
        direction="keep", due_on=(at + AGO + timedelta(days=90)).date(), budget_minor=600_000,
        name=say["goal"], at=at, by=by,
    )  # fmt: skip
    strategy.open_goal(goal, at=at, by=by)
    text = "\n".join(f"LINDE-{n:04}" for n in range(1, 1001))
    codes = campaigns.make_code_list(say["codes"], text, at=at, by=by)
    offer = OfferPlan(
        code="code", kind="discount_code", title={"nl": "€ 3 korting", "en": "€3 off"},
        cost_minor=300, valid_days=30, code_list=codes.pk,
    )  # fmt: skip
    who = [{"is": "orders", "at_least": 3}, {"is": "last_bought", "at_most": 120}]
    row = campaigns.draft_campaign(
        name=say["first"], goal=goal, audience=_everyone(*who), offers=[offer],
        steps=[StepPlan(content=_SHOWN, channel="site")], control_share="0.4",
        most_customers=900, at=at, by=by,
    )  # fmt: skip
    _run(row, at=at, by=by)
    dice = np.random.default_rng(7)
    for one in _given(row):
        if dice.random() < _COME_BY:
            campaigns.decide(one.customer, placement="home", at=at + timedelta(minutes=5))
    do_work(at=at + timedelta(minutes=10))
    row.refresh_from_db()
    return row


def finish(row: Campaign, by: User, *, at: datetime) -> None:
    """Let who saw it take it now and then, with orders of their own, and end the campaign."""
    began = row.started_at
    assert began is not None
    dice = np.random.default_rng(11)
    products = list(Product.objects.exclude(price=None).order_by("pk")[:12])
    for one in _given(row):
        if one.code is None or dice.random() >= _COME_BY * _TAKE_IT:
            continue
        product = products[dice.integers(len(products))]
        moment = began + timedelta(days=int(dice.integers(1, 29)), hours=int(dice.integers(10)))
        line = OrderLine(
            sku=product.sku or "", name=product.name, quantity=Decimal(int(dice.integers(2, 5))),
            unit_price=product.price or Decimal(9),
        )  # fmt: skip
        facts = OrderFacts(
            number=f"site-{one.pk}", ordered_at=moment, currency="EUR", lines=[line],
            customer=one.customer, channel="web", discount_code=one.code.text, discount=Decimal(3),
        )  # fmt: skip
        record_order(facts, at=at, by="demo")
    over = began + _RAN
    do_work(at=over)
    campaigns.end_campaign(row, at=over, by=by)


def go_on(language: str, goal: Goal, by: User, *, at: datetime) -> None:
    """Let a series run from today, first on the site and then by mail, and leave one in the making."""
    row = campaigns.start_from_preset(
        "second_purchase", language=language, goal=goal, control_share="0.3", at=at, by=by
    )
    _, (mail, *_rest) = plans_of(row)
    silent = _everyone({"not": {"is": "ordered", "days": 7}})
    steps = [StepPlan(content=_AGAIN, channel="site"), replace(mail, wait_days=7, only_if=silent)]
    _run(campaigns.change_campaign(row, steps=steps, at=at, by=by), at=at, by=by)
    campaigns.start_from_preset("win_back", language=language, goal=goal, at=at, by=by)


def _run(row: Campaign, *, at: datetime, by: User) -> None:
    campaigns.approve_campaign(row, at=at, by=by)
    campaigns.run_campaign(row, at=at, by=by)
    do_work(at=at)


def _given(row: Campaign) -> list[Assignment]:
    rows = Assignment.objects.filter(campaign=row).select_related("customer", "code")
    return list(rows.order_by("pk"))


def _everyone(*conditions: Any) -> dict[str, Any]:
    return {"version": 1, "who": {"all": list(conditions)}}
