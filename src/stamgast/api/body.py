"""Reading what was sent: JSON in UTF-8, no larger than 10 MB, and nothing that is no JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser

from stamgast.api.errors import Fault

DEEPEST = 20


class StrictJson(Parser):
    """Refuses other content types, malformed JSON, NaN and Infinity, and needless depth."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return what the body says; numbers with a point become exact decimals."""
        kind = (request.content_type or "").lower()
        if kind != "application/json":
            raise Fault(
                415, "not_json", "Send the body as application/json.", content_type=kind[:80]
            )
        try:
            text = request.body.decode("utf-8")
            found = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise _malformed(error) from error
        if _depth(found) > DEEPEST:
            raise Fault(400, "too_deep", f"Nothing here goes deeper than {DEEPEST} levels.")
        return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")


def _malformed(error: Exception) -> Fault:
    if isinstance(error, json.JSONDecodeError):
        why = f"{error.msg} at line {error.lineno}, column {error.colno}"
    elif isinstance(error, UnicodeDecodeError):
        why = f"byte {error.start} is no UTF-8"
    elif isinstance(error, RecursionError):
        why = "it goes too deep"
    else:
        why = str(error)[:120]
    return Fault(400, "malformed_json", f"The body is no JSON: {why}.")


def _depth(value: Any) -> int:
    """Return how many lists and objects lie in each other, as far as that may be."""
    depth, level = 0, _nested(value)
    while level and depth <= DEEPEST:
        level = [inner for outer in level for inner in outer if isinstance(inner, dict | list)]
        level = [_values(one) for one in level]
        depth += 1
    return depth


def _nested(value: Any) -> list[Any]:
    return [_values(value)] if isinstance(value, dict | list) else []


def _values(one: dict[str, Any] | list[Any]) -> Any:
    return one.values() if isinstance(one, dict) else one
