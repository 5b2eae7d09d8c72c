"""Goals, efforts and verdicts, as programs read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from api.conftest import MakeProgram
from measurement.conclusions import CASES
from measurement.efforts import begin
from stamgast.measurement.models import Verdict
from strategy.bases import goal, open_one

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _judge(key: str, case: str, day: int) -> Verdict:
    one = CASES[case]
    return Verdict.objects.create(
        experiment=begin(key),
        as_of=date(2026, 7, day),
        code=one.code,
        facts=one.facts,
        made_at=AT,
    )


def test_tells_goals_with_their_budgets(program: MakeProgram) -> None:
    opened = open_one(budget_minor=123_456)
    goal(name="Draft")
    caller = program("goals:read")
    told = caller.get("/goals").body["items"]
    assert [one["status"] for one in told] == ["open", "draft"]
    assert (told[0]["budget"], told[0]["spent"], told[0]["target"]) == (
        "1234.56",
        "0.00",
        opened.target,
    )
    assert told[0]["is_reached"] is None
    assert len(caller.get("/goals", status="open").body["items"]) == 1
    assert caller.get("/goals", status="won").status == 422


def test_tells_efforts_with_their_newest_verdict(program: MakeProgram) -> None:
    _judge("one", "worked_so_far", 1)
    _judge("one", "worked", 2)
    begin("two")
    caller = program("verdicts:read")
    first, second = caller.get("/efforts").body["items"]
    assert first["verdict"]["code"] == "worked"
    assert first["verdict"]["net"]["value"] == "5800.00"
    assert float(first["verdict"]["net"]["low"]) > 0
    assert second["verdict"] is None
    days = caller.get(f"/efforts/{first['id']}/verdicts").body["items"]
    assert [one["code"] for one in days] == ["worked_so_far", "worked"]


def test_a_verdict_without_an_interval_has_none(program: MakeProgram) -> None:
    _judge("few", "too_few", 1)
    (told,) = program("verdicts:read").get("/efforts").body["items"]
    assert told["verdict"]["net"] is None
    assert told["verdict"]["known_on"] == "2026-07-29"


def test_refuses_an_effort_that_is_not_there_and_a_key_that_may_not(program: MakeProgram) -> None:
    caller = program("verdicts:read")
    assert caller.get("/efforts/999/verdicts").code == "no_such_effort"
    assert caller.get("/efforts/999999999999999999/verdicts").status == 422
    assert caller.get("/goals").status == 403
