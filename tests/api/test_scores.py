"""Scores and the report through the API, over a base that was really scored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from api.conftest import MakeProgram, Program
from scoring.shops import AS_OF, fill_shop
from stamgast.campaigns.advice import ADVICE, CONTROL_GROUP
from stamgast.customers.models import Customer, Identity
from stamgast.measurement.actions import draw_standing, open_standing
from stamgast.scoring.actions import score_base
from stamgast.scoring.models import Score
from stamgast.scoring.queries import score_of, summary

SCORED = 100


@pytest.fixture
def scored(transactional_db: None, program: MakeProgram, at: datetime) -> Program:
    """A program that may read the scores of a shop of a hundred customers."""
    fill_shop(SCORED, at=at)
    Identity.objects.bulk_create(
        Identity(customer=one, kind="key", value=one.key) for one in Customer.objects.all()
    )
    score_base(as_of=AS_OF, at=at, progress=lambda share, doing: None)
    return program("scores:read")


def _all(program: Program, **asked: Any) -> list[dict[str, Any]]:
    items, cursor = [], ""
    while cursor is not None:
        page = program.get("/scores", limit=25, cursor=cursor, **asked).body
        items += page["items"]
        cursor = page["next"]
    return items


def test_tells_everybody_once_with_amounts_in_major_units(scored: Program) -> None:
    told = _all(scored)
    assert len(told) == len({one["customer_id"] for one in told}) == SCORED
    for one in told:
        kept = score_of(Customer.objects.get(pk=one["customer_id"]))
        assert kept is not None
        assert (one["stage"], one["step"], one["key"]) == (
            kept.stage, kept.step, kept.customer.key,
        )  # fmt: skip
        assert one["revenue"] == f"{kept.revenue_minor / 100:.2f}"
        expected = kept.margin_365_minor
        assert one["margin_365"] == (None if expected is None else f"{expected / 100:.2f}")
        assert (one["as_of"], one["currency"]) == (AS_OF.isoformat(), "EUR")


def test_tells_those_of_one_stage_step_or_customer(scored: Program) -> None:
    for field in ("stage", "step"):
        for value in Score.objects.values_list(field, flat=True).distinct():
            told = _all(scored, **{field: value})
            assert {one[field] for one in told} == {value}
            assert len(told) == Score.objects.filter(**{field: value}).count()
    assert [one["key"] for one in _all(scored, customer="k7")] == ["k7"]
    assert scored.get("/scores/k7").body == _all(scored, customer="k7")[0]
    assert scored.get("/scores", stage="bored").status == 422


def test_reports_the_base_as_it_was_scored(scored: Program) -> None:
    told, facts = scored.get("/report").body, summary()
    assert (told["as_of"], told["customers"]) == (AS_OF.isoformat(), SCORED)
    assert told["stages"] == facts["stages"]
    assert told["margin"] == f"{facts['margin_minor'] / 100:.2f}"
    assert sum(step["customers"] for step in told["steps"]) == SCORED
    assert sum(month["orders"] for month in told["months"]) == told["orders"]
    low, value, high = (float(told["margin_year"][name]) for name in ("low", "value", "high"))
    assert low <= value <= high


def test_reports_one_part_of_the_base(scored: Program) -> None:
    dutch = scored.get("/report", facet="country", value="NL").body
    assert 0 < dutch["customers"] < SCORED
    assert scored.get("/report", facet="country", value="XX").code == "no_such_facet"
    assert scored.get("/report", facet="country").code == "facet_and_value"


def test_advises_nothing_to_whom_the_lot_left_out(scored: Program, at: datetime) -> None:
    before = {step["step"] for step in scored.get("/report").body["steps"]}
    open_standing(0.3, name="Standing", at=at, key="standing")
    draw_standing(at=at)
    out = set(
        Customer.objects.filter(lots__arm__is_control=True, scores__step__in=ADVICE).values_list(
            "pk", flat=True
        )
    )
    assert out
    told = _all(scored)
    kept = [one for one in told if one["reason"] == CONTROL_GROUP]
    assert {one["customer_id"] for one in kept} == out
    assert {one["step"] for one in kept} == {"let_be"}
    assert scored.get(f"/scores/{kept[0]['key']}").body == kept[0]
    report = scored.get("/report").body["steps"]
    assert sum(step["customers"] for step in report) == SCORED
    for step in before | {"let_be"}:
        counted = sum(row["customers"] for row in report if row["step"] == step)
        assert counted == len(_all(scored, step=step)) == sum(one["step"] == step for one in told)


def test_says_that_a_customer_has_no_score_yet(scored: Program, at: datetime) -> None:
    Customer.objects.create(key="late", made_at=at, changed_at=at).identities.create(
        kind="key", value="late"
    )
    assert scored.get("/scores/late").code == "no_score"
    assert scored.get("/scores/nobody").code == "no_such_customer"


@pytest.mark.parametrize("path", ["/scores", "/scores/C-1", "/report"])
def test_says_that_nothing_is_scored_yet(shop_program: Program, path: str) -> None:
    answer = shop_program.get(path)
    assert (answer.status, answer.code) == (404, "not_scored_yet")
