"""What cannot go well is said before anybody gets anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaigns import world
from cast import employ
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import (
    add_codes,
    approve_campaign,
    check_campaign,
    draft_campaign,
    make_code_list,
    run_campaign,
    start_from_preset,
)
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.errors import (
    BadCampaign,
    BadCodes,
    NoSuchChannel,
    NoSuchPreset,
    NotReady,
)
from stamgast.campaigns.models import Assignment, Campaign, Code, CodeList
from stamgast.campaigns.presets import presets
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.customers.actions import add_interaction, object_to_profiling, record_consent
from stamgast.customers.errors import KeyReused
from stamgast.customers.models import Customer
from stamgast.measurement.models import Lot
from stamgast.staff.actions import change_shop
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

Drifting = list[Customer]


def found(campaign: Campaign, at: datetime) -> dict[str, dict[str, Any]]:
    """What a check finds: code to facts, those that block first."""
    row = check_campaign(campaign, at=at)
    blocks = any(one["is_blocking"] for one in row.findings)
    assert row.status == ("draft" if blocks else "checked")
    return {one["code"]: {**one["facts"], "blocks": one["is_blocking"]} for one in row.findings}


def refused(campaign: Campaign, at: datetime) -> list[str]:
    with pytest.raises(NotReady) as no:
        approve_campaign(campaign, at=at, by=employ("admin"))
    return list(no.value.facts["problems"])


def nobody() -> dict[str, Any]:
    return {"version": 1, "who": {"is": "lives_in", "in": ["Nowhere"]}}


def test_a_good_campaign_has_nothing_in_its_way(offer: Campaign, at: datetime) -> None:
    assert found(offer, at) == {}


def test_an_audience_nobody_is_in(offer: Campaign, at: datetime) -> None:
    changed = change_campaign(offer, audience=nobody(), at=at)
    assert found(changed, at)["nobody"]["blocks"]
    assert refused(changed, at) == ["nobody"]


def test_an_audience_nobody_is_in_yet_is_fine_for_a_daily_campaign(
    offer: Campaign, at: datetime
) -> None:
    changed = change_campaign(offer, audience=nobody(), rhythm="daily", at=at)
    assert not found(changed, at)["nobody"]["blocks"]


def test_an_audience_of_whom_nobody_may(offer: Campaign, drifting: Drifting, at: datetime) -> None:
    for one in drifting:
        record_consent(one, channel="email", purpose="offers", is_granted=False, source="x", at=at)
    assert found(offer, at)["nobody_may"] == {"customers": 40, "blocks": True}


def test_a_budget_of_nothing(offer: Campaign, goal: Goal, at: datetime) -> None:
    Goal.objects.filter(pk=goal.pk).update(spent_minor=goal.budget_minor)
    assert refused(offer, at) == ["budget"]


def test_what_costs_nothing_runs_on_a_budget_of_nothing(
    offer: Campaign, goal: Goal, marketer: User, at: datetime
) -> None:
    Goal.objects.filter(pk=goal.pk).update(budget_minor=0)
    assert refused(offer, at) == ["budget"]
    offers, steps = plans_of(offer)
    free = [replace(offers[0], cost_minor=0)]
    row = change_campaign(offer, offers=free, steps=[replace(steps[0], cost_minor=0)], at=at)
    world.start(row, at, by=marketer)
    world.work(at)
    assert Assignment.objects.filter(reservation=None).count() == Assignment.objects.count() > 0


def test_a_budget_that_is_too_small_for_all_of_them(
    offer: Campaign, goal: Goal, at: datetime
) -> None:
    Goal.objects.filter(pk=goal.pk).update(spent_minor=goal.budget_minor - 10_000)
    money = found(offer, at)["budget"]
    assert (money["amount_minor"], money["free_minor"], money["blocks"]) == (16_000, 10_000, True)


def test_a_worst_case_beyond_what_the_goal_allows_one_campaign(
    offer: Campaign, goal: Goal, at: datetime
) -> None:
    Goal.objects.filter(pk=goal.pk).update(worst_case_minor=5_000)
    assert refused(offer, at) == ["worst_case"]


def test_no_goal_and_a_goal_that_is_closed(
    drifting: Drifting, codes: CodeList, goal: Goal, at: datetime
) -> None:
    without = world.save_offer(at, None, codes)
    assert refused(without, at) == ["no_goal"]
    Goal.objects.filter(pk=goal.pk).update(status="closed")
    assert "goal_not_open" in found(change_campaign(without, goal=goal, at=at), at)


@pytest.mark.parametrize("share", ["0", "1", "0.005", "0.95"])
def test_a_control_group_of_nobody_or_everybody(offer: Campaign, share: str, at: datetime) -> None:
    changed = change_campaign(offer, control_share=Decimal(share), at=at)
    assert refused(changed, at) == ["control_share"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ customer.shoe_size }}", "field_missing"),
        (
            "{% for a in (1..3000) %}{% for b in (1..3000) %}x{% endfor %}{% endfor %}",
            "text_endless",
        ),
        ("{% if customer %}", "text_unreadable"),
    ],
)
def test_a_text_that_cannot_be_filled_in(
    offer: Campaign, text: str, code: str, at: datetime
) -> None:
    _, steps = plans_of(offer)
    block = {"kind": "text", "text": text}
    content = {"nl": {"subject": "Hallo", "blocks": [block]}}
    changed = change_campaign(offer, steps=[replace(steps[0], content=content)], at=at)
    assert found(changed, at)["text"]["refusal"] == code
    assert refused(changed, at) == ["text"]


def test_a_script_in_a_name_is_escaped_and_stops_nothing(
    offer: Campaign, drifting: Drifting, at: datetime
) -> None:
    Customer.objects.update(first_name="<script>alert(1)</script>")
    assert found(offer, at) == {}
    from stamgast.campaigns.channels.email import channel

    step = offer.steps.get()
    facts = {"offer": {"title": "t", "code": "c", "until": "2026-12-01", "url": "https://x.nl"}}
    shown = channel.shown(step.content, facts, Customer.objects.all()[0], language="nl")
    assert "<script>" not in shown.html


def test_fewer_codes_than_customers(offer: Campaign, codes: CodeList, at: datetime) -> None:
    Code.objects.filter(text__gt="AUTUMN-0020").delete()
    assert found(offer, at)["fewer_codes"] == {"free": 20, "needed": 32, "blocks": True}


def test_no_codes_at_all(drifting: Drifting, goal: Goal, at: datetime) -> None:
    assert refused(world.save_offer(at, goal, None), at) == ["no_codes"]


def test_nobody_said_where_buttons_lead(offer: Campaign, at: datetime) -> None:
    change_shop(at=at, website="")
    assert refused(offer, at) == ["no_website"]


def test_a_campaign_on_an_event_needs_one(offer: Campaign, at: datetime) -> None:
    assert refused(change_campaign(offer, rhythm="on_event", at=at), at) == ["no_trigger"]


def test_overlapping_campaigns_are_told(
    running: Campaign, goal: Goal, marketer: User, at: datetime
) -> None:
    other = world.save_offer(at, goal, world.make_codes(60, at, name="Extra"))
    told = found(other, at)["overlaps"]
    assert (told["customers"], told["name"], told["blocks"]) == (40, running.name, False)


def test_who_objects_or_complains_is_not_drawn(
    offer: Campaign, drifting: Drifting, marketer: User, goal: Goal, at: datetime
) -> None:
    from stamgast.campaigns.audience import looking, members
    from stamgast.campaigns.eligible import eligible

    wide = {"version": 1, "who": {"is": "stage", "in": ["drifting"]}}
    row = change_campaign(offer, audience=wide, at=at)
    object_to_profiling(drifting[0], at=at, by=None)
    add_interaction(drifting[1], kind="complaint", text="Broken", at=at)
    record_consent(
        drifting[2], channel="email", purpose="offers", is_granted=False, source="x", at=at
    )
    fit = eligible(row, members(row.audience, looking(at)), at)
    assert fit.may_not == {
        drifting[0].pk: "objects_to_profiling",
        drifting[1].pk: "open_complaint",
        drifting[2].pk: "withdrawn",
    }
    world.start(row, at, by=marketer)
    world.work(at)
    assert Lot.objects.count() == 37


def test_a_soft_opt_in_counts_only_with_its_order(
    offer: Campaign, drifting: Drifting, at: datetime
) -> None:
    from stamgast.campaigns.eligible import eligible
    from stamgast.customers.errors import SoftOptInRefused

    one = drifting[0]
    one.consents.all().delete()
    with pytest.raises(SoftOptInRefused):
        record_consent(
            one, channel="email", purpose="offers", is_granted=True, basis="soft_opt_in",
            source="checkout", at=at,
        )  # fmt: skip
    assert eligible(offer, [one.pk], at).may_not == {one.pk: "never_given"}
    record_consent(
        one, channel="email", purpose="offers", is_granted=True, basis="soft_opt_in",
        order_number="N-1", source="checkout", at=at,
    )  # fmt: skip
    assert eligible(offer, [one.pk], at).may == [one.pk]


def test_what_was_fine_when_approved_is_looked_over_again_when_it_runs(
    offer: Campaign, marketer: User, goal: Goal, at: datetime
) -> None:
    approve_campaign(offer, at=at, by=marketer)
    Goal.objects.filter(pk=goal.pk).update(spent_minor=goal.budget_minor)
    with pytest.raises(NotReady):
        run_campaign(offer, at=at, by=marketer)


def test_a_clock_that_jumps_back_draws_nobody(running: Campaign, at: datetime) -> None:
    jobs.do_work(at=at - timedelta(hours=1))
    running.refresh_from_db()
    assert running.waits_for == "work_refused"
    assert (Lot.objects.count(), Assignment.objects.count()) == (0, 0)
    world.work(at)
    assert Lot.objects.count() == 40


def test_the_same_key_is_one_campaign(db: None, at: datetime) -> None:
    first = start_from_preset("win_back", language="en", at=at, key="k")
    assert start_from_preset("win_back", language="en", at=at, key="k") == first
    with pytest.raises(KeyReused):
        start_from_preset("save_offer", language="en", at=at, key="k")


def test_there_is_no_such_finished_campaign(db: None, at: datetime) -> None:
    with pytest.raises(NoSuchPreset):
        start_from_preset("miracle", language="en", at=at)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"rhythm": "hourly"}, "rhythm"),
        ({"trigger": "sneezed"}, "trigger"),
        ({"window_days": 0}, "window_days"),
        ({"control_share": "many"}, "control_share"),
        ({"most_customers": 0}, "most_customers"),
        ({"purpose": "tracking"}, "purpose"),
        ({"offers": []}, "offer"),
        ({"offers": [OfferPlan(code="control")]}, "offer"),
        ({"offers": [OfferPlan(), OfferPlan()]}, "offer"),
        ({"offers": [OfferPlan(cost_minor=-1)]}, "cost"),
        ({"offers": [OfferPlan(valid_days=0)]}, "valid_days"),
        ({"offers": [OfferPlan(kind="miracle")]}, "offer_kind"),
        ({"offers": [OfferPlan(code_list=999)]}, "codes"),
        ({"steps": []}, "step"),
        ({"steps": [StepPlan(content={}, offer="other")]}, "offer"),
    ],
)
def test_refuses_what_no_campaign_can_have(
    db: None, facts: dict[str, Any], field: str, at: datetime
) -> None:
    content = {"en": {"subject": "Hi", "blocks": [{"kind": "text", "text": "Hello"}]}}
    usual = {
        "name": "Try", "audience": nobody(), "offers": [OfferPlan()],
        "steps": [StepPlan(content=content)],
    }  # fmt: skip
    with pytest.raises(BadCampaign) as no:
        draft_campaign(**{**usual, **facts}, at=at)
    assert no.value.facts["field"] == field
    assert not Campaign.objects.exists()


def test_refuses_an_unknown_channel(db: None, at: datetime) -> None:
    step = StepPlan(content={}, channel="pigeon")
    with pytest.raises(NoSuchChannel):
        draft_campaign(name="Try", audience=nobody(), offers=[OfferPlan()], steps=[step], at=at)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("", 1, "empty"),
        ("code\n", 1, "empty"),
        ("A\nB\na\n", 3, "twice"),
        ("A\n" + "x" * 81, 2, "too_long"),
    ],
)
def test_refuses_codes_that_cannot_be_handed_out(
    db: None, text: str, line: int, problem: str, at: datetime
) -> None:
    with pytest.raises(BadCodes) as no:
        make_code_list("List", text, at=at)
    assert no.value.facts == {"line": line, "problem": problem}


def test_a_code_is_in_one_list_only(codes: CodeList, at: datetime) -> None:
    with pytest.raises(BadCodes) as no:
        make_code_list("Other", "NEW-1\nautumn-0001", at=at)
    assert no.value.facts == {"line": 2, "problem": "taken"}
    assert add_codes(codes, "AUTUMN-0001\nAUTUMN-9999", at=at) == 1


@pytest.mark.parametrize("code", list(presets()))
def test_every_finished_campaign_is_ready_in_english(  # in Dutch each is played in measures
    drifting: Drifting, goal: Goal, codes: CodeList, code: str, at: datetime
) -> None:
    language = "en"
    row = start_from_preset(code, language=language, at=at, goal=goal)
    offers, _ = plans_of(row)
    with_codes = [
        replace(one, code_list=codes.pk) if one.kind == "discount_code" else one for one in offers
    ]
    row = change_campaign(row, offers=with_codes, at=at)
    Customer.objects.update(language=language)
    assert set(found(row, at)) <= {"nobody", "nobody_may", "overlaps"}
    assert row.name == presets()[code].names[language]
