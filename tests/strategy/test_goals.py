"""A goal: where we stand, where we want to be, what we expect, and what came."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from measurement.conclusions import CASES
from measurement.efforts import begin
from stamgast.customers.errors import KeyReused
from stamgast.events.models import Event
from stamgast.measurement.models import Verdict
from stamgast.strategy import rules
from stamgast.strategy.actions import change_goal, close_goal, open_goal, reserve_budget, settle
from stamgast.strategy.baselines import baseline_of
from stamgast.strategy.errors import BadGoal, GoalLocked, GoalNotOpen, NoBaseline
from stamgast.strategy.models import Goal
from strategy.bases import AT, goal, open_one, rescore, score_people

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("measure", "value", "people"),
    [
        ("kept_a_year", 40 / 60, 60),  # of 60 customers of a year ago 20 are gone
        ("active_regulars", 45 / 55, 55),  # 10 of 55 drift
        ("second_purchase", 15 / 40, 40),  # of 40 first buyers 15 came back
        ("orders_a_year", 1.0, 80),
    ],
)
def test_a_baseline_is_where_the_base_stands(measure: str, value: float, people: int) -> None:
    score_people()
    found, known_on = baseline_of(measure)
    assert found.value == pytest.approx(value, abs=1e-4)
    assert found.people == people
    assert known_on == date(2026, 11, 19)


@pytest.mark.parametrize("measure", ["true_loyalty", "nps"])
def test_refuses_a_measure_the_base_cannot_tell_yet(measure: str) -> None:
    with pytest.raises(NoBaseline):
        baseline_of(measure)
    score_people()
    with pytest.raises(NoBaseline):
        baseline_of(measure)


def test_three_answers_make_a_goal() -> None:
    score_people()
    made = goal()
    assert (made.measure, made.baseline, made.target) == ("second_purchase", 0.375, 0.405)
    assert (made.status, made.contacts_most, made.judged) == ("draft", 4, "followed")
    assert goal(direction="keep").measure == "kept_a_year"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"direction": "grow"}, "direction"),
        ({"measure": "kept_a_year"}, "measure"),
        ({"target": 0.375}, "target"),
        ({"target": 1.2}, "target"),
        ({"target": float("nan")}, "target"),
        ({"due_on": date(2026, 11, 20)}, "due_on"),
        ({"due_on": date(2040, 1, 1)}, "due_on"),
        ({"contacts_most": 0}, "contacts_most"),
        ({"contacts_days": 0}, "contacts_days"),
        ({"worst_case_minor": 300_001}, "worst_case_minor"),
        ({"judged": "by feel"}, "judged"),
        ({"name": "x" * 121}, "name"),
    ],
)
def test_refuses_a_goal_that_cannot_be_meant(facts: dict[str, Any], field: str) -> None:
    score_people()
    with pytest.raises(BadGoal) as refused:
        goal(**facts)
    assert refused.value.facts == {"field": field}
    assert not Goal.objects.exists()


def test_the_same_key_is_one_goal() -> None:
    score_people()
    assert goal(key="g1") == goal(key="g1")
    with pytest.raises(KeyReused):
        goal(key="g1", budget_minor=1)


def test_the_forecast_is_locked_when_the_goal_opens() -> None:
    opened = open_one(target=0.5)
    forecast = opened.forecast
    assert forecast["without"] == 0.375
    assert forecast["expected"] == 0.5
    assert forecast["gained"] == 5.0
    assert forecast["worth_minor"] == 5 * (3500 - 1500)
    assert open_goal(opened, at=AT).forecast == forecast
    for facts in ({"target": 0.6}, {"due_on": date(2028, 1, 1)}, {"direction": "keep"}):
        with pytest.raises(GoalLocked):
            change_goal(opened, at=AT, **facts)
    changed = change_goal(opened, at=AT, contacts_most=2, name="Second cup")
    assert (changed.contacts_most, changed.name, changed.forecast) == (2, "Second cup", forecast)


def test_a_draft_may_still_change_in_everything() -> None:
    score_people()
    changed = change_goal(goal(), at=AT, direction="keep", measure="active_regulars", target=0.9)
    assert changed.baseline == pytest.approx(45 / 55, abs=1e-4)
    told = Event.objects.get(kind="goal_changed").facts["changed"]
    assert told == ["direction", "measure", "target"]


def test_a_goal_closes_with_expected_against_actual() -> None:
    opened = open_one(target=0.5, budget_minor=10_000)
    promise = reserve_budget(opened, 500, key="a", expires_at=AT + timedelta(days=9), at=AT)
    settle(promise, 400, at=AT)
    rescore(is_better=True)
    closed = close_goal(opened, at=AT + timedelta(days=200))
    assert closed.outcome["actual"] == 0.625
    assert closed.outcome["is_reached"]
    assert closed.outcome["spent_minor"] == 400
    assert closed.outcome["efforts"] == {}
    assert close_goal(closed, at=AT + timedelta(days=300)).closed_at == closed.closed_at
    with pytest.raises(GoalLocked):
        change_goal(closed, at=AT, name="Another")
    with pytest.raises(GoalLocked):
        open_goal(closed, at=AT)


def test_what_efforts_brought_counts_for_the_goal_they_were_begun_for() -> None:
    mine, other = open_one(target=0.5), goal(key="other", target=0.5)
    begun = begin("e1", serves=mine.reference)
    Verdict.objects.create(
        experiment=begun, as_of=date(2026, 11, 1), code="worked", facts=CASES["worked"].facts,
        made_at=AT,
    )  # fmt: skip
    assert close_goal(open_goal(other, at=AT), at=AT).outcome["efforts"] == {}
    assert close_goal(mine, at=AT).outcome["efforts"] == {"worked": 1}


def test_a_goal_that_was_not_reached_says_so() -> None:
    closed = close_goal(open_one(target=0.5), at=AT)
    assert not closed.outcome["is_reached"]


def test_refuses_to_close_a_draft_and_to_open_what_is_reached_already(at: datetime) -> None:
    score_people()
    draft = goal(target=0.45)
    with pytest.raises(GoalNotOpen):
        close_goal(draft, at=at)
    rescore(is_better=True)
    with pytest.raises(BadGoal):
        open_goal(draft, at=at)


@pytest.mark.parametrize(
    ("measure", "baseline", "target"),
    [("second_purchase", 0.24, 0.27), ("kept_a_year", 0.99, 1.0), ("nps", 12.0, 17.0)],
)
def test_a_default_target_is_one_step_up(measure: str, baseline: float, target: float) -> None:
    assert rules.default_target(measure, baseline) == pytest.approx(target)
