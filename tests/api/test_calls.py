"""What is noted of calls: enough to see what went wrong, nothing of what was in them."""

from __future__ import annotations

import json
import logging
from datetime import datetime

import pytest

from api.conftest import MakeProgram, Program
from stamgast.staff.models import ApiCall
from stamgast.staff.queries import calls


def _last() -> ApiCall:
    call = calls().first()
    assert call is not None
    return call


def test_a_call_is_noted_with_its_key_and_without_names(shop_program: Program) -> None:
    shop_program.put("/customers/C-anna", {"email": "anna@example.com"})
    call = _last()
    assert (call.key, call.method, call.status) == (shop_program.key, "PUT", 201)
    assert call.path == "/api/v1/customers/{key}"
    assert call.problem == {}


def test_what_went_wrong_is_noted_without_what_was_sent(shop_program: Program) -> None:
    shop_program.put("/customers/C-anna", {"email": "anna at example", "kind": "anna"})
    shop_program.put("/customers/C-anna", {"email": "anna at example"})
    shop_program.get("/customers", email="anna@example.com", emial="anna")
    shop_program.get("/customers/C-anna")
    noted = [(call.status, call.path, call.problem["code"]) for call in calls()]
    assert noted == [
        (404, "/api/v1/customers/{key}", "no_such_customer"),
        (422, "/api/v1/customers", "invalid"),
        (422, "/api/v1/customers/{key}", "bad_customer_field"),
        (422, "/api/v1/customers/{key}", "invalid"),
    ]
    everything = json.dumps([[call.path, call.problem] for call in calls()])
    assert "anna" not in everything
    assert calls()[3].problem["fields"] == ["body: kind: literal_error"]


def test_a_call_to_a_wrong_address_is_noted_without_the_address(shop_program: Program) -> None:
    shop_program.get("/custmers/anna")
    shop_program.send("DELETE", "/customers/anna", "")
    noted = [(call.status, call.method, call.path, call.key) for call in calls()]
    assert noted == [
        (405, "DELETE", "/api/v1/customers/{key}", shop_program.key),
        (404, "GET", "/api/", shop_program.key),
    ]


def test_reading_the_document_is_not_noted(shop_program: Program) -> None:
    shop_program.get("/openapi.json")
    assert not calls().exists()


def test_of_many_it_is_noted_how_many_were_refused_and_why(shop_program: Program) -> None:
    items = [{"key": "C-1"}, {"key": "C-2", "email": "x"}, {"city": "Ede"}, {"emial": "x"}]
    shop_program.post("/bulk/customers", {"items": items})
    problem = _last().problem
    assert problem["title"] == "3 of 4 refused"
    assert problem["codes"] == {
        "bad_customer_field": 1, "customer_unrecognisable": 1, "invalid": 1,
    }  # fmt: skip
    assert problem["first"]["code"] == "bad_customer_field"


def test_a_call_with_a_test_key_is_noted_too(program: MakeProgram) -> None:
    trial = program(is_live=False)
    trial.put("/customers/C-1", {"city": "Ede"})
    assert (_last().key, _last().status) == (trial.key, 201)


@pytest.mark.django_db
def test_who_knocks_in_the_dark_is_noted_once_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from stamgast.api import calls as noting

    monkeypatch.setattr(noting, "_lately", noting.OneASecond())
    for _ in range(5):
        assert Program(None).get("/me").status == 401
    assert ApiCall.objects.filter(key=None, status=401).count() == 1


def test_a_second_later_a_call_without_a_key_is_noted_again(at: datetime) -> None:
    from datetime import timedelta

    from stamgast.api.calls import OneASecond

    lately = OneASecond()
    moments = [at, at + timedelta(seconds=0.5), at + timedelta(seconds=1.5)]
    assert [lately.may_note("", moment) for moment in moments] == [True, False, True]


def test_addresses_of_failed_calls_are_in_no_log(
    shop_program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        shop_program.get("/customers/C-anna")
        shop_program.put("/customers/C-anna", {"email": "anna at example"})
    assert "anna" not in caplog.text
