"""A statement that is built once gives what the queryset would, for every value it is asked with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from cast import employ
from stamgast.database.prepared import first, prepared
from stamgast.staff.actions import make_key, revoke_key
from stamgast.staff.models import ApiKey, User

DAY = timedelta(days=1)


@pytest.fixture
def owner(db: None) -> User:
    return employ("admin")


def a_key(name: str, at: datetime, scopes: set[str], by: User) -> ApiKey:
    return make_key(name, scopes=scopes, is_live=True, by=by, at=at)[0]


def test_each_call_is_answered_with_its_own_values(owner: User, at: datetime) -> None:
    built: list[Any] = []

    @prepared
    def made(name: str, since: datetime) -> QuerySet[ApiKey]:
        built.append(name)
        return ApiKey.objects.filter(name=name, made_at__gte=since, revoked_at=None)

    till = a_key("Till", at, {"orders:write"}, owner)
    site = a_key("Site", at + DAY, {"decisions:write"}, owner)
    assert made("Till", at) == [till]
    assert made("Till", at + DAY) == []
    assert made("Site", since=at + DAY) == [site]
    revoke_key(site, at=at, by=owner)
    assert made("Site", since=at) == []
    assert len(built) == 2  # by place, and by place and name


def test_rows_come_with_their_kinds_and_those_they_belong_to(owner: User, at: datetime) -> None:
    @prepared
    def with_maker(pk: int) -> QuerySet[ApiKey]:
        return ApiKey.objects.filter(pk=pk).select_related("made_by")

    @prepared
    def name_only(pk: int) -> QuerySet[ApiKey]:
        return ApiKey.objects.filter(pk=pk).only("name")

    key = a_key("Till", at, {"orders:read", "orders:write"}, owner)
    found = first(with_maker(key.pk))
    assert found is not None
    assert (found.scopes, found.made_at) == (["orders:read", "orders:write"], at)
    assert "made_by" in found._state.fields_cache
    assert found.made_by == key.made_by
    lean = first(name_only(key.pk))
    assert lean is not None
    assert "scopes" in lean.get_deferred_fields()
    assert lean.scopes == found.scopes


def test_values_come_as_the_queryset_would_give_them(owner: User, at: datetime) -> None:
    @prepared
    def moments(name: str) -> QuerySet[ApiKey, datetime]:
        return ApiKey.objects.filter(name=name).values_list("made_at", flat=True)

    @prepared
    def pairs(name: str) -> QuerySet[ApiKey, tuple[str, datetime]]:
        return ApiKey.objects.filter(name=name).values_list("name", "made_at")

    a_key("Till", at, {"orders:write"}, owner)
    assert moments("Till") == [at]
    assert pairs("Till") == [("Till", at)]
    assert first(moments("Site")) is None
