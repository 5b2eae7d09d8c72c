"""Who calls: a key in the Authorization header, and the scope that an operation asks of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from stamgast.api.errors import Fault
from stamgast.staff.actions import key_for
from stamgast.staff.models import ApiKey, Shop
from stamgast.staff.rules import SCOPES


class ApiRequest(HttpRequest):
    """A request as it reaches an operation: who calls, when, and in which shop."""

    auth: ApiKey
    at: datetime  # the clock, read once
    shop: Shop
    noted: dict[str, Any]  # what the list of last calls says went wrong


def actor(request: ApiRequest) -> str:
    """Return how events name the program that calls: "key:2"."""
    return f"key:{request.auth.pk}"


class Key(HttpBearer):
    """Lets a program in whose key has the scope; without a scope any key that works."""

    def __init__(self, scope: str = "") -> None:
        if scope and scope not in SCOPES:
            raise ValueError(f"no such scope: {scope!r}")
        self.scope = scope
        super().__init__()

    def __call__(self, request: HttpRequest) -> ApiKey:
        """Return the key; refuses none, an unknown or revoked one, and one without the scope."""
        known: ApiKey | None = getattr(request, "auth", None)
        if known is not None:  # the door asked before
            return known
        key: ApiKey | None = super().__call__(request)
        if key is None:
            raise Fault(401, "no_key", "Send a key that works: Authorization: Bearer sg_live_...")
        request.auth = key  # type: ignore[attr-defined]
        if self.scope and self.scope not in key.scopes:
            raise Fault(403, "scope_missing", "This key lacks the scope.", scope=self.scope)
        return key

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        return key_for(token.strip())
