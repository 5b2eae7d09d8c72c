"""What a person may ask of us: everything we hold, to be erased, to be one record."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from stamgast.customers.actions import add_interaction
from stamgast.customers.models import Customer, Merge
from web.pages import get, said, section, undo
from web.scored_people import Visitor, buy

pytestmark = pytest.mark.django_db


def test_hands_over_all_we_hold_on_a_person(
    anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    buy(anna, "10045")
    add_interaction(anna, kind="note", text="Likes dark roast", at=at)
    response = signed_in("privacy").get(f"/customers/{anna.pk}/export")
    assert response.headers["Content-Disposition"].startswith("attachment")
    packed = zipfile.ZipFile(io.BytesIO(response.content))
    everything = b"".join(packed.read(name) for name in packed.namelist())
    for held in (b"anna@example.nl", b"10045", b"Likes dark roast"):
        assert held in everything


def test_erases_on_a_second_press_only(anna: Customer, signed_in: Visitor, home: Path) -> None:
    client = signed_in("privacy")
    page = get(client, f"/customers/{anna.pk}/erase")
    assert said(page) == "Erase Anna van der Berg? This cannot be undone."
    anna.refresh_from_db()
    assert anna.erased_at is None
    client.post(f"/customers/{anna.pk}/erase", {"reason": "request"})
    anna.refresh_from_db()
    assert anna.erased_at is not None
    get(client, f"/customers/{anna.pk}", status=410)


def test_refuses_a_reason_that_does_not_exist(
    anna: Customer, signed_in: Visitor, home: Path
) -> None:
    response = signed_in("privacy").post(f"/customers/{anna.pk}/erase", {"reason": "fun"})
    assert response.status_code == 409
    anna.refresh_from_db()
    assert anna.erased_at is None


def test_offers_every_reason_there_is(anna: Customer, signed_in: Visitor) -> None:
    from stamgast.privacy.rules import REASONS

    page = get(signed_in("privacy"), f"/customers/{anna.pk}/erase")
    assert tuple(re.findall(r'<option value="(\w+)"', page)) == REASONS


def test_finds_records_that_look_the_same_and_merges_them(
    anna: Customer, signed_in: Visitor, at: datetime
) -> None:
    twin = Customer.objects.create(
        first_name="A.", last_name="Berg", email="anna@example.nl", made_at=at, changed_at=at
    )
    client = signed_in("privacy")
    assert "1 looks the same" in section(get(client, f"/customers/{anna.pk}"), "Privacy")
    page = get(client, f"/customers/{anna.pk}/merge")
    assert said(page) == "1 other record looks the same as Anna van der Berg."
    client.post(f"/customers/{anna.pk}/merge", {"gone": twin.pk})
    twin.refresh_from_db()
    assert twin.merged_into == anna
    undo(client, f"/customers/{anna.pk}")
    twin.refresh_from_db()
    assert twin.merged_into is None


def test_takes_records_apart_from_the_page_of_the_kept_one(
    anna: Customer, bram: Customer, signed_in: Visitor
) -> None:
    client = signed_in("privacy")
    client.post(f"/customers/{anna.pk}/merge", {"gone": bram.pk})
    merge = Merge.objects.get()
    assert f'action="/merges/{merge.pk}/undo"' in get(client, f"/customers/{anna.pk}")
    client.post(f"/merges/{merge.pk}/undo")
    bram.refresh_from_db()
    assert bram.merged_into is None
    assert client.post(f"/merges/{merge.pk}/undo").status_code == 409


def test_searches_for_another_record(anna: Customer, bram: Customer, signed_in: Visitor) -> None:
    client = signed_in("privacy")
    assert "Bram Jansen" in get(client, f"/customers/{anna.pk}/merge?q=jansen")
    assert "Nobody found" in get(client, f"/customers/{anna.pk}/merge?q=zzz")
    assert client.post(f"/customers/{anna.pk}/merge", {"gone": anna.pk}).status_code == 409
    assert client.post(f"/customers/{anna.pk}/merge", {"gone": "x"}).status_code == 404


@pytest.mark.parametrize("role", ["service", "marketer", "analyst"])
def test_is_for_nobody_else(anna: Customer, signed_in: Visitor, role: str) -> None:
    client = signed_in(role)
    for address in ("export", "erase", "merge"):
        assert client.get(f"/customers/{anna.pk}/{address}").status_code == 403
    assert section(get(client, f"/customers/{anna.pk}"), "Privacy") == ""
