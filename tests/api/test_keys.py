"""Who comes in: a key that works, with the scope of the operation; a test key keeps nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from api.conftest import MakeProgram, Program
from api.operations import NAMES, OPERATIONS, Op
from stamgast.customers.models import Customer, Interaction
from stamgast.events.models import Event
from stamgast.staff.actions import revoke_key
from stamgast.staff.rules import SCOPES

EVERY_OPERATION = pytest.mark.parametrize("op", OPERATIONS, ids=NAMES)


@EVERY_OPERATION
@pytest.mark.django_db
def test_without_a_key_nothing_is_answered(op: Op) -> None:
    answer = Program(None).send(op.method, op.path, "{}")
    assert (answer.status, answer.code) == (401, "no_key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "op",
    [op for op in OPERATIONS if op.scope],
    ids=[op.name for op in OPERATIONS if op.scope],
)
def test_a_key_without_the_scope_is_refused(program: MakeProgram, op: Op) -> None:
    others = SCOPES - {op.scope}
    answer = program(*others).send(op.method, op.path, "{}")
    assert (answer.status, answer.code) == (403, "scope_missing")
    assert answer.body["facts"] == {"scope": op.scope}


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer sg_live_unknown", "Basic c2c6c2c=", "sg_live_x", "Bearer é"],
)
@pytest.mark.django_db
def test_what_is_no_key_is_refused(header: str) -> None:
    answer = Client(headers={"host": "localhost", "authorization": header}).get("/api/v1/me")
    assert answer.status_code == 401


def test_a_revoked_key_is_refused_at_once(shop_program: Program, at: datetime) -> None:
    assert shop_program.get("/me").status == 200
    assert shop_program.key is not None
    revoke_key(shop_program.key, at=at)
    assert shop_program.get("/me").status == 401


def test_signing_in_as_an_employee_opens_nothing(shop_program: Program) -> None:
    assert shop_program.key is not None
    client = Client(headers={"host": "localhost"})
    client.force_login(shop_program.key.made_by)
    assert client.get("/api/v1/me").status_code == 401


def test_no_form_token_is_asked_of_programs(shop_program: Program) -> None:
    strict = Client(
        enforce_csrf_checks=True,
        headers={"host": "localhost", "authorization": f"Bearer {shop_program.plain}"},
    )
    answer = strict.put("/api/v1/customers/C-1", '{"city": "Ede"}', content_type="application/json")
    assert answer.status_code == 201


def test_a_key_can_ask_what_it_may(program: MakeProgram) -> None:
    told = program("scores:read", "orders:read", is_live=False).get("/me").body
    assert (told["name"], told["is_live"]) == ("Web shop", False)
    assert told["scopes"] == ["orders:read", "scores:read"]
    assert (told["currency"], told["zone"]) == ("EUR", "Europe/Amsterdam")


def test_a_test_key_answers_alike_and_keeps_nothing(program: MakeProgram) -> None:
    live, trial = program(), program(is_live=False)
    facts = {"name": "Anna Berg", "email": "anna@example.com"}
    before = Event.objects.count()
    tried = trial.put("/customers/C-1", facts)
    assert not Customer.objects.exists()
    assert Event.objects.count() == before
    kept = live.put("/customers/C-1", facts)
    assert (tried.status, tried.body["outcome"]) == (kept.status, kept.body["outcome"])
    own = {"id", "made_at", "changed_at"}
    assert {k: v for k, v in tried.body["customer"].items() if k not in own} == {
        k: v for k, v in kept.body["customer"].items() if k not in own
    }


def test_a_test_key_sees_within_one_call_what_it_wrote(program: MakeProgram) -> None:
    items = [{"key": "C-1", "city": "Ede"}, {"key": "C-1", "city": "Ede"}, {"city": "Ede"}]
    answer = program(is_live=False).post("/bulk/customers", {"items": items})
    outcomes = [one["outcome"] for one in answer.body["items"]]
    assert outcomes == ["made", "unchanged", "refused"]
    assert not Customer.objects.exists()


def test_a_test_key_leaves_what_is_there_as_it_was(program: MakeProgram) -> None:
    live, trial = program(), program(is_live=False)
    live.put("/customers/C-1", {"city": "Ede"})
    complaint = live.post(
        "/interactions",
        {"key": "i1", "customer": {"key": "C-1"}, "kind": "complaint", "text": "Broken"},
    ).body["interaction"]
    assert trial.put("/customers/C-1", {"city": "Utrecht"}).body["outcome"] == "changed"
    assert trial.post(f"/interactions/{complaint['id']}/close", {}).body["outcome"] == "changed"
    assert Customer.objects.get().city == "Ede"
    assert Interaction.objects.get().closed_at is None


def test_the_last_use_of_a_key_is_written_down_once_a_minute(
    shop_program: Program, at: datetime
) -> None:
    key = shop_program.key
    assert key is not None
    shop_program.get("/me")
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    shop_program.get("/me")
    key.refresh_from_db()
    assert key.last_used_at == first
    key.last_used_at = first - timedelta(minutes=2)
    key.save()
    shop_program.get("/me")
    key.refresh_from_db()
    assert key.last_used_at >= first
