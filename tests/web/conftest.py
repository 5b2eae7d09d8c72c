"""Signed-in browsers without a browser, at the tests' own moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from cast import employ

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def at_this_moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Pages read the clock once; here it always reads the same."""
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)


@pytest.fixture
def signed_in(db: None) -> SignIn:
    """Sign somebody in: `signed_in("service")`, `signed_in("admin", language="nl")`."""

    def sign_in(role: str = "admin", *, language: str = "en") -> Client:
        user = employ(role, email=f"{role}.{language}@shop.example")
        user.language = language
        user.save()
        client = Client()
        client.force_login(user)
        return client

    return sign_in
