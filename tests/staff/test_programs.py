"""Keys of programs, and the calls they made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from stamgast.staff import rules
from stamgast.staff.actions import forget_calls, key_for, make_key, note_call, revoke_key
from stamgast.staff.errors import BadKey
from stamgast.staff.models import ApiCall, ApiKey, User
from stamgast.staff.queries import calls, keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(employee: Callable[..., User]) -> User:
    return employee("admin")


@pytest.mark.parametrize(("is_live", "begins"), [(True, "sg_live_"), (False, "sg_test_")])
def test_a_key_is_shown_once_and_only_its_digest_is_kept(
    is_live: bool, begins: str, admin: User, at: datetime
) -> None:
    key, plain = make_key("shop", scopes=["orders:write"], is_live=is_live, by=admin, at=at)
    assert plain.startswith(begins)
    assert len(plain) > 40
    kept = " ".join(str(value) for value in ApiKey.objects.values_list().get())
    assert plain not in kept
    assert key.prefix == plain[:12]
    assert key_for(plain) == key


def test_two_keys_are_never_the_same(admin: User, at: datetime) -> None:
    made = [make_key("shop", scopes=["orders:write"], is_live=True, by=admin, at=at)[1]
            for _ in range(3)]  # fmt: skip
    assert len(set(made)) == 3


def test_an_unknown_or_revoked_key_opens_nothing(admin: User, at: datetime) -> None:
    key, plain = make_key("shop", scopes=["orders:write"], is_live=True, by=admin, at=at)
    assert key_for(plain[:-1]) is None
    assert key_for("") is None
    assert key_for("sg_live_é\x00") is None
    revoke_key(key, at=at, by=admin)
    assert key_for(plain) is None
    assert revoke_key(key, at=at + timedelta(days=1), by=admin).revoked_at == at
    assert list(keys()) == [key]


@pytest.mark.parametrize(
    ("name", "scopes", "field"),
    [
        (" ", ["orders:write"], "name"),
        ("x" * 81, ["orders:write"], "name"),
        ("shop", [], "scopes"),
        ("shop", ["orders:write", "everything"], "scopes"),
    ],
)
def test_refuses_a_key_without_a_name_or_with_an_unknown_scope(
    name: str, scopes: list[str], field: str, admin: User, at: datetime
) -> None:
    with pytest.raises(BadKey) as refusal:
        make_key(name, scopes=scopes, is_live=True, by=admin, at=at)
    assert refusal.value.facts["field"] == field


def test_a_call_is_remembered_without_its_query(admin: User, at: datetime) -> None:
    key, _ = make_key("shop", scopes=["orders:write"], is_live=True, by=admin, at=at)
    note_call(
        key,
        at=at,
        method="GET",
        path="/api/v1/customers?email=anna@example.nl",
        status=404,
        took_ms=3,
        problem={"code": "not_found"},
    )
    note_call(None, at=at, method="POST", path="/api/v1/orders", status=401, took_ms=1)
    assert [call.path for call in calls()] == ["/api/v1/orders", "/api/v1/customers"]
    assert [call.status for call in calls(only_problems=True)] == [401, 404]
    key.refresh_from_db()
    assert key.last_used_at == at


def test_only_the_last_calls_are_kept(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "CALLS_KEPT", 50)
    for n in range(350):
        note_call(None, at=at, method="GET", path=f"/{n}", status=200, took_ms=1)
    assert ApiCall.objects.count() < 150
    assert calls()[0].path == "/349"


def test_old_calls_are_forgotten(at: datetime) -> None:
    for days in (1, 40):
        note_call(None, at=at - timedelta(days=days), method="GET", path="/", status=200, took_ms=1)
    assert forget_calls(before=at - timedelta(days=30)) == 1
    assert ApiCall.objects.get().at == at - timedelta(days=1)
