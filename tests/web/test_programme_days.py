"""Days on the programme's forms are the shop's own days, and saving a form does not move them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from loyalty.codes_cast import a_set
from stamgast.loyalty.actions import set_programme
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
def test_saving_a_rule_or_reward_leaves_its_last_day_as_it_was(
    signed_in: Any, at: datetime, zone: str
) -> None:
    set_programme(at=at, by="test", zone=zone)
    client = signed_in("marketer")
    rule = {
        "name": "December", "kind": "per_amount", "points": "2", "per_minor": "1.00",
        "factor": "2", "ends_on": "2026-12-31",
    }  # fmt: skip
    reward = {
        "name": "Mug", "kind": "gift", "points": "50", "vat_kind": "discount",
        "ends_on": "2026-12-31",
    }  # fmt: skip
    client.post("/programme/saving/new", rule)
    client.post("/programme/rewards/new", reward)
    for place in (
        f"/programme/saving/{EarningRule.objects.get().pk}",
        f"/programme/rewards/{Reward.objects.get().pk}",
    ):
        assert fields_of(client, place)["ends_on"] == "2026-12-31", place
