"""The call list on screen: taking a call up, saying what came of it, and what a page refuses."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from campaigns.test_calls import calling, first
from campaigns.test_pages import at_this_moment, signed_in, text
from stamgast.campaigns.models import Campaign, Contact
from stamgast.customers.actions import record_consent
from stamgast.customers.models import Interaction

__all__ = ["at_this_moment", "calling"]


@pytest.fixture
def service(calling: Campaign) -> Client:
    return signed_in("service")


def test_a_call_from_the_list_to_what_came_of_it(service: Client, at: datetime) -> None:
    waiting = Contact.objects.filter(status="waiting").count()
    page = text(service.get("/calls"))
    assert f"{waiting} customers wait for a call." in page
    assert "+3161234" not in page  # the number shows to who takes the call up
    call = first(at)
    page = text(service.post(f"/calls/{call.pk}/claim", follow=True))
    assert call.customer.phone in page
    assert f"Goedemiddag, spreek ik met {call.customer.full_name}?" in page
    assert "AUTUMN-" in page
    assert f"You are calling {call.customer.full_name}." in text(service.get("/calls"))
    answer = service.post(
        f"/calls/{call.pk}/end", {"result": "accepted", "note": "<b>blij</b>"}, follow=True
    )
    assert f"Written down of {call.customer.full_name}: accepted the offer." in text(answer)
    assert Interaction.objects.get().text.endswith("<b>blij</b>")
    assert b"<b>blij" not in service.get(f"/customers/{call.customer_id}").content


def test_a_colleague_sees_no_call_that_is_in_hand(service: Client, at: datetime) -> None:
    call = first(at)
    service.post(f"/calls/{call.pk}/claim")
    other = signed_in("marketer")
    answer = other.get(f"/calls/{call.pk}")
    assert (answer.status_code, answer["location"]) == (302, "/calls")
    page = text(other.post(f"/calls/{call.pk}/claim", follow=True))
    assert "A colleague has this one, or it is done already." in page
    assert other.post(f"/calls/{call.pk}/end", {"result": "spoke"}).status_code == 422
    Contact.objects.filter(pk=call.pk).update(taken_at=at - timedelta(hours=1))
    assert "Ask first whether they were called." in text(other.get("/calls"))
    page = text(other.post(f"/calls/{call.pk}/take-over", follow=True))
    assert call.customer.phone in page


def test_who_withdrew_since_is_off_the_list_and_cannot_be_called(
    service: Client, at: datetime
) -> None:
    call = first(at)
    record_consent(
        call.customer, channel="phone", purpose="offers", is_granted=False, source="me", at=at
    )
    assert call.customer.full_name not in text(service.get("/calls"))
    page = text(service.post(f"/calls/{call.pk}/claim", follow=True))
    assert "We may not reach them so: they do not want it any more." in page


def test_a_time_to_call_back_is_needed_and_a_call_can_be_put_back(
    service: Client, at: datetime
) -> None:
    call = first(at)
    service.post(f"/calls/{call.pk}/claim")
    answer = service.post(f"/calls/{call.pk}/end", {"result": "call_back"})
    assert answer.status_code == 422
    assert "The time to call again is missing or not possible." in text(answer)
    assert service.post(f"/calls/{call.pk}/end", {"result": "sold"}).status_code == 422
    assert "Put back on the list." in text(service.post(f"/calls/{call.pk}/put-back", follow=True))


def test_it_is_there_in_dutch_and_not_for_an_analyst(calling: Campaign, at: datetime) -> None:
    dutch = signed_in("service", "nl")
    assert "Bellijst" in text(dutch.get("/calls"))
    page = text(dutch.post(f"/calls/{first(at).pk}/claim", follow=True))
    assert "Wil niet gebeld worden" in page
    assert signed_in("analyst").get("/calls").status_code == 403


def test_a_contact_is_made_a_call_and_its_script_is_changed_in_place(
    offer: Campaign, at: datetime
) -> None:
    client = signed_in()
    step = {"wait_days": "0", "channel": "call", "cost": "2.50"}
    page = text(client.post(f"/campaigns/{offer.pk}/contacts/1", step, follow=True))
    assert "Day 0, at once: telephone" in page
    script = {"text": "Dag {{ customer.first_name }}, u krijgt {{ offer.code }}.", "contact": "1"}
    client.post(f"/campaigns/{offer.pk}/text/nl", script)
    ready = client.get(f"/campaigns/{offer.pk}/preview?language=nl").content.decode()
    assert "Dag Kim" in ready
    assert "u krijgt VOORBEELD-1234" in ready
    wrong = client.post(f"/campaigns/{offer.pk}/text/nl", {"text": "Dag {{ x", "contact": "1"})
    assert wrong.status_code == 422
    back = {"wait_days": "0", "channel": "email", "cost": "0"}
    page = text(client.post(f"/campaigns/{offer.pk}/contacts/1", back, follow=True))
    assert "Day 0, at once: mail" in page


def test_an_empty_list_says_what_comes_there(db: None) -> None:
    page = text(signed_in("service").get("/calls"))
    assert "Nobody waits for a call now." in page
    assert "said yes to being called" in page
