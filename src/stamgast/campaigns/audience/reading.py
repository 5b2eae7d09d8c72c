"""Reading conditions from JSON: what cannot be read is refused with its place.

{"version": 1, "who": {"all": [{"is": "stage", "in": ["drifting"]},
                               {"not": {"is": "complaint_open"}}]}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stamgast.campaigns.audience.kinds import kinds
from stamgast.campaigns.errors import BadAudience

VERSION = 1
MOST_CONDITIONS, DEEPEST = 40, 6


def read_audience(document: Any) -> dict[str, Any]:
    """Return the conditions in the one form in which they are kept.

    Refuses another version, what is no condition, values that are not possible, empty groups, more
    than 40 conditions and groups within groups beyond six deep.
    """
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise BadAudience(place="version", problem="version")
    if extra := document.keys() - {"version", "who"}:
        raise BadAudience(place=sorted(map(str, extra))[0], problem="unknown_field")
    read = {"version": VERSION, "who": _node(document.get("who"), "who", 0)}
    if sum(1 for _ in leaves(read)) > MOST_CONDITIONS:
        raise BadAudience(place="who", problem="too_many")
    return read


def leaves(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the single conditions, in reading order."""
    yield from _leaves(document["who"])


def _leaves(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "is" in node:
        yield node
    for group in ("all", "any"):
        for part in node.get(group, ()):
            yield from _leaves(part)
    if "not" in node:
        yield from _leaves(node["not"])


def _node(node: Any, place: str, depth: int) -> dict[str, Any]:
    if not isinstance(node, dict) or not node:
        raise BadAudience(place=place, problem="no_condition")
    if depth > DEEPEST:
        raise BadAudience(place=place, problem="too_deep")
    if "is" in node:
        return _leaf(node, place)
    if len(node) != 1:
        raise BadAudience(place=place, problem="no_condition")
    ((group, parts),) = node.items()
    if group == "not":
        return {"not": _node(parts, f"{place}.not", depth + 1)}
    if group not in ("all", "any"):
        raise BadAudience(place=place, problem="no_condition")
    if not isinstance(parts, list) or not parts:
        raise BadAudience(place=f"{place}.{group}", problem="empty_group")
    return {group: [_node(p, f"{place}.{group}.{i}", depth + 1) for i, p in enumerate(parts)]}


def _leaf(node: dict[str, Any], place: str) -> dict[str, Any]:
    kind = kinds().get(node["is"]) if isinstance(node["is"], str) else None
    if kind is None:
        raise BadAudience(place=place, problem="unknown_condition")
    known = {field.name: field for field in kind.fields}
    for name in node.keys() - {"is"} - known.keys():
        raise BadAudience(place=f"{place}.{name}", problem="unknown_field")
    read: dict[str, Any] = {"is": kind.code}
    for name, field in known.items():
        if node.get(name) is None:
            if not field.is_optional:
                raise BadAudience(place=f"{place}.{name}", problem="missing")
            continue
        try:
            read[name] = field.read(node[name])
        except ValueError:
            raise BadAudience(place=f"{place}.{name}", problem="not_possible") from None
    _check_range(read, kind.needs_one_of, place)
    return read


def _check_range(read: dict[str, Any], needed: tuple[str, ...], place: str) -> None:
    if needed and not any(name in read for name in needed):
        raise BadAudience(place=f"{place}.{needed[0]}", problem="missing")
    if read.get("at_least", 0) > read.get("at_most", float("inf")):
        raise BadAudience(place=f"{place}.at_most", problem="upside_down")
