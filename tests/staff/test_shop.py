"""The shop's settings, saved filters, and who may do what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from stamgast.events.models import Event
from stamgast.staff import rules
from stamgast.staff.actions import change_shop, delete_filter, save_filter
from stamgast.staff.errors import BadFilter, BadSetting, NotYourFilter
from stamgast.staff.models import SavedFilter, Shop, User
from stamgast.staff.queries import filters_for, shop

pytestmark = pytest.mark.django_db


def test_the_defaults_hold_until_somebody_changes_them(at: datetime) -> None:
    assert not Shop.objects.exists()
    assert (shop().currency, shop().country) == ("EUR", "NL")
    change_shop(currency="GBP", country="GB", zone="Europe/London", at=at, by="user:1")
    assert (shop().currency, shop().zone) == ("GBP", "Europe/London")
    assert Event.objects.get(kind="shop_changed").facts == {
        "fields": ["country", "currency", "zone"]
    }


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("vat_rate", "21,00", Decimal("21.00")),
        ("vat_rate", 9, Decimal(9)),
        ("discount_rate", Decimal("0"), Decimal(0)),
        ("orders_may_be_old", "48", 48),
        ("name", " De Koffiebrander ", "De Koffiebrander"),
        ("vat", "excluded", "excluded"),
    ],
)
def test_a_setting_is_kept_as_it_is_meant(field: str, value: Any, kept: Any, at: datetime) -> None:
    change_shop(at=at, **{field: value})
    assert getattr(shop(), field) == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", "EURO"),
        ("currency", ["EUR"]),
        ("country", "NLD"),
        ("country", "nl"),
        ("zone", "Europe/Zoetermeer"),
        ("zone", "../../etc/passwd"),
        ("language", "fr"),
        ("vat", "maybe"),
        ("vat_rate", "-1"),
        ("vat_rate", "101"),
        ("vat_rate", "NaN"),
        ("discount_rate", "much"),
        ("orders_may_be_old", 0),
        ("name", "x" * 121),
        ("id", 2),
        ("shoe_size", 42),
    ],
)
def test_refuses_a_setting_that_does_not_exist(field: str, value: Any, at: datetime) -> None:
    with pytest.raises(BadSetting) as refusal:
        change_shop(at=at, **{field: value})
    assert refusal.value.facts["field"] == field
    assert not Shop.objects.exists()


def test_a_filter_saved_under_the_same_name_replaces_the_other(
    colleague: User, at: datetime
) -> None:
    save_filter(colleague, name="Drifting", query="?stage=drifting", at=at)
    saved = save_filter(colleague, name=" Drifting ", query="stage=lost", is_shared=True, at=at)
    assert SavedFilter.objects.get() == saved
    assert (saved.query, saved.is_shared) == ("stage=lost", True)


@pytest.mark.parametrize(("name", "query"), [(" ", "a=1"), ("x" * 81, "a=1"), ("x", "q" * 501)])
def test_refuses_a_filter_without_a_name_or_too_long(
    name: str, query: str, colleague: User, at: datetime
) -> None:
    with pytest.raises(BadFilter):
        save_filter(colleague, name=name, query=query, at=at)


def test_only_its_owner_deletes_a_filter_and_an_admin_a_shared_one(
    colleague: User, employee: Callable[..., User], at: datetime
) -> None:
    mine = save_filter(colleague, name="Mine", query="a=1", at=at)
    ours = save_filter(colleague, name="Ours", query="a=2", is_shared=True, at=at)
    other, admin = employee("marketer"), employee("admin")
    assert list(filters_for(colleague)) == [mine, ours]
    assert list(filters_for(other)) == [ours]
    for saved, who in ((mine, other), (ours, other), (mine, admin)):
        with pytest.raises(NotYourFilter):
            delete_filter(saved, at=at, by=who)
    delete_filter(ours, at=at, by=admin)
    delete_filter(mine, at=at, by=colleague)
    assert not SavedFilter.objects.exists()


def test_an_admin_may_everything_and_a_stranger_nothing() -> None:
    assert all(rules.may("admin", verb) for verb in rules.VERBS)
    assert not any(rules.may("stranger", verb) for verb in rules.VERBS)


@pytest.mark.parametrize(
    ("role", "verb", "is_allowed"),
    [
        ("service", "write interactions", True),
        ("service", "see margin", False),
        ("service", "erase person", False),
        ("marketer", "see margin", True),
        ("marketer", "edit settings", False),
        ("analyst", "export customers", True),
        ("analyst", "write consents", False),
        ("privacy", "erase person", True),
        ("privacy", "see margin", False),
    ],
)
def test_each_role_has_its_own_verbs(role: str, verb: str, is_allowed: bool) -> None:
    assert rules.may(role, verb) is is_allowed


def test_refuses_a_verb_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="no such permission"):
        rules.may("admin", "fly")
