"""The pages of campaigns: from a finished one to running and ended, and what they refuse."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns import world
from cast import employ
from mail.mailbox import Mailbox
from stamgast.campaigns.actions import start_from_preset
from stamgast.campaigns.models import Assignment, Campaign, CodeList
from stamgast.campaigns.presets import presets
from stamgast.customers.models import Customer
from stamgast.mail.models import Message
from stamgast.scoring.models import Score
from stamgast.staff.actions import change_shop
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

Drifting = list[Customer]


@pytest.fixture(autouse=True)
def at_this_moment(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Pages read the clock once; here it always reads the same."""
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)


def signed_in(role: str = "marketer", language: str = "en") -> Client:
    user = User.objects.filter(email=f"{role}.{language}@shop.example").first()
    user = user or employ(role, email=f"{role}.{language}@shop.example")
    user.language = language
    user.save()
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    """What a page says, without its markup."""
    plain = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    plain = re.sub(r"</?(b|span|i|a|small)\b[^>]*>", "", plain)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def begin(client: Client, preset: str = "save_offer") -> Campaign:
    answer = client.post(f"/campaigns/start/{preset}", follow=True)
    assert answer.status_code == 200
    return Campaign.objects.latest("pk")


def offer_form(**changes: Any) -> dict[str, Any]:
    usual = {
        "kind": "discount_code", "title_nl": "10% korting", "title_en": "10% off", "cost": "5",
        "valid_days": "30", "code_list": "", "new_codes": "",
    }  # fmt: skip
    return {**usual, **changes}


def test_a_finished_campaign_goes_from_the_list_to_the_customers_and_ends(
    drifting: Drifting, at: datetime, mailbox: Mailbox
) -> None:
    world.make_lost(10, at)
    client = signed_in()
    listed = text(client.get("/campaigns"))
    assert "Keep those who drift" in listed
    assert "40 customers now" in listed
    row = begin(client)
    assert "in three questions" in text(client.get(f"/campaigns/{row.pk}/goal"))
    goal = {"direction": "keep", "due_on": "2027-05-01", "budget": "500"}
    assert client.post(f"/campaigns/{row.pk}/new-goal", goal).status_code == 302
    assert Goal.objects.get().status == "open"
    who = text(client.get(f"/campaigns/{row.pk}/who"))
    assert "40 customers may get it, of 40 that fit." in who
    assert "has not bought for longer than usual" in who
    codes = "\n".join(f"HERFST-{n}" for n in range(60))
    answer = client.post(f"/campaigns/{row.pk}/give", offer_form(new_codes=codes), follow=True)
    assert "60 codes are left to hand out." in text(answer)
    assert "are too few to show what this campaign brings" in text(
        client.get(f"/campaigns/{row.pk}/control")
    )
    check = text(client.get(f"/campaigns/{row.pk}/check"))
    assert "About 32 customers get it; it costs at most €160" in check
    assert "Nothing stands in its way" in check
    client.post(f"/campaigns/{row.pk}/look-over")
    client.post(f"/campaigns/{row.pk}/approve")
    assert "Run it now" in text(client.get(f"/campaigns/{row.pk}/check"))
    client.post(f"/campaigns/{row.pk}/run")
    assert "the lot has not been drawn yet" in text(client.get(f"/campaigns/{row.pk}"))
    world.work(at)
    given = Assignment.objects.count()
    row.refresh_from_db()
    verdict = client.get(f"/verdicts/{row.experiment_id}").content.decode()
    assert f'<a href="/campaigns/{row.pk}">Show the campaign</a>' in verdict
    page = text(client.get(f"/campaigns/{row.pk}"))
    assert f"{given} customers get it, {40 - given} by lot do not." in page
    assert f"{given} sent" in page
    assert len(mailbox.received) == given
    assert "still open" in page
    assert f"€{given * 5} is set aside, €0 is spent." in page
    assert "Let it go on" in text(client.post(f"/campaigns/{row.pk}/pause", follow=True))
    client.post(f"/campaigns/{row.pk}/resume")
    assert "ended" in text(client.post(f"/campaigns/{row.pk}/end", follow=True))
    assert Campaign.objects.get().status == "ended"


def test_looking_at_where_a_step_is_kept_leads_to_the_campaign(drifting: Drifting) -> None:
    client = signed_in()
    row = begin(client)
    for kept in ("give", "size", "text/nl", "contacts/1/if/0/0", "condition/0/0"):
        answer = client.get(f"/campaigns/{row.pk}/{kept}", follow=True)
        assert answer.status_code == 200
        assert answer.request["PATH_INFO"] != f"/campaigns/{row.pk}/{kept}"


def test_campaigns_are_judged_together_by_a_name_in_the_language_of_the_shop(
    drifting: Drifting, at: datetime
) -> None:
    change_shop(language="nl", at=at)
    for language in ("en", "nl"):
        row = start_from_preset("save_offer", language=language, at=at)
        assert row.pool == "Behoud wie dreigt af te haken"


def test_conditions_are_added_changed_taken_out_and_put_back(drifting: Drifting) -> None:
    client = signed_in()
    row = begin(client)
    asked = text(client.get(f"/campaigns/{row.pk}/condition?is=lives_in&beside="))
    assert "Place" in asked
    client.post(f"/campaigns/{row.pk}/condition", {"is": "lives_in", "beside": "", "in": "Gent"})
    assert "lives in Gent" in text(client.get(f"/campaigns/{row.pk}/who"))
    assert "0 customers may get it" in text(client.get(f"/campaigns/{row.pk}/who"))
    client.post(
        f"/campaigns/{row.pk}/condition",
        {"is": "orders", "beside": "6", "at_least": "2", "is_opposite": ""},
    )
    page = text(client.get(f"/campaigns/{row.pk}/who"))
    assert "or bought at least 2 times" in page
    assert "40 customers may get it" in page
    client.post(f"/campaigns/{row.pk}/condition/6/1", {"at_least": "90", "is_opposite": "on"})
    assert "did not buy at least 90 times" in text(client.get(f"/campaigns/{row.pk}/who"))
    gone = client.post(f"/campaigns/{row.pk}/condition/6/1", {"remove": "1"}, follow=True)
    assert "The condition is gone." in text(gone)
    assert "did not buy at least 90 times" not in text(client.get(f"/campaigns/{row.pk}/who"))
    client.post(f"/campaigns/{row.pk}/audience-back")
    assert "did not buy at least 90 times" in text(client.get(f"/campaigns/{row.pk}/who"))


def test_a_condition_that_asks_nothing_is_added_at_once(drifting: Drifting) -> None:
    client = signed_in()
    row = begin(client)
    answer = client.get(f"/campaigns/{row.pk}/condition?is=gave_notice&beside=", follow=True)
    assert "gave notice" in text(answer)


def test_what_is_filled_in_wrongly_is_said_beside_the_field(drifting: Drifting) -> None:
    client = signed_in()
    row = begin(client)
    nothing = client.post(f"/campaigns/{row.pk}/condition", {"is": "orders", "beside": ""})
    assert nothing.status_code == 422
    assert "something is left open" in text(nothing)
    upside = {"is": "orders", "beside": "", "at_least": "9", "at_most": "1"}
    assert "the lower end lies above the upper end" in text(
        client.post(f"/campaigns/{row.pk}/condition", upside)
    )
    twice = client.post(f"/campaigns/{row.pk}/give", offer_form(new_codes="A-1\nA-1"))
    assert (twice.status_code, CodeList.objects.count()) == (422, 0)
    assert "this code is there twice" in text(twice)


def test_the_text_is_changed_in_place_and_read_as_a_customer_would(drifting: Drifting) -> None:
    client = signed_in()
    row = begin(client)
    kim = drifting[2]
    page = client.get(f"/campaigns/{row.pk}/offer?language=nl&customer={kim.pk}")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    shown = client.get(f"/campaigns/{row.pk}/preview?language=nl&customer={kim.pk}")
    assert "Kim3" in shown.content.decode()
    assert "VOORBEELD-1234" in shown.content.decode()
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    form = page.context["text_form"]
    changed = {name: value for name, value in form.initial.items() if value}
    changed["subject"] = "We missen u, {{ customer.first_name }}"
    changed["text_0"] = ""
    client.post(f"/campaigns/{row.pk}/text/nl", changed)
    plain = client.get(f"/campaigns/{row.pk}/preview?as=text&language=nl&customer={kim.pk}")
    assert plain.content.decode().startswith("We missen u, Kim3")
    assert "We zien u graag terug" not in plain.content.decode()


def test_a_text_with_an_unknown_name_says_where_and_stops_the_campaign(
    drifting: Drifting, goal: Goal, codes: CodeList
) -> None:
    client = signed_in()
    row = begin(client)
    client.post(f"/campaigns/{row.pk}/give", offer_form(code_list=codes.pk))
    form = client.get(f"/campaigns/{row.pk}/offer?language=nl").context["text_form"]
    changed = {**form.initial, "text_0": "Dag {{ customer.shoe_size }}"}
    client.post(f"/campaigns/{row.pk}/text/nl", changed)
    check = text(client.get(f"/campaigns/{row.pk}/check"))
    assert "This text names “customer.shoe_size”" in check
    assert "One thing has to be mended" in check
    refused = client.post(f"/campaigns/{row.pk}/approve")
    assert "a text cannot be filled in" in text(refused)


def test_a_test_goes_to_oneself_and_to_nobody_else(drifting: Drifting) -> None:
    client = signed_in()
    row = begin(client)
    client.post(f"/campaigns/{row.pk}/test")
    message = Message.objects.get()
    assert (message.to, message.kind) == ("marketer.en@shop.example", "staff")


def test_codes_come_from_a_file_too(db: None) -> None:
    client = signed_in()
    file = SimpleUploadedFile("codes.csv", b"\xef\xbb\xbfcode;value\r\nab-1;5\r\nab-2;5\r\n")
    client.post("/campaigns/codes", {"name": "Winter", "codes": "", "codes_file": file})
    assert [code.text for code in CodeList.objects.get().codes.order_by("pk")] == ["AB-1", "AB-2"]
    assert "2 codes are left to hand out." in text(client.get("/campaigns/codes"))


def test_where_the_shop_wants_a_second_person_the_writer_cannot_approve(
    drifting: Drifting, goal: Goal, codes: CodeList, at: datetime
) -> None:
    change_shop(at=at, needs_second_person=True)
    client = signed_in()
    row = begin(client)
    client.post(f"/campaigns/{row.pk}/give", offer_form(code_list=codes.pk))
    client.post(f"/campaigns/{row.pk}/look-over")
    assert "A colleague approves it" in text(client.get(f"/campaigns/{row.pk}/check"))
    client.post(f"/campaigns/{row.pk}/approve")
    assert Campaign.objects.get().status == "checked"
    signed_in("admin").post(f"/campaigns/{row.pk}/approve")
    assert Campaign.objects.get().status == "approved"


def test_an_approval_can_be_taken_back_and_a_draft_thrown_away(
    offer: Campaign, marketer: User
) -> None:
    client = signed_in()
    client.post(f"/campaigns/{offer.pk}/approve")
    client.post(f"/campaigns/{offer.pk}/withdraw")
    assert Campaign.objects.get().status == "checked"
    client.post(f"/campaigns/{offer.pk}/remove")
    assert not Campaign.objects.exists()


def test_who_may_not_write_sees_but_changes_nothing(offer: Campaign) -> None:
    client = signed_in("service")
    for step in ("goal", "who", "offer", "control", "check"):
        assert client.get(f"/campaigns/{offer.pk}/{step}").status_code == 200
    for address in ("start/save_offer", f"{offer.pk}/run", f"{offer.pk}/give", f"{offer.pk}/end"):
        assert client.post(f"/campaigns/{address}").status_code == 403


def test_renaming_leads_back_to_a_page_of_ours_and_nowhere_else(offer: Campaign) -> None:
    client = signed_in()
    page = f"/campaigns/{offer.pk}/who"
    for asked, expected in ((page, page), ("https://evil.example/", "/campaigns")):
        answer = client.post(f"/campaigns/{offer.pk}/name", {"name": "Spring", "next": asked})
        assert (answer.status_code, answer["Location"]) == (302, expected)


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_speaks_both_languages(running: Campaign, language: str, at: datetime) -> None:
    client = signed_in("admin", language)
    draft = begin(client, "win_back")
    world.work(at)
    for address in (
        "", "/measures", "/calendar", "/codes", f"/{running.pk}", f"/{draft.pk}/goal", f"/{draft.pk}/who",
        f"/{draft.pk}/offer", f"/{draft.pk}/control", f"/{draft.pk}/check",
    ):  # fmt: skip
        answer = client.get(f"/campaigns{address}", follow=True)
        assert answer.status_code == 200, address
        assert "%(" not in text(answer), address
    assert ("Campagnes" in text(client.get("/campaigns"))) == (language == "nl")


def test_whom_every_measure_fits_is_counted_once_per_scoring(drifting: Drifting) -> None:
    client = signed_in("marketer")
    with CaptureQueriesContext(connection) as first:
        page = text(client.get("/campaigns/measures"))
    assert "nobody fits now" in page
    with CaptureQueriesContext(connection) as again:
        assert text(client.get("/campaigns/measures")) == page
    assert len(again) <= len(first) - len(presets())
    assert len(again) < len(presets())


def test_a_customer_page_says_what_they_got_and_why_or_that_the_lot_gave_nothing(
    running: Campaign, at: datetime
) -> None:
    world.work(at)
    client = signed_in("service")
    given = Assignment.objects.select_related("code").earliest("pk")
    page = text(client.get(f"/customers/{given.customer_id}"))
    assert f"Got “{running.name}”" in page
    assert given.code is not None
    assert given.code.text in page
    assert "has not bought for longer than usual" in page
    assert f"Next step: {running.name} running campaign" in page
    left_out = Customer.objects.filter(lots__arm__is_control=True).earliest("pk")
    page = text(client.get(f"/customers/{left_out.pk}"))
    assert f"By lot did not get “{running.name}”. Do they ask for it? Give it." in page
    assert "Next step: let be for now" in page
    assert "rule of thumb" not in page


def test_whoever_gives_it_by_hand_says_why(running: Campaign, at: datetime) -> None:
    world.work(at)
    client = signed_in("service")
    left_out = Customer.objects.filter(lots__arm__is_control=True).earliest("pk")
    lot = left_out.lots.get()
    address = f"/customers/{left_out.pk}/campaigns/{lot.pk}/by-hand"
    assert "Write down why" in text(client.post(address, {"reason": " "}, follow=True))
    page = text(client.post(address, {"reason": "Asked on the phone"}, follow=True))
    assert "Was given by hand." in page
    lot.refresh_from_db()
    assert lot.arm.is_control
    assert lot.treatments.get().is_by_hand


def test_an_open_complaint_goes_before_any_campaign(running: Campaign, at: datetime) -> None:
    world.work(at)
    given = Assignment.objects.earliest("pk")
    Score.objects.filter(customer=given.customer_id).update(
        step="service_call", reason="open_complaint"
    )
    page = text(signed_in().get(f"/customers/{given.customer_id}"))
    assert "running campaign" not in page
    assert "rule of thumb, not proven" in page
