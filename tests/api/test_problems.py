"""Whatever fails is told as a problem: addresses, methods, bodies, refusals, and our own faults."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from api.conftest import Program
from api.operations import NAMES, OPERATIONS, Op, document
from stamgast.api.errors import STATUSES, problem_of
from stamgast.api.v1 import v1
from stamgast.customers.errors import BadCustomerField, KeyReused
from stamgast.kernel import Refusal

BODY = '{"city": "Ede"}'


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/v2/me", "/api/", "/api/v1/", "/api/v1/me/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.django_db
def test_an_address_that_leads_nowhere_is_a_problem(path: str, method: str) -> None:
    response = getattr(Client(headers={"host": "localhost"}), method)(f"/api/{path}")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert told == {
        "type": "urn:stamgast:problem:nothing_here",
        "title": "Nothing here",
        "status": 404,
        "detail": "There is nothing at this address.",
        "code": "nothing_here",
        "facts": {},
        "fields": [],
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/customers/C-1", {"GET", "PUT"}),
        ("PUT", "/me", {"GET"}),
        ("HEAD", "/me", {"GET"}),
    ],
)
def test_a_method_that_is_not_there_is_a_problem(
    shop_program: Program, method: str, path: str, allowed: set[str]
) -> None:
    client = shop_program._client
    response = client.generic(method, f"/api/v1{path}", BODY, content_type="application/json")
    assert response.status_code == 405
    assert set(response["Allow"].split(", ")) == allowed
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 422, "invalid"),
        ("{", 400, "malformed_json"),
        ('{"city": "Ede",}', 400, "malformed_json"),
        ('{"city": NaN}', 400, "malformed_json"),
        ('{"city": -Infinity}', 400, "malformed_json"),
        (b'{"city": "\xff"}', 400, "malformed_json"),
        ("\ufeff{}".encode(), 400, "malformed_json"),
        ('{"city": ' + "9" * 5000 + "}", 400, "malformed_json"),
        ('{"city": ' + "[" * 50 + "]" * 50 + "}", 400, "too_deep"),
        ("[" * 100_000 + "]" * 100_000, 400, None),
        ('{"city": 1e999999}', 422, "invalid"),
        ('{"\\ud800": 1}', 422, "invalid"),
        ("[]", 422, "invalid"),
        ("null", 422, "invalid"),
        ('"Ede"', 422, "invalid"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_proper_json_is_refused(
    shop_program: Program, body: str | bytes, status: int, code: str | None
) -> None:
    answer = shop_program.send("PUT", "/customers/C-1", body)
    assert answer.status == status
    assert code is None or answer.code == code


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_content_type_is_refused(shop_program: Program, kind: str) -> None:
    answer = shop_program.send("PUT", "/customers/C-1", BODY, content_type=kind)
    assert (answer.status, answer.code) == (415, "not_json")


def test_json_with_a_named_alphabet_is_read(shop_program: Program) -> None:
    kind = "application/json; charset=utf-8"
    assert shop_program.send("PUT", "/customers/C-1", BODY, content_type=kind).status == 201


def test_a_body_over_ten_megabytes_is_refused(shop_program: Program) -> None:
    large = json.dumps({"city": "x" * (10 * 1024 * 1024)})
    answer = shop_program.send("PUT", "/customers/C-1", large)
    assert (answer.status, answer.code) == (413, "too_large")


def test_a_refusal_is_told_in_the_words_of_its_class() -> None:
    told = problem_of(KeyReused(key="K-1"))
    assert (told.status, told.code, told.facts) == (409, "key_reused", {"key": "K-1"})
    assert told.detail == "The same key came before with other facts."


def test_a_refused_field_is_among_the_fields() -> None:
    told = problem_of(BadCustomerField(field="email", problem="not_an_address"))
    assert told.status == 422
    assert [(one.field, one.problem) for one in told.fields] == [("email", "not_an_address")]


def test_a_refusal_we_never_heard_of_is_a_conflict() -> None:
    class Strange(Refusal):
        """Something strange."""

        code = "strange"

    assert problem_of(Strange(count=1)).status == 409


def test_statuses_are_those_of_a_refusal() -> None:
    assert set(STATUSES.values()) <= {403, 404, 409, 422}


@pytest.mark.parametrize("op", OPERATIONS, ids=NAMES)
def test_every_operation_documents_how_it_fails(op: Op) -> None:
    responses = op.details["responses"]
    wanted = {"401", "403", "422", "500", "503"} | ({"400", "413", "415"} if op.has_body else set())
    assert wanted <= responses.keys()
    told = document()["components"]["responses"]
    for status, response in responses.items():
        if int(status) >= 400:
            name = response["$ref"].rpartition("/")[2]
            content = told[name]["content"]
            assert content == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("anna@example.com"), 500, "our_fault"),
        (OperationalError("database is locked"), 503, "busy"),
    ],
)
def test_our_own_faults_are_problems_that_tell_nothing(
    error: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture, monkeypatch: Any
) -> None:
    # import-linter, in another test, silences every logger that is there.
    monkeypatch.setattr(logging.getLogger("stamgast.api"), "disabled", False)
    response = v1.on_exception(RequestFactory().get("/api/v1/me"), error)
    assert (response.status_code, json.loads(response.content)["code"]) == (status, code)
    assert b"anna" not in response.content
    assert response["Content-Type"] == "application/problem+json"
    assert caplog.records


def test_an_answer_is_kept_nowhere_and_holds_nothing_that_runs(shop_program: Program) -> None:
    for answer in (shop_program.get("/me"), shop_program.get("/nowhere")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert int(answer.headers["Content-Length"]) > 0
        assert "Set-Cookie" not in answer.headers


def test_a_host_that_is_not_ours_is_refused(shop_program: Program) -> None:
    assert Client(headers={"host": "evil.example"}).get("/api/v1/me").status_code == 400
