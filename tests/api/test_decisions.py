"""The decision call: what a shop's site may show to whom, through the API."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from api.conftest import MakeProgram, Program
from campaigns import world
from campaigns.test_decisions import SHOWN
from cast import employ
from loyalty.codes_cast import a_set
from stamgast.api import calls
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.jobs import do_work
from stamgast.campaigns.models import Assignment, Contact, Decision
from stamgast.campaigns.rules import StepPlan
from stamgast.customers.models import Customer, Identity
from stamgast.loyalty.codes.actions import issue_code
from stamgast.measurement.models import Lot
from stamgast.staff.actions import change_shop
from stamgast.staff.models import ApiCall


@pytest.fixture
def shown(db: None, at: datetime) -> list[Customer]:
    """Twenty customers of whom most may be shown something."""
    change_shop(at=at, website="https://koffiehuis.example")
    world.order_now(None, "N-1", datetime.now(at.tzinfo) - timedelta(hours=1))
    now = datetime.now(at.tzinfo)
    people = world.make_drifting(20, at)
    by = employ("marketer")
    row = world.save_offer(at, world.make_goal(at), world.make_codes(50, at), by=by)
    row = change_campaign(row, steps=[StepPlan(content=SHOWN, channel="site")], at=at, by=by)
    world.start(row, now, by=by)
    do_work(at=now)
    return people


@pytest.fixture
def site(program: MakeProgram, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(calls, "_lately", calls.OneASecond())
    return program("decisions:write")


def given() -> Assignment:
    return Assignment.objects.select_related("customer", "code", "lot").earliest("pk")


def test_tells_what_to_show_with_its_words_code_probability_and_why(
    shown: list[Customer], site: Program
) -> None:
    one = given()
    assert one.code is not None
    asked = {"customer": {"key": one.customer.key}, "placement": "home"}
    told = site.post("/decisions", asked).body["decision"]
    assert told["words"]["nl"]["text"] == f"Uw code: {one.code.text}"
    assert told["code"] == one.code.text
    assert told["probability"] == "0.800000"
    assert told["assignment_id"] == one.lot_id
    assert {leaf["is"] for leaf in told["why"]} >= {"stage"}
    assert site.post("/decisions", asked).body["decision"] == told
    Identity.objects.create(customer=one.customer, kind="email", value=one.customer.email)
    by_mail = {"customer": {"email": one.customer.email.upper()}, "placement": "home"}
    assert site.post("/decisions", by_mail).body["decision"] == told
    assert Decision.objects.count() == 1


def test_tells_the_code_that_the_programme_made_for_them(
    shown: list[Customer], site: Program, at: datetime
) -> None:
    one = given()
    code = issue_code(a_set(at), one.customer, at=at, key="theirs")
    Assignment.objects.filter(pk=one.pk).update(code=None, issued=code)
    asked = {"customer": {"key": one.customer.key}}
    assert site.post("/decisions", asked).body["decision"]["code"] == code.text


def test_shows_nothing_to_the_control_group_and_to_whom_we_do_not_know(
    shown: list[Customer], site: Program
) -> None:
    control = Lot.objects.filter(arm__is_control=True).select_related("customer").earliest("pk")
    for key in (control.customer.key, "nobody"):
        answer = site.post("/decisions", {"customer": {"key": key}})
        assert (answer.status, answer.body) == (200, {"decision": None})
    assert site.post("/decisions", {"customer": {}}).code == "nobody_named"
    assert site.post("/decisions", {"customer": {"key": "k1"}, "placement": " "}).status == 422


def test_needs_the_scope_and_keeps_nothing_with_a_test_key(
    shown: list[Customer], program: MakeProgram
) -> None:
    asked = {"customer": {"key": given().customer.key}}
    assert program("campaigns:read").post("/decisions", asked).status == 403
    trial = program("decisions:write", is_live=False)
    assert trial.post("/decisions", asked).body["decision"] is not None
    assert not Decision.objects.exists()
    assert not Contact.objects.filter(status="sent").exists()


def test_of_calls_that_go_well_one_a_second_is_noted_and_every_one_that_fails(
    shown: list[Customer], site: Program
) -> None:
    for _ in range(4):
        site.post("/decisions", {"customer": {"key": "k1"}})
        site.post("/decisions", {"customer": {}})
    noted = list(ApiCall.objects.values_list("status", flat=True))
    assert noted.count(422) == 4
    assert 1 <= noted.count(200) < 4
