"""Who lives together, as far as the records tell: a shared e-mail or address, also by way of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from django.db.models import Q

from stamgast.customers.models import Customer
from stamgast.measurement.rules import LARGEST_HOUSEHOLD, ties

# From so many customers on, reading the whole base once is quicker than asking for each.
_MANY = 5_000
_AT_ONCE = 400

Row = tuple[int, str, str, str, str]
T = TypeVar("T", int, str)


def households_of(customers: Iterable[int]) -> dict[int, list[int]]:
    """Return per customer the ids of their household, themselves included, the smallest first.

    Customers who were erased, or went up in another record, have none and are left out.
    """
    wanted = list(dict.fromkeys(customers))
    rows = _whole_base() if len(wanted) > _MANY else _around(wanted)
    homes = group(rows)
    return {one: homes[one] for one in wanted if one in homes}


def group(rows: Iterable[Row]) -> dict[int, list[int]]:
    """Join records that share a tie, however many steps apart (union-find); see `ties`."""
    shared: dict[str, list[int]] = defaultdict(list)
    parent: dict[int, int] = {}
    for pk, *facts in rows:
        parent[pk] = pk
        for tie in ties(*facts):
            shared[tie].append(pk)
    for together in shared.values():
        if 1 < len(together) <= LARGEST_HOUSEHOLD:
            first = together[0]
            for other in together[1:]:
                _join(parent, first, other)
    members: dict[int, list[int]] = defaultdict(list)
    for pk in sorted(parent):
        members[_root(parent, pk)].append(pk)
    return {pk: home for home in members.values() for pk in home}


def _root(parent: dict[int, int], pk: int) -> int:
    while parent[pk] != pk:
        parent[pk] = parent[parent[pk]]
        pk = parent[pk]
    return pk


def _join(parent: dict[int, int], one: int, other: int) -> None:
    low, high = sorted((_root(parent, one), _root(parent, other)))
    parent[high] = low


_FIELDS = ("pk", "email", "postcode", "street", "house_number")


def _whole_base() -> Iterator[Row]:
    there = Customer.objects.filter(merged_into=None, erased_at=None)
    yield from there.values_list(*_FIELDS).iterator(chunk_size=20_000)


def _around(customers: list[int]) -> Iterator[Row]:
    """Yield these customers and everyone tied to them, step by step until nobody is added.

    Who shares a tie that is no household's comes along, so that `group` can see it, and is not
    followed further.
    """
    found: dict[int, Row] = {}
    aside: dict[int, Row] = {}
    asked: set[str] = set()
    newest = {row[0]: row for row in _rows(Q(pk__in=part) for part in _parts(customers))}
    while newest:
        found |= newest
        new = {tie for row in newest.values() for tie in ties(*row[1:])} - asked
        asked |= new
        newest = {}
        for sharing in _sharing(new).values():
            is_home = len(sharing) <= LARGEST_HOUSEHOLD
            (newest if is_home else aside).update((row[0], row) for row in sharing)
        newest = {pk: row for pk, row in newest.items() if pk not in found}
    yield from (aside | found).values()


def _sharing(asked: set[str]) -> dict[str, list[Row]]:
    """Return per tie the records that have it."""
    sharing: dict[str, list[Row]] = defaultdict(list)
    conditions = (_tied(part) for part in _parts(sorted(asked)))
    for row in {row[0]: row for row in _rows(conditions)}.values():
        for tie in asked.intersection(ties(*row[1:])):
            sharing[tie].append(row)
    return sharing


def _tied(part: list[str]) -> Q:
    told = [tie.split(":", 2) for tie in part]
    emails = [tie.partition(":")[2] for tie in part if tie.startswith("e:")]
    return Q(email__in=emails) | Q(postcode__in={one[1] for one in told if one[0] == "a"})


def _rows(conditions: Iterable[Q]) -> Iterator[Row]:
    there = Customer.objects.filter(merged_into=None, erased_at=None)
    for condition in conditions:
        yield from there.filter(condition).values_list(*_FIELDS)


def _parts(values: list[T]) -> Iterator[list[T]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
