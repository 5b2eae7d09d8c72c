"""From goal to verdict over simulated time: a save offer that paid, and a win-back that did not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.utils.translation import override

from campaigns import world
from cast import employ
from mail.mailbox import Mailbox, listening
from measurement.efforts import mark_known, order, verdict
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import end_campaign, start_from_preset
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.models import Assignment, Campaign
from stamgast.campaigns.rules import OfferPlan
from stamgast.customers.models import Customer
from stamgast.measurement.models import Lot, Verdict
from stamgast.sales.models import Order
from stamgast.scoring.models import Run, Score
from stamgast.staff.models import User
from stamgast.strategy.models import Goal
from stamgast.web.marketer import verdict_words

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "a-win-back-that-paid.md"
FIGURE = re.compile(r"\d[\d,.]*\d|\d")
DRIFTING, LOST = 400, 400
DAY = timedelta(days=1)


@pytest.fixture
def mailbox(at: datetime, home: object, transactional_db: None) -> Iterator[Mailbox]:
    box = Mailbox()
    with listening(box) as port:
        world.set_up_mail(port, at)
        world.order_now(None, "N-1", at - timedelta(hours=1))
        yield box


def lose(people: list[Customer]) -> None:
    """Let these customers have left, a year and a half ago."""
    run = Run.objects.get()
    Score.objects.filter(customer__in=people).update(
        stage="lost", days_silent=500, last_day=run.as_of - 500 * DAY, step="win_back"
    )


def ready(preset: str, codes: str, goal: Goal, by: User, at: datetime) -> Campaign:
    """Begin with a finished campaign, half of it as control group, with codes of its own."""
    row = start_from_preset(preset, language="nl", at=at, by=by, goal=goal, control_share="0.5")
    (first,), steps = plans_of(row)
    with_codes = OfferPlan(
        code=first.code, kind=first.kind, title=first.title, cost_minor=500, valid_days=45,
        code_list=world.make_codes(500, at, name=codes).pk,
    )  # fmt: skip
    return change_campaign(row, offers=[with_codes], steps=steps[:1], at=at, by=by)


def live(campaign: Campaign, *, otherwise: float, treated: float, margin: int, seed: int) -> None:
    """Let everybody buy by chance for five months; who has a code and buys in time, uses it."""
    dice = np.random.default_rng(seed)
    assigned = {
        one.lot_id: one
        for one in Assignment.objects.filter(campaign=campaign).select_related("code")
    }
    rows = []
    for lot in Lot.objects.filter(experiment__campaign=campaign).select_related("arm"):
        chance = otherwise if lot.arm.is_control else treated
        size = int(margin * dice.lognormal(0, 0.4))
        if dice.random() < chance:
            day = lot.day + int(dice.integers(1, 40)) * DAY
            rows.append(_order(lot, day, size, assigned.get(lot.pk)))
        if dice.random() < otherwise:  # afterwards both groups are alike
            rows.append(_order(lot, lot.day + int(dice.integers(70, 160)) * DAY, size, None))
    Order.objects.bulk_create(rows)


def _order(lot: Lot, day: date, margin: int, given: Assignment | None) -> Order:
    number = f"{lot.pk}-{day}"
    if given is None or given.code is None:
        return order(lot.customer_id, day, margin, number)
    facts = {"discount_code": given.code.text, "discount_minor": 500}
    return order(lot.customer_id, day, margin - 500, number, **facts)


def test_from_goal_to_verdict(mailbox: Mailbox, at: datetime) -> None:
    marketer = employ("marketer")
    goal = world.make_goal(at, budget_minor=600_000)
    world.make_drifting(DRIFTING, at)
    lose(world.make_drifting(LOST, at, first=5_000))

    # Two finished campaigns, each checked, approved and run: the lot first, then the mail.
    save = world.start(ready("save_offer", "SAVE", goal, marketer, at), at, by=marketer)
    win = world.start(ready("win_back", "BACK", goal, marketer, at), at, by=marketer)
    done = world.work(at)
    given = Assignment.objects.count()
    assert done["given"] == given == len(mailbox.received) == len(set(mailbox.recipients))
    assert Lot.objects.count() == DRIFTING + LOST
    goal.refresh_from_db()
    assert goal.reserved_minor == 500 * given

    # The offer brings drifting customers back; the lost only take the discount along.
    live(save, otherwise=0.15, treated=0.65, margin=2_400, seed=1)
    live(win, otherwise=0.9, treated=0.9, margin=900, seed=2)
    later = at + 70 * DAY
    used = jobs.do_work(at=later)["used"]
    assert used == Order.objects.exclude(discount_code="").count() > 100
    goal.refresh_from_db()
    assert (goal.spent_minor, goal.reserved_minor) == (500 * used, 0)
    for row in (save, win):
        end_campaign(row, at=later, by=marketer)

    # While the after-period runs it worked so far; at its end it is known.
    end = (at + 185 * DAY).date()
    mark_known(end)
    for row in (save, win):
        row.refresh_from_db()
    so_far = verdict((at + 60 * DAY).date(), save.experiment)
    assert so_far.code == "worked_so_far"
    worked, failed = verdict(end, save.experiment), verdict(end, win.experiment)
    assert worked.code == "worked"
    assert worked.facts["net_minor"]["low"] > 0
    assert failed.code == "did_not_work"
    assert failed.facts["net_minor"]["high"] < 0
    # Beside it: what was given to those who would have bought anyway.
    assert failed.facts["for_nothing"]["share"] > worked.facts["for_nothing"]["share"]
    for said in (so_far, worked, failed):
        check_tutorial(said)


def check_tutorial(said: Verdict) -> None:
    """The tutorial quotes what comes out: its words to the letter, its figure within the interval."""
    with override("en"):
        words = verdict_words.plain_line(said, "EUR").replace("\u00a0", " ")
    # By lot the offer may have brought in next to nothing, or nothing at all.
    words = words.replace("brought in nothing", "brought in at most €0.00")
    quoted = [
        line.removeprefix("> ").replace("**", "")
        for line in TUTORIAL.read_text("utf-8").splitlines()
        if line.startswith("> ")
    ]
    same = [line for line in quoted if FIGURE.sub("#", line) == FIGURE.sub("#", words)]
    assert len(same) == 1, f"not in the tutorial: {words}"
    if said.code == "did_not_work":
        return
    shown = float(FIGURE.findall(same[0])[0].replace(",", "")) * 100
    net = said.facts["net_minor"]
    width = net["high"] - net["low"]
    assert net["low"] - width / 2 < shown < net["high"] + width / 2
