"""Many at once: what has no proper form is set apart, the rest is recorded, each answered apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from stamgast.api.auth import ApiRequest
from stamgast.api.errors import INVALID, Problem, field_problem, printable, problem, problem_of
from stamgast.api.v1.schemas.common import Bulk, BulkAnswer, BulkItem, Unreadable
from stamgast.kernel import Refusal

Item = TypeVar("Item", bound=BaseModel)


class Result(NamedTuple):
    """What became of one of many, or why not."""

    outcome: str | None
    refusal: Refusal | None = None


def answer_bulk(
    request: ApiRequest,
    sent: Bulk[Item],
    record: Callable[[list[Item]], Sequence[Result]],
    *,
    key: str = "key",
) -> BulkAnswer:
    """Record what can be read, and say of each what became of it, in the order sent.

    `key` names the field of an item that holds the shop's own name for it.
    """
    readable = [one for one in sent.items if not isinstance(one, Unreadable)]
    results = iter(record(readable) if readable else [])
    told = [
        _unreadable(index, one, key)
        if isinstance(one, Unreadable)
        else _told(index, getattr(one, key), next(results))
        for index, one in enumerate(sent.items)
    ]
    _note(request, told)
    counts = Counter(one.outcome for one in told)
    return BulkAnswer(
        made=counts["made"],
        changed=counts["changed"],
        unchanged=counts["unchanged"],
        refused=counts["refused"],
        items=told,
    )


def _told(index: int, key: str | None, result: Result) -> BulkItem:
    why = problem_of(result.refusal) if result.refusal else None
    return BulkItem.model_construct(
        index=index, key=key, outcome=result.outcome or "refused", problem=why
    )


def _unreadable(index: int, item: Unreadable, key: str) -> BulkItem:
    named = item.sent.get(key) if isinstance(item.sent, dict) else None
    fields = [field_problem("body", error["loc"], error) for error in item.errors]
    return BulkItem(
        index=index,
        key=printable(named)[:200] if isinstance(named, str) else None,
        outcome="refused",
        problem=problem("invalid", status=422, detail=INVALID, fields=fields),
    )


def _note(request: ApiRequest, told: Sequence[BulkItem]) -> None:
    """Leave for the list of last calls what was refused, and the first of it in full."""
    refused = [one.problem for one in told if one.problem is not None]
    if refused:
        request.noted = _noted(refused, len(told))


def _noted(refused: Sequence[Problem], sent: int) -> dict[str, Any]:
    return {
        "title": f"{len(refused)} of {sent} refused",
        "codes": dict(Counter(one.code for one in refused)),
        "first": refused[0].noted(),
    }
