"""What other tools tell over the API of contacts that they were handed, and of their own mailings."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from api.conftest import MakeProgram
from campaigns.conftest import codes, drifting, goal, mailbox, marketer, offer, shop
from campaigns.test_lists import listing
from stamgast.campaigns.actions import hand_list_over
from stamgast.campaigns.models import Campaign, Contact
from stamgast.customers.models import Consent, Interaction
from stamgast.mail.models import Suppression

__all__ = ["codes", "drifting", "goal", "listing", "mailbox", "marketer", "offer", "shop"]


@pytest.fixture
def handed(listing: Campaign, at: datetime) -> list[Contact]:
    hand_list_over(listing, at=at, by="test")
    return list(Contact.objects.select_related("customer").order_by("pk"))


def test_an_outcome_is_taken_once_and_only_with_the_right_key(
    handed: list[Contact], program: MakeProgram, at: datetime
) -> None:
    one, path = handed[0], f"/contacts/{handed[0].pk}/outcome"
    for forged in (program("mail:write"), program("campaigns:read")):
        assert forged.post(path, {"outcome": "unsubscribed"}).status == 403
    assert not Consent.objects.filter(is_granted=False).exists()
    tool = program("contacts:write")
    said = {"outcome": "bounced", "at": (at - timedelta(minutes=1)).isoformat()}
    told = {"contact": one.pk, "state": "failed", "reason": "bounced"}
    assert tool.post(path, said).body == {**told, "is_new": True}
    assert tool.post(path, said).body == {**told, "is_new": False}
    assert tool.post(path, {"outcome": "sent"}).body == {**told, "is_new": False}
    assert Suppression.objects.get().address == one.customer.email
    assert Interaction.objects.count() == 1
    assert tool.post(path, {"outcome": "opened"}).status == 422
    later = {"outcome": "sent", "at": "2099-01-01T00:00:00Z"}
    assert tool.post(path, later).code == "in_the_future"
    assert tool.post("/contacts/999999/outcome", said).code == "no_such_contact"


def test_many_outcomes_and_mailings_are_answered_one_by_one(
    handed: list[Contact], program: MakeProgram, at: datetime
) -> None:
    tool = program("contacts:write")
    items = [
        {"key": "a", "contact": handed[0].pk, "outcome": "sent"},
        {"key": "b", "email": handed[1].customer.email, "outcome": "unsubscribed"},
        {"key": "c", "email": "nobody@example.nl", "outcome": "sent"},
        {"key": "d", "outcome": "sent"},
        {"key": "e", "contact": "x", "outcome": "sent"},
    ]
    answer = tool.post("/bulk/outcomes", {"items": items}).body
    assert [one["outcome"] for one in answer["items"]] == ["made", "made", *["refused"] * 3]
    again = tool.post("/bulk/outcomes", {"items": items}).body
    assert (again["made"], again["unchanged"], again["refused"]) == (0, 2, 3)
    assert Consent.objects.get(is_granted=False).customer == handed[1].customer
    mailing = {
        "customer": handed[2].customer.key,
        "mailing": "Spring letter",
        "at": (at - timedelta(days=2)).isoformat(),
    }
    sent = {"items": [mailing, mailing, {**mailing, "customer": "K-0"}]}
    answer = tool.post("/bulk/mailings", sent).body
    assert [one["outcome"] for one in answer["items"]] == ["made", "unchanged", "refused"]
    assert Interaction.objects.get(text="Spring letter").is_ours
