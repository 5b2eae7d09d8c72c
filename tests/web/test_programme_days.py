"""Days on the programme's forms are the shop's own days, and saving a form does not move them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from loyalty.codes_cast import a_set
from stamgast.loyalty.actions import add_rule, set_programme
from stamgast.loyalty.models import CodeSet, EarningRule, Reward

pytestmark = pytest.mark.django_db


def fields_of(client: Client, address: str) -> dict[str, str]:
    """Return what the fields of a page's form hold that have a value of their own."""
    html = client.get(address).content.decode()
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and 'type="checkbox"' not in tag:
            found[name[1]] = value[1]
    return found


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/Curacao", "Asia/Tokyo"])
def test_saving_a_set_of_codes_leaves_its_days_as_they_were(
    signed_in: Any, at: datetime, zone: str
) -> None:
    set_programme(at=at, by="test", zone=zone)
    row = a_set(at, kind="percent", percent=10)
    client = signed_in("marketer")
    filled = {
        "name": "December", "kind": "percent", "percent": "10", "vat_kind": "discount",
        "starts_on": "2026-12-01", "ends_on": "2026-12-31",
    }  # fmt: skip
    place = f"/programme/codes/{row.pk}/change"
    assert client.post(place, filled).status_code == 302
    first = CodeSet.objects.values("starts_at", "ends_at").get()
    shown = fields_of(client, place)
    assert (shown["starts_on"], shown["ends_on"]) == ("2026-12-01", "2026-12-31")
    client.post(place, {**filled, "starts_on": shown["starts_on"], "ends_on": shown["ends_on"]})
    assert CodeSet.objects.values("starts_at", "ends_at").get() == first


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/Curacao", "Asia/Tokyo"])
def test_saving_a_rule_or_reward_leaves_its_days_as_they_were(
    signed_in: Any, at: datetime, zone: str
) -> None:
    set_programme(at=at, by="test", zone=zone)
    client = signed_in("marketer")
    rule = {
        "name": "December", "kind": "per_amount", "points": "2", "per_minor": "1.00",
        "factor": "2", "starts_on": "2026-12-01", "ends_on": "2026-12-31",
    }  # fmt: skip
    reward = {
        "name": "Mug", "kind": "gift", "points": "50", "vat_kind": "discount",
        "code_days": "90", "starts_on": "2026-12-01", "ends_on": "2026-12-31",
    }  # fmt: skip
    client.post("/programme/saving/new", rule)
    client.post("/programme/rewards/new", reward)
    for place in (
        f"/programme/saving/{EarningRule.objects.get().pk}",
        f"/programme/rewards/{Reward.objects.get().pk}",
    ):
        shown = fields_of(client, place)
        assert (shown["starts_on"], shown["ends_on"]) == ("2026-12-01", "2026-12-31"), place
    begins = EarningRule.objects.get().starts_at
    assert begins.astimezone(ZoneInfo(zone)) == datetime(2026, 12, 1, tzinfo=ZoneInfo(zone))


def test_a_rule_keeps_the_moment_at_which_it_began_when_its_day_is_not_changed(
    signed_in: Any, at: datetime
) -> None:
    row = add_rule(at=at, by="test", name="A", kind="per_amount", points=1)
    client = signed_in("marketer")
    place = f"/programme/saving/{row.pk}"
    filled = {
        "name": "B", "kind": "per_amount", "points": "2", "per_minor": "1.00", "factor": "2",
        "starts_on": fields_of(client, place)["starts_on"],
    }  # fmt: skip
    assert client.post(place, filled).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.starts_at) == ("B", at)
    wrong = client.post(place, {**filled, "ends_on": "2026-11-01"})
    assert "The last day lies before the first." in wrong.content.decode()
    client.post(place, {**filled, "starts_on": "2026-12-01"})
    assert "from 1 December 2026 on" in " ".join(
        client.get("/programme/saving").content.decode().split()
    )
