"""The series on screen: offers and contacts come and go, change places, branch, and can be undone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from campaigns.test_pages import signed_in, text
from stamgast.campaigns.actions.drafting import plans_of
from stamgast.campaigns.models import Campaign
from stamgast.customers.models import Customer
from stamgast.loyalty.rewards.actions import make_reward
from stamgast.staff.models import User

Drifting = list[Customer]


@pytest.fixture(autouse=True)
def at_this_moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Pages read the clock once; here it always reads the same."""
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)


@pytest.fixture
def client(offer: Campaign) -> Client:
    return signed_in()


def act(client: Client, row: Campaign, address: str, **facts: Any) -> str:
    """Do something with the series, and return what the page says then."""
    answer = client.post(f"/campaigns/{row.pk}/{address}", facts, follow=True)
    assert answer.status_code == 200, address
    return text(answer)


def contact(**changes: Any) -> dict[str, Any]:
    return {"wait_days": "5", "channel": "email", "cost": "0.10", **changes}


def waits(row: Campaign) -> list[int]:
    return [step.wait_days for step in plans_of(row)[1]]


def test_a_series_is_built_and_reads_as_a_timeline(client: Client, offer: Campaign) -> None:
    assert "Day 0, at once: mail: “" in text(client.get(f"/campaigns/{offer.pk}/offer"))
    said = act(client, offer, "contacts")
    assert "in 2 contacts over 5 days." in said
    said = act(client, offer, "contacts/2", **contact(wait_days="4"))
    assert "4 days later: mail: “" in said
    asked = text(client.get(f"/campaigns/{offer.pk}/contacts/2/if?is=ordered"))
    assert "Bought in the last days" in asked
    said = act(
        client, offer, "contacts/2/if", **{"is": "ordered", "days": "4", "is_opposite": "on"}
    )
    assert "only if this customer did not buy in the last 4 days" in said
    _, (_, second) = plans_of(offer)
    assert second.only_if["who"] == {"all": [{"not": {"is": "ordered", "days": 4}}]}
    assert second.cost_minor == 10
    assert "only if" not in act(client, offer, "contacts/2/if/0/0")


def test_every_change_can_be_undone(client: Client, offer: Campaign) -> None:
    act(client, offer, "contacts")
    act(client, offer, "contacts")
    act(client, offer, "contacts/3", **contact(wait_days="9"))
    before = plans_of(offer)
    assert "The contact is taken out." in act(client, offer, "contacts/2", remove="1")
    assert waits(offer) == [0, 9]
    assert "It is as it was." in act(client, offer, "series-back")
    assert plans_of(offer) == before
    act(client, offer, "series-back")  # there is nothing more to undo
    assert plans_of(offer) == before


def test_contacts_change_places_and_the_waiting_stays(client: Client, offer: Campaign) -> None:
    act(client, offer, "contacts")
    language = {"subject": "Tweede", "text_0": "Dag", "contact": "2"}
    act(client, offer, "text/nl", **language)
    subjects = [step.content["nl"]["subject"] for step in plans_of(offer)[1]]
    assert subjects[1] == "Tweede"
    act(client, offer, "contacts/2", move="up")
    assert [step.content["nl"]["subject"] for step in plans_of(offer)[1]] == subjects[::-1]
    assert waits(offer) == [0, 5]
    assert client.post(f"/campaigns/{offer.pk}/contacts/1", {"move": "up"}).status_code == 404
    assert client.post(f"/campaigns/{offer.pk}/contacts/7", {"move": "up"}).status_code == 404


def test_offers_are_added_weighed_and_taken_out_with_their_contacts(
    client: Client, offer: Campaign
) -> None:
    said = act(client, offer, "offers")
    assert "By lot they get one of 2 offers" in said
    facts = {
        "arm": "offer-2", "kind": "gift", "title_nl": "Een mok", "title_en": "A mug", "cost": "2.50",
        "valid_days": "20", "share": "3",
    }  # fmt: skip
    said = act(client, offer, "give", **facts)
    assert "A mug a gift, for 75% of those who get something, costs at most €2.50" in said
    act(client, offer, "contacts")
    said = act(client, offer, "contacts/2", **contact(offer="offer-2"))
    assert "who gets A mug" in said
    shown = client.get(f"/campaigns/{offer.pk}/preview?contact=2")
    assert shown.status_code == 200
    act(client, offer, "offers/offer-2")
    offers, steps = plans_of(offer)
    assert ([one.code for one in offers], len(steps)) == (["code"], 1)
    assert client.post(f"/campaigns/{offer.pk}/offers/nothing").status_code == 404
    last = client.post(f"/campaigns/{offer.pk}/offers/code")
    assert last.status_code == 409
    assert plans_of(offer)[0] == offers


def test_an_offer_may_be_points_or_a_reward_of_the_programme(
    client: Client, offer: Campaign, at: datetime
) -> None:
    mug = make_reward(name="Mug", kind="gift", points=150, cost_minor=350, currency="EUR", at=at)
    usual = {"title_nl": "Een mok", "title_en": "A mug", "cost": "3.50", "valid_days": "20"}
    act(client, offer, "give", kind="reward", reward=mug.pk, **usual)
    ((plan,), _) = plans_of(offer)
    assert (plan.kind, plan.reward, plan.facts) == ("reward", mug.pk, {})
    act(client, offer, "give", kind="points", points="250", **usual)
    ((plan,), _) = plans_of(offer)
    assert (plan.kind, plan.reward, plan.facts) == ("points", None, {"points": 250})
    assert client.post(f"/campaigns/{offer.pk}/give", {"kind": "car", **usual}).status_code == 422


def test_what_is_filled_in_wrongly_stands_beside_its_field(client: Client, offer: Campaign) -> None:
    answer = client.post(f"/campaigns/{offer.pk}/contacts/1", contact(wait_days="900"))
    assert answer.status_code == 422
    assert "365" in text(answer)
    assert waits(offer) == [0]
    answer = client.post(f"/campaigns/{offer.pk}/contacts/1/if", {"is": "ordered", "days": "0"})
    assert answer.status_code == 422


def test_who_may_not_write_reads_the_series_and_changes_nothing(offer: Campaign) -> None:
    reader = signed_in("service")
    page = text(reader.get(f"/campaigns/{offer.pk}/offer"))
    assert "Day 0, at once" in page
    assert "Add a contact" not in page
    for address in ("contacts", "offers", "contacts/1", "contacts/1/if", "series-back"):
        assert reader.post(f"/campaigns/{offer.pk}/{address}").status_code == 403


def test_a_campaign_that_runs_shows_its_series_and_does_not_change(
    running: Campaign, marketer: User
) -> None:
    client = signed_in()
    assert client.post(f"/campaigns/{running.pk}/contacts").status_code == 409
    page = text(client.get(f"/campaigns/{running.pk}"))
    assert "Day 0, at once: mail: “" in page
