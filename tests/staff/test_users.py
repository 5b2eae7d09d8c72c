"""Employees: made, changed, closed, and signing in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cast import PASSWORD
from stamgast.events.models import Event
from stamgast.staff.actions import (
    change_user,
    deactivate_user,
    make_user,
    set_password,
    sign_in,
)
from stamgast.staff.errors import (
    BadUserField,
    EmailTaken,
    LastAdmin,
    NoSuchUser,
    SignInRefused,
    WeakPassword,
)
from stamgast.staff.models import User
from stamgast.staff.queries import user_by_email, users

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
EMAIL = "noor@shop.example"


@pytest.fixture
def quick_hashing(settings: Any) -> None:
    """Hash with one round: these tests are about what surrounds it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def noor(quick_hashing: None, db: None, at: datetime) -> User:
    return make_user(email=EMAIL, name="Noor", role="service", password=PASSWORD, at=at)


def _try(password: str, at: datetime, email: str = EMAIL) -> bool:
    try:
        sign_in(email=email, password=password, at=at)
    except SignInRefused:
        return False
    return True


def test_an_employee_is_known_by_an_address_in_small_letters(at: datetime) -> None:
    user = make_user(email=" Noor@Shop.Example ", name="Noor", role="analyst", at=at, by="cli")
    assert user.email == EMAIL
    assert user_by_email("NOOR@shop.example") == user
    event = Event.objects.get(kind="user_made")
    assert (event.subject, event.subject_id, event.actor) == ("user", user.pk, "cli")
    assert event.facts == {}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"email": "noor"}, "email"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"role": "owner"}, "role"),
        ({"language": "fr"}, "language"),
    ],
)
def test_refuses_an_employee_with_a_field_that_will_not_do(
    facts: dict[str, str], field: str, at: datetime
) -> None:
    with pytest.raises(BadUserField) as refusal:
        make_user(**{"email": EMAIL, "name": "Noor", "role": "service", **facts}, at=at)
    assert refusal.value.facts == {"field": field}
    assert not User.objects.exists()


def test_refuses_an_address_that_is_taken(noor: User, employee: Callable[..., User], at: datetime):
    with pytest.raises(EmailTaken):
        make_user(email="NOOR@shop.example", name="Other", role="service", at=at)
    with pytest.raises(EmailTaken):
        change_user(employee("analyst"), email="Noor@shop.example", at=at)


@pytest.mark.parametrize(
    ("password", "reasons"),
    [
        ("short", ["password_too_short"]),
        ("password123", ["password_too_common"]),
        ("noor@shop.example", ["password_too_similar"]),
    ],
)
def test_refuses_a_weak_password(
    password: str, reasons: list[str], quick_hashing: None, at: datetime
) -> None:
    with pytest.raises(WeakPassword) as refusal:
        make_user(email=EMAIL, name="Noor", role="service", password=password, at=at)
    assert refusal.value.facts == {"reasons": reasons}


def test_signs_in_with_the_right_password(noor: User, at: datetime) -> None:
    user = sign_in(email="Noor@Shop.example ", password=PASSWORD, at=at + MINUTE)
    assert (user, user.last_login) == (noor, at + MINUTE)


def test_refuses_in_one_way_whatever_is_wrong(
    noor: User, employee: Callable[..., User], at: datetime
) -> None:
    assert not _try("something else", at)
    assert not _try(PASSWORD, at, email="nobody@shop.example")
    assert not _try("", at, email=employee("analyst").email)  # has no password
    deactivate_user(noor, at=at)
    assert not _try(PASSWORD, at)
    with pytest.raises(SignInRefused) as refusal:
        sign_in(email=EMAIL, password=PASSWORD, at=at)
    assert refusal.value.facts == {}  # nobody learns why


def test_an_unknown_name_costs_as_much_hashing_as_a_known_one(
    noor: User, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    for email in (EMAIL, "nobody@shop.example"):
        hashed.clear()
        assert not _try("wrong", at, email=email)
        assert hashed == ["wrong"], email


def test_five_wrong_passwords_lock_the_name_for_a_quarter_of_an_hour(
    noor: User, at: datetime
) -> None:
    for _ in range(5):
        assert not _try("wrong", at)
    assert not _try(PASSWORD, at + 14 * MINUTE)
    assert _try(PASSWORD, at + 15 * MINUTE)
    for _ in range(4):  # counted anew after a right one
        assert not _try("wrong", at + 16 * MINUTE)
    assert _try(PASSWORD, at + 16 * MINUTE)


def test_another_wrong_one_after_the_lock_locks_again(noor: User, at: datetime) -> None:
    for _ in range(5):
        assert not _try("wrong", at)
    assert not _try("wrong", at + 20 * MINUTE)
    assert not _try(PASSWORD, at + 21 * MINUTE)


def test_a_new_password_opens_a_locked_door_and_ends_other_sessions(
    noor: User, at: datetime
) -> None:
    for _ in range(5):
        assert not _try("wrong", at)
    noor.refresh_from_db()
    session = noor.get_session_auth_hash()
    set_password(noor, password="another good sentence", at=at, by=noor)
    assert noor.get_session_auth_hash() != session
    assert _try("another good sentence", at)
    assert not _try(PASSWORD, at)


def test_a_role_is_changed_and_told_without_its_content(noor: User, at: datetime) -> None:
    change_user(noor, role="marketer", name="Noor B.", at=at, by="user:1")
    noor.refresh_from_db()
    assert (noor.role, noor.name) == ("marketer", "Noor B.")
    assert Event.objects.get(kind="user_changed").facts == {"fields": ["name", "role"]}


def test_refuses_to_change_what_is_not_for_changing(noor: User, at: datetime) -> None:
    with pytest.raises(BadUserField):
        change_user(noor, password="x", at=at)


def test_there_is_always_an_admin(employee: Callable[..., User], at: datetime) -> None:
    first = employee("admin")
    for act in (
        lambda: deactivate_user(first, at=at),
        lambda: change_user(first, role="service", at=at),
        lambda: change_user(first, is_active=False, at=at),
    ):
        with pytest.raises(LastAdmin):
            act()
    employee("admin", email="second@shop.example")
    deactivate_user(first, at=at)
    assert not user_by_email(first.email).is_active
    change_user(first, is_active=True, at=at)
    assert user_by_email(first.email).is_active


def test_lists_who_works_here_before_who_left(employee: Callable[..., User], at: datetime) -> None:
    gone = employee("analyst", email="a@shop.example")
    deactivate_user(gone, at=at)
    here = employee("service")
    assert list(users()) == [here, gone]


def test_refuses_to_name_who_does_not_work_here() -> None:
    with pytest.raises(NoSuchUser):
        user_by_email("nobody@shop.example")
