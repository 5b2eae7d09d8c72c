"""What we promise programs: the document equals its snapshot, and we keep to it whatever is sent.

Renew the snapshot after a change that was meant:

    STAMGAST_RENEW=1 ./stamgast test tests/api/test_contract.py
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, settings

from api.conftest import MakeProgram, Program
from api.operations import NAMES, OPERATIONS, Op, document
from api.test_orders import ORDER

SNAPSHOT = Path(__file__).parent / "snapshots" / "openapi.json"


def _as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def test_the_document_equals_its_snapshot() -> None:
    now = _as_text(document())
    if os.environ.get("STAMGAST_RENEW"):
        SNAPSHOT.write_text(now, "utf-8", newline="\n")
    kept = SNAPSHOT.read_text("utf-8")
    change = difflib.unified_diff(kept.splitlines(), now.splitlines(), "snapshot", "now", n=2)
    assert kept == now, (
        "The API's document changed. Shops build on it: take nothing away, and let what is new be "
        "optional. If the change is meant, renew the snapshot:\n"
        "    STAMGAST_RENEW=1 ./stamgast test tests/api/test_contract.py\n" + "\n".join(change)
    )


@pytest.mark.django_db
def test_the_document_is_open_to_all() -> None:
    response = Client(headers={"host": "localhost"}).get("/api/v1/openapi.json")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json() == document()
    assert response.json()["openapi"].startswith("3.1")


@pytest.mark.parametrize("op", OPERATIONS, ids=NAMES)
def test_every_operation_says_what_it_does_and_which_scope_it_asks(op: Op) -> None:
    assert op.details["summary"]
    assert len(op.details["summary"]) <= 100
    asks = f"Scope: `{op.scope}`." if op.scope else "Any key that works."
    assert op.details["description"].endswith(asks)
    assert op.details["tags"]


# --- held to the document by what schemathesis makes up -------------------------------------------

schema = schemathesis.openapi.from_dict(document())
schema.app = get_wsgi_application()
_QUIET = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]


@pytest.fixture
def in_shop(program: MakeProgram) -> Iterator[Program]:
    """A program in a shop that holds what the examples of the document name.

    The application would close the connection after each request, and the test's transaction.
    """
    live = program()
    live.put("/customers/C-1001", {"email": "anna@example.com"})
    live.put("/products/ESP-1000", {"name": "Espresso 1 kg"})
    live.put("/orders/1001", {**ORDER, "customer": {"key": "C-1001"}})
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield live
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.auth(refresh_interval=None)
class Bearer:
    """Shows the key of the shop that the test made; schemathesis also tries without."""

    plain = ""

    def get(self, case: Any, context: Any) -> str:
        return self.plain

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


def _hold_to_document(case: Any, program: Program) -> None:
    Bearer.plain = program.plain or ""
    # What has the right form may still be refused for what it means.
    excluded = [schemathesis.checks.positive_data_acceptance]
    if "/bulk/" in case.path:  # of many each is refused apart, in an answer that is 200
        excluded.append(schemathesis.checks.negative_data_rejection)
    case.call_and_validate(excluded_checks=excluded)


@schema.parametrize()
@settings(
    max_examples=10,
    derandomize=True,
    database=None,
    suppress_health_check=_QUIET,
    phases=[Phase.explicit, Phase.generate],
)
def test_whatever_is_sent_is_answered_as_documented(case: Any, in_shop: Program) -> None:
    _hold_to_document(case, in_shop)


@pytest.mark.long
@schema.parametrize()
@settings(
    max_examples=400,
    derandomize=True,
    database=None,
    suppress_health_check=_QUIET,
)
def test_whatever_is_sent_at_length_is_answered_as_documented(case: Any, in_shop: Program) -> None:
    _hold_to_document(case, in_shop)
