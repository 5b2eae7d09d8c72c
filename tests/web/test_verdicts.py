"""Verdicts, control groups and goals on screen, in both languages and for every role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from measurement.conclusions import CASES
from measurement.efforts import begin
from scoring.shops import make_customers
from stamgast.customers.models import Customer
from stamgast.events.models import Job
from stamgast.measurement.actions import draw_lots, draw_standing, note_treatment, open_standing
from stamgast.measurement.models import Experiment, Verdict
from stamgast.measurement.pooled import conclude_pool
from stamgast.scoring.models import Summary
from stamgast.scoring.queries import current_run
from stamgast.strategy.acquiring import acquiring
from stamgast.strategy.actions import record_cost, reserve_budget, settle
from stamgast.strategy.models import AcquisitionCost, Goal
from strategy.bases import open_one, score_people

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def judged(case: str, *, key: str = "", days: int = 0) -> Verdict:
    """Write the verdict of a case down, of an effort of its own."""
    experiment = Experiment.objects.filter(key=key or case).first() or begin(key or case)
    one = CASES[case]
    return Verdict.objects.create(
        experiment=experiment,
        as_of=date(2026, 7, 29) + timedelta(days=days),
        code=one.code,
        facts=one.facts,
        made_at=AT,
    )


def text(client: Client, view: str, *given: object, **query: object) -> str:
    answer = client.get(reverse(view, args=given), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


SAYS = {
    "worked": ("<b>€5,800</b> extra margin after costs", "<b>€ 5.800</b> extra brutomarge na kosten"),
    "worked_by_window": ("that shows by 29 July 2026", "blijkt dat uiterlijk 29 juli 2026"),
    "worked_so_far": ("borrowed from later we know on 29 July 2026", "weten we op 29 juli 2026"),
    "did_not_work": ("It cost <b>€4.50</b> a head", "Het kostte <b>€ 4,50</b> per klant"),
    "cannot_be_known_here": ("Choose: a larger control group", "Kies: een grotere controlegroep"),
    "borrowed_from_later": ("less than the control group", "minder dan de controlegroep"),
    "not_yet_known": ("The effect lies between", "Het effect ligt tussen"),
    "too_few": ("from 20 on something can be said", "vanaf 20 is er iets te zeggen"),
    "lot_is_off": ("Find out how before you trust", "Zoek uit hoe, voordat u"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAYS)
def test_every_verdict_is_said_in_both_languages(case: str, signed_in: SignIn) -> None:
    found = judged(case)
    for language, said in zip(("en", "nl"), SAYS[case], strict=True):
        client = signed_in("marketer", language=language)
        assert said in text(client, "verdict", found.experiment_id)
        assert said in text(client, "verdicts")


def test_the_list_adds_all_efforts_up(signed_in: SignIn) -> None:
    for case in ("worked", "did_not_work", "not_yet_known"):
        judged(case)
    shown = text(signed_in("analyst", language="en"), "verdicts")
    assert "<b class='good'>1</b> effort worked, <b>1</b> did not, of <b>1</b>" in shown
    assert "Together <b>" in shown


def test_the_standing_control_is_no_part_of_the_sum_it_measures(signed_in: SignIn) -> None:
    one = judged("worked")
    Verdict.objects.create(
        experiment=open_standing(0.05, name="All", key="all", at=AT), as_of=one.as_of, code=one.code, facts=one.facts,
        made_at=AT,
    )  # fmt: skip
    shown = text(signed_in("analyst", language="en"), "verdicts")
    assert "<b class='good'>1</b> effort worked" in shown
    assert "Together <b>€5,800</b>" in shown


def test_the_page_draws_how_it_came_in_and_shows_every_figure(signed_in: SignIn) -> None:
    for days in range(5):
        found = judged("assumed", days=days)
    shown = text(signed_in("marketer", language="en"), "verdict", found.experiment_id)
    assert '<polygon class="band"' in shown
    assert "certain enough" in shown
    for said in (
        "They would have bought anyway",
        "What others would report",
        "That is no proof",
        "rests on the rate you stated (40%)",
    ):
        assert said in shown


@pytest.mark.parametrize(
    "case", ["worked", "cannot_be_known_here", "did_not_work", "not_yet_known"]
)
def test_efforts_of_one_pool_stand_below_the_list(case: str, signed_in: SignIn) -> None:
    judged(case)
    one = conclude_pool({1: CASES[case], 2: CASES[case]}, unit=100.0)
    assert one is not None
    Verdict.objects.create(
        pool="Save offers", as_of=date(2026, 7, 29), code=one.code, facts=one.facts, made_at=AT
    )
    shown = text(signed_in("marketer"), "verdicts")
    assert "Judged together" in shown
    assert "Save offers" in shown
    assert "2 efforts together" in shown


def test_nothing_was_tried_yet(signed_in: SignIn) -> None:
    client = signed_in("marketer")
    assert "Nothing was tried yet" in text(client, "verdicts")
    shown = text(client, "verdict", begin().pk)
    assert "The first reading comes tonight" in shown


def test_who_may_not_see_margin_sees_no_verdicts(signed_in: SignIn) -> None:
    for role in ("service", "privacy"):
        client = signed_in(role)
        for view in ("verdicts", "control_groups", "goals"):
            assert client.get(reverse(view)).status_code == 403
    assert signed_in("analyst").post(reverse("begin_standing"), {"share": "0.1"}).status_code == 403


# --- control groups ----------------------------------------------------------------------------


def test_a_standing_control_is_offered_with_what_it_can_show_and_begun(signed_in: SignIn) -> None:
    run = score_people(date(2026, 11, 19))
    client = signed_in("marketer", language="en")
    shown = text(client, "control_groups")
    assert "It can ever show effects above" in shown
    assert "too few of them buy" in shown  # one per cent of a hundred customers
    client.post(reverse("begin_standing"), {"share": "0.5"})
    assert not Experiment.objects.exists()
    open_standing(0.3, name="Standing", at=run.started_at, key="s")
    assert Job.objects.filter(kind="extend_standing").exists()
    assert draw_standing(at=run.started_at) == 100
    assert draw_standing(at=run.started_at) == 0
    shown = text(client, "control_groups")
    assert "customers get no campaign" in shown
    client.post(reverse("end_standing"))
    assert Experiment.objects.get().ended_at is not None


# --- the customer ------------------------------------------------------------------------------


def test_the_customer_page_says_what_the_lot_gave_and_what_to_do(
    signed_in: SignIn, anna: Customer, bram: Customer, colleague: object
) -> None:
    experiment = begin(name="tasting", kind="invitation")
    people = make_customers(20, AT)
    lots = draw_lots(experiment, [one.pk for one in people], at=AT)
    control = next(lot for lot in lots if lot.arm.is_control)
    mailed = next(lot for lot in lots if not lot.arm.is_control)
    client = signed_in("service", language="en")
    held = text(client, "customer", control.customer_id)
    assert "By lot got no <b>tasting</b>." in held
    assert "Do they ask for it? Give it." in held
    assert "By lot gets <b>tasting</b>." in text(client, "customer", mailed.customer_id)
    note_treatment(control, at=AT, by=colleague, reason="She asked on the phone")  # type: ignore[arg-type]
    assert "She asked on the phone" in text(client, "customer", control.customer_id)
    assert "By lot</h2>" not in text(client, "customer", anna.pk)


# --- goals -------------------------------------------------------------------------------------


def test_a_goal_is_set_with_three_answers_and_begun(signed_in: SignIn) -> None:
    score_people()
    client = signed_in("marketer", language="en")
    assert "Set this goal" in text(client, "goals")
    asked = client.get(reverse("new_goal"), {"direction": "deepen"})
    assert "by when, and for how much?" in asked.content.decode()
    form = asked.context["form"]
    told = {name: str(form.initial.get(name, "") or "") for name in form.fields}
    told["target"], told["budget"] = "45", "3000"
    answer = client.post(reverse("new_goal"), told)
    assert answer.status_code == 302, answer.context["form"].errors
    made = Goal.objects.get()
    assert (made.target, made.budget_minor, made.status) == (0.45, 300_000, "draft")
    client.post(reverse("begin_goal", args=[made.pk]))
    shown = text(client, "goal", made.pk)
    assert "Second purchase from <b>37.5%</b> to <b>45.0%</b>" in shown
    assert "Expected against actual" in shown
    client.post(reverse("change_budget", args=[made.pk]), {"budget": "100"})
    assert Goal.objects.get().budget_minor == 10_000
    client.post(reverse("finish_goal", args=[made.pk]))
    assert "Not reached" in text(client, "goal", made.pk)
    assert "Earlier goals" in text(client, "goals")


@pytest.mark.parametrize(
    ("field", "value"), [("target", "12"), ("budget", "0"), ("due_on", "2020-01-01")]
)
def test_a_goal_that_cannot_be_meant_is_mended_beside_its_field(
    signed_in: SignIn, field: str, value: str
) -> None:
    score_people()
    client = signed_in("marketer", language="en")
    form = client.get(reverse("new_goal"), {"direction": "deepen"}).context["form"]
    told = {name: str(form.initial.get(name, "") or "") for name in form.fields}
    answer = client.post(reverse("new_goal"), {**told, field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Goal.objects.exists()


def test_costs_of_new_customers_are_told_and_set_beside_those_kept(signed_in: SignIn) -> None:
    score_people()
    judged("worked")
    client = signed_in("marketer", language="nl")
    told = {"channel": "web", "month": "2026-10", "cost": "400,00", "new_customers": "10"}
    client.post(reverse("record_cost"), told)
    assert AcquisitionCost.objects.get().cost_minor == 40_000
    shown = text(client, "goals")
    assert "€ 40" in shown
    client.post(reverse("forget_cost", args=[AcquisitionCost.objects.get().pk]))
    assert not AcquisitionCost.objects.exists()


def test_one_kept_costs_what_all_campaigns_cost_those_that_show_nothing_too() -> None:
    judged("worked")
    Verdict.objects.update(facts={
        **Verdict.objects.get().facts, "spent_minor": 20_000,
        "kept": {"estimate": 200.0, "low": 100.0, "high": 300.0},
    })  # fmt: skip
    assert acquiring().kept_each_minor == 100
    small = judged("worked_by_window")
    small.facts |= {"kept": None, "spent_minor": 10_000}
    small.save()
    assert acquiring().kept_each_minor == 150
    small.facts |= {"kept": {"estimate": 10.0, "low": -400.0, "high": 420.0}}
    small.save()
    assert acquiring().kept_each_minor is None  # nobody for certain


def test_new_customers_are_counted_by_their_first_order_where_nobody_told(
    signed_in: SignIn, at: datetime
) -> None:
    score_people()
    record_cost(channel="Web", month=date(2026, 9, 1), cost_minor=30_000, at=at)
    found = acquiring()
    assert found.rows[0].is_counted
    assert found.rows[0].new_customers == 15  # whose only order was 60 days ago
    assert found.each_minor == 2000
    assert found.first_year_minor is not None


def test_the_dashboard_shows_the_goal_and_what_worked(signed_in: SignIn) -> None:
    goal = open_one(target=0.5)
    promise = reserve_budget(goal, 500, key="a", expires_at=AT + timedelta(days=9), at=AT)
    settle(promise, 400, at=AT)
    Summary.objects.create(run=current_run(), facts=_figures())
    judged("worked")
    shown = text(signed_in("marketer", language="en"), "dashboard")
    assert "Second purchase from <b>37.5%</b> to <b>50.0%</b>" in shown
    assert "effort worked" in shown


def _figures() -> dict[str, object]:
    return {
        "customers": 100, "orders": 300, "revenue_minor": 0, "margin_minor": 0, "assumed_share": 0.0,
        "stages": {"active": 100}, "drifting_a_week_ago": 0, "steps": [], "months": [],
        "cohorts": [], "history": [], "at_stake": None, "margin_year": None,
    }  # fmt: skip
