"""The pages of plans, of the order of campaigns, and for whom it worked; in both languages."""

from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape
from typing import Any

import pytest
from django.test import Client

from cast import employ
from measurement.conclusions import CASES
from measurement.efforts import begin
from plans import world
from stamgast.campaigns.models import Campaign
from stamgast.events.models import Job
from stamgast.measurement.models import Experiment, ForWhom, Verdict
from stamgast.plans.models import Place, Plan, PlanChange
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_this_moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)


def signed_in(role: str = "marketer", language: str = "en") -> Client:
    email = f"{role}.{language}@shop.example"
    user = User.objects.filter(email=email).first() or employ(role, email=email)
    user.language = language
    user.save()
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    """What a page says, without its markup."""
    assert answer.status_code == 200
    plain = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    plain = re.sub(r"</?(b|span|i|a|small)\b[^>]*>", "", plain)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def worked_out(plan: Plan) -> None:
    """Write the figures of a plan as working it out does."""
    first, second = plan.options.order_by("position")
    range_of = {"estimate": 123_400, "low": 40_000, "high": 200_000}

    def option(one: Any, basis: str) -> dict[str, Any]:
        return {
            "option": one.pk, "campaign": one.campaign_id, "name": one.campaign.name,
            "customers": 20, "may": 40, "treated": 16, "control": 4, "takes_minor": 8000,
            "most_minor": 10_000, "each_minor": 500, "cap": None, "by_hand": 0, "by_chance": 1,
            "brings_minor": range_of, "stages": {"drifting": 20}, "kinds": {"unknown": 20},
            "response": {
                "basis": basis, "customers": 4_000, "treated": 2_000, "ordered": [300, 12],
                "uplift": {"estimate": 0.021, "low": 0.004, "high": 0.04}, "gains": {},
                "weakest": "",
            },
        }  # fmt: skip

    plan.facts |= {
        "as_of": "2026-11-19", "customers": 40, "nobody": 1_234, "brings_minor": range_of,
        "bound_minor": 130_000, "value_minor": 129_000, "gap": 0.0077, "price": 1.4,
        "explored": 0.1, "by_chance": 3,
        "options": [option(first, "individual"), option(second, "little")],
        "curve": [
            {"budget_minor": part * 25_000, "brings_minor": part * 40_000, "is_plan": part == 2}
            for part in range(4)
        ],
        "next": {"step_minor": 10_000, "brings_minor": 9_900},
        "findings": [
            {"code": "little_known", "is_blocking": False, "facts": {"name": "De mail", "ordered": 12}}
        ],
    }  # fmt: skip
    plan.save()


def test_before_there_is_anything_the_page_says_what_a_plan_needs(db: None, home: object) -> None:
    said = text(signed_in().get("/plans"))
    assert "A plan needs an open goal and a campaign that is ready for it." in said
    assert "What a plan needs first" in said
    assert "No campaign has drawn a lot yet." in said
    assert "20 customers ordered both in its control group" in said
    assert "Wat een plan eerst nodig heeft" in text(signed_in(language="nl").get("/plans"))


def test_a_plan_is_written_down_on_the_page_and_asked_to_be_worked_out(
    shop: world.Shop, at: datetime
) -> None:
    client = signed_in()
    said = text(client.get("/plans"))
    assert "A new plan: €1,000 is free" in said
    told = {
        "goal": shop.goal.pk, "name": "Autumn", "budget": "250", "exploration": "15",
        "campaigns": [shop.save.pk, shop.mail.pk],
    }  # fmt: skip
    answer = client.post("/plans/new", told)
    plan = Plan.objects.get()
    assert answer["Location"] == f"/plans/{plan.pk}"
    assert (plan.budget_minor, str(plan.exploration)) == (25_000, "0.15")
    assert plan.options.count() == 2
    assert Job.objects.get(kind="make_plan").facts == {"plan": plan.pk}
    said = text(client.get(f"/plans/{plan.pk}"))
    assert "This plan has not been worked out since it was changed." in said
    assert "Waiting for its turn" in said
    refused = client.post("/plans/new", told, follow=True)  # they are in a plan now
    assert "Select a valid choice." in text(refused)
    refused = client.post("/plans/new", {**told, "goal": 0}, follow=True)
    assert "Choose a goal." in text(refused)
    assert Plan.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            [
                "40 customers get something, 1,234 get nothing.",
                "is expected to bring €1,230 extra margin (likely between €400 and €2,000).",
                "The next €100 would bring €99 more margin after its cost.",
                "choosing per customer is proven better",
                "Little is known yet: 12 orders in the smaller group, where twenty are needed.",
                "What each budget would bring",
                "6 orders, the last 3 months ago",
            ],
        ),
        (
            "nl",
            [
                "40 klanten krijgen iets, 1.234 krijgen niets.",
                "levert naar verwachting € 1.230 extra brutomarge op",
                "kiezen per klant is bewezen beter",
                "Er is nog weinig bekend: 12 bestellingen in de kleinste groep",
                "Wat elk budget zou opleveren",
            ],
        ),
    ],
)  # fmt: skip
def test_a_plan_says_what_it_comes_down_to(plan: Plan, language: str, sentences: list[str]) -> None:
    worked_out(plan)
    said = text(signed_in(language=language).get(f"/plans/{plan.pk}")).replace("\u00a0", " ")
    for sentence in sentences:
        assert sentence in said


def test_it_is_changed_by_hand_approved_run_and_ended_on_its_page(
    shop: world.Shop, plan: Plan, at: datetime
) -> None:
    worked_out(plan)
    client, address = signed_in(), f"/plans/{plan.pk}"
    option = plan.options.get(position=1)
    told = {"kind": "cap", "option": option.pk, "amount": "12", "reason": "Too busy"}
    client.post(f"{address}/by-hand", told)
    change = PlanChange.objects.get()
    assert (change.kind, change.amount) == ("cap", 12)
    assert "At most 12 customers get" in text(client.get(address))
    told = {"kind": "customer", "customer": "k3", "option": "", "reason": "Asked us"}
    client.post(f"{address}/by-hand", told)
    told = {"kind": "customer", "customer": "K4@example.nl", "option": option.pk, "reason": "Kind"}
    client.post(f"{address}/by-hand", told)
    told = {"kind": "leave_out_group", "group": "stage:lost", "option": "", "reason": "Not now"}
    client.post(f"{address}/by-hand", told)
    kinds = list(PlanChange.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["cap", "leave_out", "give", "leave_out_group"]
    said = text(client.get(address))
    assert "Kim3 Bos gets nothing." in said
    assert "nothing of all campaigns." in said
    refused = client.post(
        f"{address}/by-hand",
        {"kind": "customer", "customer": "nobody@x", "option": "", "reason": "x"},
        follow=True,
    )
    assert "We know nobody with this address or number." in text(refused)
    client.post(f"/plans/by-hand/{change.pk}/back")
    change.refresh_from_db()
    assert change.withdrawn_at == at
    assert Plan.objects.get().status == "draft"
    refused = client.post(f"{address}/approve")
    assert refused.status_code == 409
    assert "it has to be worked out first" in refused.content.decode()
    client.post(f"{address}/change", {"budget": "300", "exploration": "20"})
    assert Plan.objects.get().budget_minor == 30_000

    Plan.objects.update(status="made")
    client.post(f"{address}/approve")
    assert "Approved by" in text(client.get(address))
    client.post(f"{address}/withdraw")
    client.post(f"{address}/approve")
    client.post(f"{address}/run")
    assert Plan.objects.get().status == "running"
    assert Job.objects.filter(kind="draw_plans").count() == 1
    said = text(client.get(address))
    assert "Expected, and what came" in said
    assert "What it brought is not known yet" in said
    # The campaign itself says who decides about it.
    client.post(f"{address}/end")
    assert Plan.objects.get().status == "ended"


def test_service_sees_no_plans_and_an_analyst_changes_none(plan: Plan) -> None:
    worked_out(plan)
    assert signed_in("service").get("/plans").status_code == 403
    assert signed_in("service").get(f"/plans/{plan.pk}").status_code == 403
    analyst = signed_in("analyst")
    assert "Take the approval back" not in text(analyst.get(f"/plans/{plan.pk}"))
    for way in ("make", "change", "by-hand", "approve", "run", "end", "remove"):
        assert analyst.post(f"/plans/{plan.pk}/{way}").status_code == 403


def test_a_plan_thrown_away_lets_its_campaigns_go(plan: Plan) -> None:
    client = signed_in()
    client.post(f"/plans/{plan.pk}/remove")
    assert not Plan.objects.exists()
    assert not Place.objects.exists()
    assert not Campaign.objects.filter(is_planned=True).exists()


def test_the_order_of_campaigns_is_changed_with_two_buttons(shop: world.Shop) -> None:
    client = signed_in()
    said = text(client.get("/campaigns/order"))
    assert "has 40 customers before" in said
    assert said.index(shop.save.name) < said.index(shop.mail.name)
    client.post(f"/campaigns/{shop.mail.pk}/move-up")
    page = client.get("/campaigns/order")
    assert [one.pk for one in page.context["rows"]] == [shop.mail.pk, shop.save.pk]
    assert signed_in("analyst").post(f"/campaigns/{shop.mail.pk}/move-up").status_code == 403
    assert "Wie gaat voor wie" in text(signed_in(language="nl").get("/campaigns/order"))


def test_with_no_campaign_the_order_says_so(db: None, home: object) -> None:
    assert "No campaign is ready yet." in text(signed_in().get("/campaigns/order"))


@pytest.fixture
def judged(db: None, home: object, at: datetime) -> Experiment:
    """An effort with a verdict, and the groups beside it."""
    experiment, one = begin(), CASES["worked"]
    Verdict.objects.create(
        experiment=experiment, as_of=date(2026, 9, 1), code=one.code, facts=one.facts, made_at=at
    )
    return experiment


def groups(**facts: Any) -> dict[str, Any]:
    def one(code: str, middle: float, half: float) -> dict[str, Any]:
        ends = {"estimate": middle, "low": middle - half, "high": middle + half}
        return {
            "code": code, "treated": 400, "control": 400, "buyers": 60, "alone": ends,
            "drawn": ends, "own": 0.6,
        }  # fmt: skip

    told = {
        "left_out": 0, "fewest": 30, "why": "", "common_minor": 100.0, "differ": 0.01,
        "groups": [one("active", 250.0, 100.0), one("new", 20.0, 150.0), one("lost", 80.0, 90.0)],
    }  # fmt: skip
    return {**told, **facts}


def test_a_verdict_says_for_whom_it_worked_and_where_nothing_can_be_said(
    judged: Experiment, at: datetime
) -> None:
    client = signed_in()
    said = text(client.get(f"/verdicts/{judged.pk}"))
    assert "For whom it worked is looked at tonight." in said
    few = {"groups": [], "left_out": 12, "why": "too_few_groups", "fewest": 30}
    ForWhom.objects.create(
        experiment=judged,
        as_of=date(2026, 9, 1),
        made_at=at,
        facts={
            "customers": 2_400,
            "groups": {"stage": groups(), "kind": few, "orders": few, "value": groups(differ=0.4)},
        },
    )
    said = text(client.get(f"/verdicts/{judged.pk}"))
    assert "Most for: active (€2.50 a head). Least for: new (€0.20 a head)." in said
    assert "Proven by itself for 1 of 3 groups." in said
    assert "Nothing can be said: fewer than three groups are large enough." in said
    assert "The groups differ no more than chance makes them" in said
    assert "are read together" in said
    assert "12 households are in groups too small to be shown." in said
    assert "Voor wie het werkte" in text(signed_in(language="nl").get(f"/verdicts/{judged.pk}"))
