"""A program with a key, as the tests of the API play it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.test import Client

from stamgast.staff.actions import make_key, make_user
from stamgast.staff.models import ApiKey
from stamgast.staff.rules import SCOPES

_numbers = count(1)


@dataclass
class Answer:
    """What the API said."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        return str(self.body["code"])

    @property
    def wrong(self) -> dict[str, str]:
        """The values that were not taken: field to code."""
        return {one["field"]: one["problem"] for one in self.body["fields"]}


class Program:
    """Calls the API with one key."""

    def __init__(self, plain: str | None, key: ApiKey | None = None) -> None:
        self.plain, self.key = plain, key
        bearer = {"authorization": f"Bearer {plain}"} if plain else {}
        self._client = Client(headers={"host": "localhost", **bearer})

    def get(self, path: str, **asked: Any) -> Answer:
        return self._answer(self._client.get(f"/api/v1{path}", query_params=asked))

    def put(self, path: str, body: Any, *, key: str = "") -> Answer:
        return self.send("PUT", path, json.dumps(body), key=key)

    def post(self, path: str, body: Any, *, key: str = "") -> Answer:
        return self.send("POST", path, json.dumps(body), key=key)

    def send(
        self,
        method: str,
        path: str,
        body: str | bytes,
        content_type: str = "application/json",
        *,
        key: str = "",
    ) -> Answer:
        """Send a request with an Idempotency-Key, a new one each time unless one is given."""
        headers = {"idempotency-key": key or f"test-{next(_numbers)}"}
        return self._answer(
            self._client.generic(
                method, f"/api/v1{path}", body, content_type=content_type, headers=headers
            )
        )

    @staticmethod
    def _answer(response: Any) -> Answer:
        return Answer(response.status_code, response.json(), dict(response.headers))


MakeProgram = Callable[..., Program]


@pytest.fixture
def program(db: None, at: datetime) -> MakeProgram:
    """Make programs: `program()` may everything, `program("orders:read")` only that."""
    owner = make_user(email="owner@shop.example", name="Olga", role="admin", at=at)

    def make(*scopes: str, is_live: bool = True) -> Program:
        wanted: Iterable[str] = scopes or SCOPES
        key, plain = make_key("Web shop", scopes=wanted, is_live=is_live, by=owner, at=at)
        return Program(plain, key)

    return make


@pytest.fixture
def shop_program(program: MakeProgram) -> Program:
    """The shop's own program, with a live key that may everything."""
    return program()
