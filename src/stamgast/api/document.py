"""The OpenAPI document as programs and people want it: short, stable, and in our own words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from stamgast.api.errors import MEDIA_TYPE

# Python's own phrases differ between its versions, and the document must not.
STATUSES = {
    200: "Done; or nothing had to change.",
    201: "Made: this was new.",
    400: "The body is no JSON.",
    401: "No key, or none that works.",
    403: "The key lacks the scope.",
    404: "What is named is not there.",
    409: "It does not go with what we already hold.",
    413: "The body is larger than 10 MB.",
    415: "The body is not sent as application/json.",
    422: "Some values cannot be taken; `fields` says which.",
    500: "Something broke here; it is in our log.",
    503: "Busy for a moment; try again.",
}
_FIRST_FAILURE = 400


def finished(document: Mapping[str, Any], scopes: Mapping[str, str]) -> dict[str, Any]:
    """Return ninja's document with our words, each failure described once, and no leftovers."""
    found: dict[str, Any] = json.loads(json.dumps(document))
    failures: dict[str, Any] = {}
    for methods in found["paths"].values():
        for details in methods.values():
            _finish(details, scopes[details["operationId"]], failures)
    found["components"]["responses"] = dict(sorted(failures.items()))
    found["components"]["schemas"] = _still_used(found)
    named: dict[str, Any] = _without_titles(_renamed(found))
    named["info"] = found["info"]
    return named


def _finish(details: dict[str, Any], scope: str, failures: dict[str, Any]) -> None:
    """Say what an operation does, which scope it asks, and how it may fail."""
    first, _, rest = details.get("description", "").partition("\n")
    asks = f"Scope: `{scope}`." if scope else "Any key that works."
    details["summary"] = first.strip().removesuffix(".")
    details["description"] = f"{' '.join(rest.split())}\n\n{asks}".strip()
    details["security"] = [{"Key": [scope] if scope else []}]
    for status, response in details["responses"].items():
        response["description"] = STATUSES[int(status)]
        if int(status) >= _FIRST_FAILURE:
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
            failures[f"Problem{status}"] = response
            details["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}


def _still_used(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas that something refers to, also by way of others."""
    schemas = document["components"]["schemas"]
    rest = {name: part for name, part in document["components"].items() if name != "schemas"}
    waiting = [json.dumps([document["paths"], rest])]
    used: set[str] = set()
    while waiting:
        for name in re.findall(r'"#/components/schemas/(\w+)"', waiting.pop()):
            if name not in used:
                used.add(name)
                waiting.append(json.dumps(schemas[name]))
    return {name: schemas[name] for name in sorted(used)}


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    """Call what we tell by its noun: Customer rather than CustomerTold."""
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        if name.endswith("Told"):
            text = re.sub(rf'(["/]){name}"', rf'\1{name.removesuffix("Told")}"', text)
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _without_titles(node: Any, *, are_names: bool = False) -> Any:
    """Leave out the titles that are made up from names; a property may itself be called title."""
    if isinstance(node, list):
        return [_without_titles(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _without_titles(one, are_names=name == "properties" and not are_names)
        for name, one in node.items()
        if are_names or name != "title"
    }
