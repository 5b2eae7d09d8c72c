"""The settings: the shop, employees, keys for programs and the calls they made."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cast import PASSWORD, employ
from stamgast.staff.actions import make_key, note_call
from stamgast.staff.models import ApiKey, Shop, User
from web.conftest import SignIn

SHOP = {
    "name": "Koffiehuis De Brug",
    "language": "nl",
    "currency": "EUR",
    "country": "NL",
    "zone": "Europe/Amsterdam",
    "vat": "included",
    "vat_rate": "21",
    "discount_rate": "10",
    "orders_may_be_old": "24",
}


def _said(client: Client, address: str) -> str:
    return client.get(address).content.decode()


@pytest.mark.parametrize(
    ("role", "leads_to"), [("admin", "/settings/shop"), ("marketer", None), ("service", None)]
)
def test_settings_open_on_the_first_page_one_may_see(
    signed_in: SignIn, role: str, leads_to: str | None
) -> None:
    answer = signed_in(role).get("/settings")
    assert answer.headers.get("Location") == leads_to
    assert answer.status_code == (302 if leads_to else 403)


def test_keeps_the_settings_of_the_shop(signed_in: SignIn) -> None:
    client = signed_in("admin")
    answer = client.post("/settings/shop", {**SHOP, "currency": "CHF", "vat_rate": "8.1"})
    assert answer.status_code == 302
    shop = Shop.objects.get()
    assert (shop.name, shop.currency, str(shop.vat_rate)) == ("Koffiehuis De Brug", "CHF", "8.10")
    page = _said(client, "/settings/shop")
    assert "<b>Koffiehuis De Brug</b> counts in CHF." in page
    assert "The settings of the shop were changed." in page


def test_reads_a_decimal_comma_in_dutch(signed_in: SignIn) -> None:
    signed_in("admin", language="nl").post("/settings/shop", {**SHOP, "vat_rate": "8,1"})
    assert str(Shop.objects.get().vat_rate) == "8.10"


@pytest.mark.parametrize(
    "wrong", [{"currency": "XXX"}, {"zone": "Mars/Olympus"}, {"vat_rate": "-1"}, {"country": "ZZ"}]
)
def test_refuses_settings_that_do_not_exist(signed_in: SignIn, wrong: dict[str, str]) -> None:
    answer = signed_in("admin").post("/settings/shop", {**SHOP, **wrong})
    assert answer.status_code == 400
    assert 'class="error"' in answer.content.decode()
    assert not Shop.objects.exists()


def test_countries_are_named_in_the_readers_language(signed_in: SignIn) -> None:
    assert "Duitsland" in _said(signed_in("admin", language="nl"), "/settings/shop")


def test_lets_a_colleague_in(signed_in: SignIn) -> None:
    facts = {"name": "Sanne", "email": "sanne@shop.example", "role": "service", "language": "nl"}
    client = signed_in("admin")
    answer = client.post("/settings/users/new", {**facts, "password": PASSWORD})
    assert answer.status_code == 302
    assert "Sanne may sign in from now on." in _said(client, "/settings/users")
    entered = Client().post("/sign-in", {"email": facts["email"], "password": PASSWORD})
    assert entered.status_code == 302


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "ADMIN.en@shop.example"}, "A colleague already signs in"),
        ({"password": "short"}, "take at least 10 characters"),
        ({"password": "password123"}, "used by many people"),
        ({"role": "owner"}, "Select a valid choice"),
    ],
)
def test_refuses_a_colleague_beside_the_field_that_is_wrong(
    signed_in: SignIn, wrong: dict[str, str], sentence: str
) -> None:
    facts = {"name": "Sanne", "email": "sanne@shop.example", "role": "service", "language": "nl"}
    answer = signed_in("admin").post(
        "/settings/users/new", {**facts, "password": PASSWORD, **wrong}
    )
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert User.objects.count() == 1


def test_a_closed_account_can_be_opened_again_at_once(signed_in: SignIn) -> None:
    client = signed_in("admin")
    sanne = employ("service")
    client.post(reverse("close_user", args=[sanne.pk]))
    page = _said(client, "/settings/users")
    assert "Service can no longer sign in." in page
    assert f'action="{reverse("open_user", args=[sanne.pk])}"' in page
    client.post(reverse("open_user", args=[sanne.pk]))
    sanne.refresh_from_db()
    assert sanne.is_active


def test_the_last_administrator_stays(signed_in: SignIn) -> None:
    client = signed_in("admin")
    me = User.objects.get()
    client.post(reverse("close_user", args=[me.pk]))
    assert "This is the only administrator." in _said(client, "/settings/users")
    facts = {"name": "Admin", "email": me.email, "role": "service", "language": "en"}
    answer = client.post(reverse("user", args=[me.pk]), facts)
    assert answer.status_code == 400
    me.refresh_from_db()
    assert (me.role, me.is_active) == ("admin", True)


def test_gives_a_colleague_another_role_and_password(signed_in: SignIn) -> None:
    client = signed_in("admin")
    sanne = employ("service")
    facts = {"name": "Sanne", "email": sanne.email, "role": "marketer", "language": "nl"}
    assert client.post(reverse("user", args=[sanne.pk]), facts).status_code == 302
    address = reverse("user_password", args=[sanne.pk])
    assert client.post(address, {"password": "short"}).status_code == 400
    assert client.post(address, {"password": PASSWORD}).status_code == 302
    sanne.refresh_from_db()
    assert (sanne.name, sanne.role) == ("Sanne", "marketer")
    assert sanne.check_password(PASSWORD)


def test_a_key_is_shown_once(signed_in: SignIn) -> None:
    client = signed_in("admin")
    facts = {"name": "Web shop", "is_live": "live", "scopes": ["orders:write", "scores:read"]}
    answer = client.post("/settings/keys", facts)
    key = ApiKey.objects.get()
    assert key.is_live
    assert key.scopes == ["orders:write", "scores:read"]
    assert f'<code class="once">{key.prefix}' in answer.content.decode()
    assert answer.headers["Cache-Control"] == "private, no-store"
    again = _said(client, "/settings/keys")
    assert 'class="once"' not in again
    assert key.prefix in again


def test_a_key_needs_a_name_and_something_to_do(signed_in: SignIn) -> None:
    client = signed_in("admin")
    assert client.post("/settings/keys", {"name": "Web shop", "is_live": "test"}).status_code == 400
    assert not ApiKey.objects.exists()


def test_a_revoked_key_stays_on_the_list(signed_in: SignIn, at: datetime) -> None:
    client = signed_in("admin")
    key, _ = make_key("Till", scopes=["scores:read"], is_live=True, by=User.objects.get(), at=at)
    client.post(reverse("revoke_key", args=[key.pk]))
    page = _said(client, "/settings/keys")
    assert "The key “Till” no longer works." in page
    assert "revoked" in page
    assert "No program has a key yet." in page


def test_shows_what_went_wrong_in_calls(signed_in: SignIn, at: datetime) -> None:
    client = signed_in("admin")
    key, _ = make_key("Till", scopes=["orders:write"], is_live=True, by=User.objects.get(), at=at)
    note_call(key, at=at, method="PUT", path="/api/v1/orders/1", status=200, took_ms=12)
    note_call(
        key,
        at=at - timedelta(minutes=5),
        method="PUT",
        path="/api/v1/orders/2",
        status=422,
        took_ms=3,
        problem={"title": "Unknown currency", "code": "unknown_currency"},
    )
    page = _said(client, "/settings/calls")
    assert "<b>1 call</b> went wrong lately." in page
    assert "PUT /api/v1/orders/1" in page
    only = _said(client, "/settings/calls?only=problems")
    assert "/api/v1/orders/1<" not in only
    assert "Unknown currency" in only
    assert "&quot;code&quot;: &quot;unknown_currency&quot;" in only


def test_many_calls_come_in_pages(signed_in: SignIn, at: datetime) -> None:
    client = signed_in("admin")
    for _ in range(60):
        note_call(None, at=at, method="GET", path="/api/v1/scores", status=200, took_ms=1)
    assert "1 to 50 of 60" in _said(client, "/settings/calls")
    assert "51 to 60 of 60" in _said(client, "/settings/calls?page=2")
