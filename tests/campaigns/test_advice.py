"""Whom the lot left out is advised nothing of the kind: not on their page, in no list and no count."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache

from campaigns import world
from campaigns.test_pages import signed_in, text
from stamgast.campaigns.actions import draft_campaign, end_campaign
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.advice import advised, kept_from, kept_per_step
from stamgast.campaigns.models import Campaign
from stamgast.customers.models import Customer
from stamgast.measurement.actions import draw_standing, note_treatment, open_standing
from stamgast.measurement.models import Experiment, Lot
from stamgast.scoring.models import Run, Score, Summary
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

Drifting = list[Customer]
Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Clock:
    """Let pages read this moment: `clock(at)`."""

    def read(moment: datetime) -> None:
        cache.clear()
        monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: moment)

    read(at)
    return read


def page_of(who: Customer) -> str:
    return text(signed_in("service").get(f"/customers/{who.pk}"))


def left_out() -> list[Customer]:
    return list(Customer.objects.filter(lots__arm__is_control=True).order_by("pk"))


def after_period(campaign: Campaign) -> timedelta:
    of = Experiment.objects.get(campaign=campaign)
    return timedelta(days=of.window_days + of.after_days)


def test_the_list_and_its_count_hold_nobody_whom_the_lot_left_out(
    running: Campaign, at: datetime, clock: Clock
) -> None:
    world.work(at)
    run, out = Run.objects.get(), left_out()
    Summary.objects.create(
        run=run,
        facts={
            "customers": 40,
            "stages": {"drifting": 40},
            "steps": [
                {"step": "save_offer", "reason": "drifting_and_worth_it", "customers": 40,
                 "margin_minor": 160_000},
            ],
        },
    )  # fmt: skip
    Score.objects.update(margin_365_minor=4_000)
    many = 40 - len(out)
    client = signed_in("admin")
    listed = text(client.get("/customers?step=save_offer"))
    assert f"{many} customers have “Save offer” as next step" in listed
    assert f"Mail {many} customers who drift" in text(client.get("/"))
    assert kept_per_step(run, at) == {
        ("save_offer", "drifting_and_worth_it"): (len(out), 4_000 * len(out))
    }
    resting = text(client.get("/customers?step=let_be"))
    assert all(one.first_name in resting for one in out)
    everybody = b"".join(client.get("/customers/export.csv").streaming_content).decode()
    assert everybody.count("Let be") == len(out)


def test_their_page_advises_nothing_while_both_groups_are_followed_after_the_end(
    running: Campaign, at: datetime, clock: Clock
) -> None:
    world.work(at)
    over = at + timedelta(days=5)
    end_campaign(running, at=over)
    one = left_out()[0]
    clock(over)
    page = page_of(one)
    assert "Next step: let be for now" in page
    assert f"“{running.name}” has ended, and by lot this customer got nothing of it" in page
    assert "Make an offer to stay" not in page
    clock(at + after_period(running) + timedelta(days=1))
    page = page_of(one)
    assert "Next step: Make an offer to stay" in page
    assert "Do they ask for it?" not in page


def test_who_asks_after_the_end_is_given_it_with_the_reason_written_down(
    running: Campaign, at: datetime, clock: Clock
) -> None:
    world.work(at)
    end_campaign(running, at=at)
    one = left_out()[0]
    page = page_of(one)
    assert "Do they ask for it? Give it. I gave it Why" in page
    lot = one.lots.get()
    client = signed_in("service")
    client.post(f"/customers/{one.pk}/campaigns/{lot.pk}/by-hand", {"reason": "Asked at the till"})
    assert lot.treatments.get().reason == "Asked at the till"
    assert "Was given by hand." in page_of(one)


def test_the_standing_control_group_is_advised_nothing_while_no_campaign_runs(
    drifting: Drifting, at: datetime, clock: Clock
) -> None:
    open_standing(0.2, name="Standing", at=at, key="standing")
    draw_standing(at=at)
    out = left_out()
    assert out
    page = page_of(out[0])
    assert "Next step: let be for now" in page
    assert "standing control group, which shows what all campaigns bring together" in page
    found = advised(Score.objects.all(), "save_offer", at)
    assert {one.customer_id for one in found} == {one.pk for one in drifting} - {
        one.pk for one in out
    }


def test_answering_a_complaint_is_never_kept_from_anybody(
    running: Campaign, at: datetime, clock: Clock
) -> None:
    world.work(at)
    one = left_out()[0]
    Score.objects.filter(customer=one).update(step="service_call", reason="open_complaint")
    assert "Call about what went wrong" in page_of(one)
    assert advised(Score.objects.all(), "service_call", at).get().customer_id == one.pk


def test_a_lot_keeps_from_its_own_kind_of_advice_alone(running: Campaign, at: datetime) -> None:
    world.work(at)
    one = left_out()[0]
    assert kept_from(one, "save_offer", at) is not None
    assert kept_from(one, "ask_why", at) is not None
    assert kept_from(one, "win_back", at) is None
    treated = Customer.objects.filter(lots__arm__is_control=False).earliest("pk")
    assert kept_from(treated, "save_offer", at) is None


def test_a_campaign_of_the_shops_own_making_keeps_from_all_advice(
    drifting: Drifting, goal: Goal, marketer: User, at: datetime
) -> None:
    ready = world.save_offer(at, goal, world.make_codes(60, at), by=marketer)
    offers, steps = plans_of(ready)
    own = draft_campaign(
        name="Own", audience=ready.audience, offers=offers, steps=steps, goal=goal, at=at
    )
    world.start(own, at, by=marketer)
    world.work(at)
    one = left_out()[0]
    assert all(kept_from(one, step, at) for step in ("save_offer", "win_back", "welcome"))
    assert kept_from(one, "let_be", at) is None


def test_who_was_given_it_by_hand_is_not_advised_it_once_more(
    running: Campaign, at: datetime
) -> None:
    world.work(at)
    lot = Lot.objects.filter(arm__is_control=True).earliest("pk")
    note_treatment(lot, at=at, by="cli", reason="Asked")
    assert kept_from(lot.customer, "save_offer", at) is not None


def test_the_list_asks_one_question_more_however_many_lots_there_are(
    running: Campaign, at: datetime, clock: Clock, django_assert_num_queries: Any
) -> None:
    world.work(at)
    with django_assert_num_queries(2):
        list(advised(Score.objects.all(), "save_offer", at))
