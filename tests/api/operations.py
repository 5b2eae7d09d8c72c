"""Every operation of the document, for tests that go over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from stamgast.api.v1 import v1


@dataclass(frozen=True)
class Op:
    """One operation: how to call it, and what it asks."""

    method: str
    path: str  # under /api/v1, with names filled in
    scope: str
    details: Any

    @property
    def name(self) -> str:
        return str(self.details["operationId"])

    @property
    def has_body(self) -> bool:
        return "requestBody" in self.details


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document."""
    return v1.document(prefix="api/v1/")


def operations() -> list[Op]:
    """Return all operations."""
    return [
        Op(
            method.upper(),
            path.removeprefix("/api/v1").replace("{id}", "1").replace("{key}", "K-1")
            .replace("{ref}", "R-1").replace("{sku}", "S-1").replace("{number}", "N-1"),
            "".join(details["security"][0]["Key"]),
            details,
        )
        for path, methods in document()["paths"].items()
        for method, details in methods.items()
    ]  # fmt: skip


OPERATIONS = operations()
NAMES = [op.name for op in OPERATIONS]
