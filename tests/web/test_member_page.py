"""A member's own page: opened by a code or a link, and what they can do there."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from cast import buy
from loyalty.codes_cast import a_set
from loyalty.till import basket, give
from stamgast.customers.actions import edit_customer
from stamgast.customers.models import Customer, Task
from stamgast.loyalty.actions import add_rule, join_programme, record_purchase, start_programme
from stamgast.loyalty.actions.orders import follow_order
from stamgast.loyalty.actions.programme import set_programme
from stamgast.loyalty.balances import balance_of
from stamgast.loyalty.membership.links import token_for
from stamgast.loyalty.membership.queries import consents_of, member_of
from stamgast.loyalty.models import Claim, Entry, Member, MissingPurchase, Referral
from stamgast.loyalty.referrals.actions import bring_friend, code_of
from stamgast.loyalty.referrals.actions import set_rule as set_referral_rule
from stamgast.loyalty.rewards.actions import make_reward
from stamgast.loyalty.tiers.actions import judge_members, set_rule, set_tier
from stamgast.mail.models import Brand, Message
from stamgast.sales.actions import cancel_order
from stamgast.staff.actions import change_shop
from stamgast.web.member.history import words_of
from stamgast.web.member.look import contrast, look, qr

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def linde(db: None, at: datetime) -> None:
    """A Dutch shop with a programme of a point per euro."""
    from django.core.cache import cache

    cache.clear()
    change_shop(at=at, by="test", name="Linde", language="nl")
    start_programme(at=at, by="test", since=at - 400 * DAY)
    set_programme(at=at, by="test", pending_days=14, validity_months=24, point_value="1")
    add_rule(at=at, by="test", name="A", kind="per_amount", points=1, starts_at=at - 400 * DAY)


@pytest.fixture
def member(anna: Customer, at: datetime) -> Member:
    """Anna takes part; her pages are in English here, so that tests can be read."""
    edit_customer(anna, language="en", at=at, by="api")
    return join_programme(anna, at=at)[0]


@pytest.fixture
def browser_of(at: datetime) -> Any:
    """Open a browser that followed a link from the mail."""

    def opened(customer: Customer) -> Client:
        client = Client()
        assert client.get(f"/member/open/{token_for(customer, at=at)}").status_code == 302
        return client

    return opened


def words(response: Any) -> str:
    text = re.sub(r"<(script|style).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ").split())


def test_a_code_by_mail_opens_the_page_and_signing_out_closes_it(member: Member) -> None:
    client = Client()
    assert client.get("/member").url == "/member/sign-in"  # type: ignore[attr-defined]
    asked = client.post("/member/sign-in", {"email": "anna@example.nl"})
    assert "six figures" in words(asked) or "zes cijfers" in words(asked)
    message = Message.objects.get(kind="sign_in")
    entered = client.post(
        "/member/code", {"email": "anna@example.nl", "code": message.facts["code"]}
    )
    assert entered.status_code == 302
    cookie = client.cookies["stamgast_member"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    page = client.get("/member")
    assert page["Cache-Control"] == "private, no-store"
    assert "You have 0 points" in words(page)
    client.post("/member/sign-out")
    assert client.get("/member").status_code == 302


def test_the_answer_is_the_same_for_an_address_that_nobody_has(member: Member) -> None:
    known, unknown = (
        words(Client().post("/member/sign-in", {"email": email})).replace(email, "E")
        for email in ("anna@example.nl", "nobody@example.nl")
    )
    assert known == unknown


def test_a_wrong_code_is_refused_and_too_many_tries_wait(member: Member) -> None:
    client = Client()
    for _ in range(20):
        wrong = client.post("/member/code", {"email": "anna@example.nl", "code": "000000"})
        assert wrong.status_code == 422
    assert (
        client.post("/member/code", {"email": "anna@example.nl", "code": "000000"}).status_code
        == 429
    )


def test_behind_a_proxy_who_tries_too_often_stops_nobody_else(
    member: Member, settings: Any
) -> None:
    settings.IS_HTTPS = True
    guess = {"email": "anna@example.nl", "code": "000000"}

    def tried(told: str) -> int:
        return Client().post("/member/code", guess, HTTP_X_FORWARDED_FOR=told).status_code

    assert {tried(f"10.0.0.{n}, 203.0.113.7") for n in range(20)} == {422}
    assert tried("10.0.0.99, 203.0.113.7") == 429
    assert tried("203.0.113.8") == 422


def test_without_a_proxy_nobody_is_believed_who_says_where_they_come_from(member: Member) -> None:
    guess = {"email": "anna@example.nl", "code": "000000"}
    answers = [
        Client().post("/member/code", guess, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}").status_code
        for n in range(21)
    ]
    assert answers[-1] == 429


def test_a_link_holds_for_thirty_days_and_is_nobody_elses(
    member: Member, bram: Customer, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_for(member.customer, at=at)
    assert Client().get(f"/member/open/{token[:-2]}xx").status_code == 410
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at + 30 * DAY)
    assert Client().get(f"/member/open/{token}").status_code == 410


def test_the_page_tells_balance_pending_ends_tier_and_history(
    member: Member, browser_of: Any, at: datetime
) -> None:
    set_rule(measure="points", at=at)
    free = {"kind": "free_shipping", "text": "Free delivery", "value_minor": 2000}
    set_tier(name="Silver", threshold=100, benefits=[free], at=at)
    set_tier(name="Gold", threshold=500, at=at)
    record_purchase(basket("R-1", 150.0), member, at=at - 20 * DAY)
    record_purchase(basket("R-2", 50.0), member, at=at - 2 * DAY)
    judge_members(at=at)
    told = words(browser_of(member.customer).get("/member"))
    assert "You have 150 points, worth €1.50." in told
    assert "50 points follow on 2 December" in told
    assert "150 points can be used until 1 November 2028" in told or "can be used until" in told
    assert "Your level: Silver" in told
    assert "Another 300 points and you reach Gold." in told
    assert "Free delivery" in told
    assert "Purchase R-2" in told
    assert "valid until" in told  # the end is shown when it is earned
    assert member.code in told


def test_a_reward_is_taken_once_however_often_it_is_pressed(
    member: Member, browser_of: Any, at: datetime
) -> None:
    mug = make_reward(
        name="Mug", kind="gift", points=100, requires_purchase=False, currency="EUR", at=at
    )
    dinner = make_reward(name="Dinner", kind="experience", points=999, currency="EUR", at=at)
    give(member, 250, at=at)
    client = browser_of(member.customer)
    page = client.get("/member")
    once = re.search(r'name="once" value="(\d+)"', page.content.decode())
    assert once
    for _ in range(3):
        client.post(f"/member/rewards/{mug.pk}", {"once": once[1]})
    assert Claim.objects.count() == 1
    assert balance_of(member, as_of=at).available == 150
    told = words(client.get("/member"))
    assert "we see to it" in told
    assert "749 points to go" in words(page) or "points to go" in told
    client.post(f"/member/rewards/{dinner.pk}", {"once": "9"})
    assert "150 points" in words(client.get("/member"))


def test_one_joins_with_a_consent_apart_for_profiling(
    anna: Customer, browser_of: Any, at: datetime
) -> None:
    set_programme(at=at, by="test", terms="Be kind.", terms_version="2026-1")
    client = browser_of(anna)
    assert "Spaar punten bij elke aankoop." in words(client.get("/member"))
    client.post("/member/join", {})
    assert member_of(anna) is None
    client.post("/member/join", {"agrees": "yes", "profiling": "yes"})
    member = member_of(anna)
    assert member is not None
    said = consents_of(member)
    assert {kind: row.is_granted for kind, row in said.items()} == {
        "membership": True,
        "profiling": True,
    }
    assert {(row.source, row.terms_version) for row in said.values()} == {("member page", "2026-1")}


def test_who_joins_without_the_tick_is_scored_no_more_and_reads_so(
    anna: Customer, browser_of: Any, at: datetime
) -> None:
    edit_customer(anna, language="en", at=at, by="api")
    client = browser_of(anna)
    client.post("/member/join", {"agrees": "yes"})
    anna.refresh_from_db()
    assert anna.objects_to_profiling
    said = consents_of(member_of(anna))["profiling"]  # type: ignore[arg-type]
    assert (said.is_granted, said.at) == (False, at)
    assert "We do not use your purchases" in words(client.get("/member"))
    client.post("/member/profiling", {"may": "yes"})
    anna.refresh_from_db()
    assert not anna.objects_to_profiling
    assert "We use your purchases" in words(client.get("/member"))
    assert "You said we may on 20 November 2026." in words(client.get("/member"))
    client.post("/member/profiling", {"may": "no"})
    anna.refresh_from_db()
    assert anna.objects_to_profiling
    assert "We do not use your purchases" in words(client.get("/member"))


def test_who_was_never_asked_reads_that_purchases_are_used_and_may_say_no(
    member: Member, browser_of: Any
) -> None:
    client = browser_of(member.customer)
    told = words(client.get("/member"))
    assert "We use your purchases" in told
    assert "You may always say no." in told
    client.post("/member/profiling", {"may": "no"})
    assert "We do not use your purchases" in words(client.get("/member"))


def test_who_never_said_yes_reads_so_and_can_say_it(
    member: Member, browser_of: Any, at: datetime
) -> None:
    set_programme(at=at, by="test", terms="Be kind.", terms_version="2026-1")
    client = browser_of(member.customer)
    told = words(client.get("/member"))
    assert "you have not said here that you want to" in told
    assert "Be kind." in told
    client.post("/member/agree")
    told = words(client.get("/member"))
    assert "You take part; you said so on 20 November 2026. You accepted the terms 2026-1." in told
    assert set(consents_of(member)) == {"membership"}  # of profiling nobody asked here


def test_who_takes_no_part_may_refuse_profiling_too(anna: Customer, browser_of: Any) -> None:
    client = browser_of(anna)
    client.post("/member/profiling", {"may": "no"})
    anna.refresh_from_db()
    assert anna.objects_to_profiling
    assert member_of(anna) is None


def test_who_is_not_invited_finds_no_way_to_join(
    anna: Customer, browser_of: Any, at: datetime
) -> None:
    edit_customer(anna, language="en", at=at, by="api")
    set_programme(at=at, by="test", joining="invited")
    client = browser_of(anna)
    page = client.get("/member")
    assert "You take part once you are invited." in words(page)
    assert "/member/join" not in page.content.decode()
    client.post("/member/join", {"agrees": "yes"})
    assert member_of(anna) is None
    assert "Only who is invited takes part in this programme." in words(client.get("/member"))


def test_a_missing_purchase_becomes_a_task(member: Member, browser_of: Any, at: datetime) -> None:
    client = browser_of(member.customer)
    asked = {"number": "R-7", "bought_on": "2026-11-01", "amount": "12,50"}
    client.post("/member/missing", asked)
    assert MissingPurchase.objects.get().amount_minor == 1250
    assert Task.objects.get().title == "R-7"
    client.post("/member/missing", asked)
    assert "you asked about it before" in words(client.get("/member"))
    for wrong in (
        {"amount": "12,505"},
        {"amount": "x"},
        {"amount": "1e999999"},
        {"amount": "1e99999"},
        {"bought_on": "yesterday"},
    ):
        client.post("/member/missing", {**asked, "number": "R-8", **wrong})
    assert MissingPurchase.objects.count() == 1


def test_codes_and_friends_stand_on_the_page_without_names(
    member: Member, daan: Customer, browser_of: Any, at: datetime
) -> None:
    set_referral_rule(is_on=True, points_member=500, code_set=a_set(at), at=at)
    link = code_of(member, at=at).text
    bring_friend(link, daan, at=at)
    told = browser_of(member.customer).get("/member")
    assert f"/i/{link}" in told.content.decode()
    assert "has not ordered yet" in words(told)
    assert "Daan" not in told.content.decode()
    assert "ten" not in words(Client().get(f"/i/{link}")).lower().split()
    invited = Client().get(f"/i/{link}")
    assert link in words(invited)
    assert "10% off" in words(invited) or "10 % korting" in words(invited)
    assert "Anna" not in words(invited)
    assert Client().get("/i/NOPE").status_code == 302
    assert Referral.objects.count() == 1


def test_leaving_says_what_happens_to_the_points_and_asks_for_a_code(
    member: Member, browser_of: Any, at: datetime
) -> None:
    give(member, 250, at=at)
    client = browser_of(member.customer)  # by a link, which may have been forwarded
    assert "end on their own dates" in words(client.get("/member/leave"))
    asked = client.post("/member/leave", {"points": "give up"})
    assert "We mailed you a code" in words(asked)
    assert 'value="give up"' in asked.content.decode()
    wrong = client.post("/member/leave", {"points": "give up", "code": "x"})
    assert wrong.status_code == 422
    assert balance_of(member, as_of=at).available == 250
    code = Message.objects.get(kind="sign_in").facts["code"]
    client.post("/member/leave", {"points": "keep", "code": code})
    assert balance_of(member, as_of=at).available == 250
    assert "Come back whenever you like" in words(client.get("/member"))


def test_a_browser_that_followed_a_link_stays_in_no_longer_than_the_link_holds(
    member: Member, browser_of: Any, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser_of(member.customer)
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at + 29 * DAY)
    assert client.get("/member").status_code == 200
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at + 30 * DAY)
    assert client.get("/member").status_code == 302


def test_one_downloads_all_by_a_code_entered_a_moment_ago(
    member: Member, browser_of: Any, at: datetime
) -> None:
    give(member, 250, at=at)
    client = browser_of(member.customer)  # by a link, which may have been forwarded
    assert "We mailed you a code" in words(client.post("/member/download"))
    code = Message.objects.get(kind="sign_in").facts["code"]
    wrong = client.post("/member/download", {"code": "000000" if code != "000000" else "111111"})
    assert wrong.status_code == 422
    packed = client.post("/member/download", {"code": code})
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.namelist()
    again = client.post("/member/download", {"code": code})
    assert again.status_code == 422  # a code works once
    client.post("/member/sign-in", {"email": member.customer.email})
    latest = Message.objects.filter(kind="sign_in").order_by("-pk")[0].facts["code"]
    client.post("/member/code", {"email": member.customer.email, "code": latest})
    assert client.post("/member/download")["Content-Type"] == "application/zip"


def test_one_is_forgotten_by_a_code(member: Member, browser_of: Any, at: datetime) -> None:
    give(member, 250, at=at)
    client = browser_of(member.customer)
    client.post("/member/erase")
    code = Message.objects.get(sender_ref="", kind="sign_in").facts["code"]
    wrong = client.post("/member/erase", {"code": "000000" if code != "000000" else "111111"})
    assert wrong.status_code == 422
    assert "We forgot you." in words(client.post("/member/erase", {"code": code}))
    assert Customer.objects.get(pk=member.customer_id).erased_at == at
    assert client.get("/member").status_code == 302


def test_the_page_speaks_dutch_to_who_is_dutch(
    anna: Customer, browser_of: Any, at: datetime
) -> None:
    member = join_programme(anna, at=at)[0]
    give(member, 1250, at=at)
    page = browser_of(anna).get("/member")
    assert page["Content-Language"] == "nl"
    assert "U hebt 1.250 punten, € 12,50 waard." in words(page)


def test_the_card_fills_its_place_and_has_a_quiet_zone() -> None:
    drawn = qr("5MWAUUA8RZ4VSYQ2")
    assert 'viewBox="0 0 29 29"' in drawn  # 21 modules, and four on each side
    assert " width=" not in drawn


@pytest.mark.parametrize("colour", ["#1f5c3f", "#ffcc00", "#ffffff", "#e2001a"])
def test_the_colour_of_the_shop_is_used_as_far_as_one_can_read_it(colour: str) -> None:
    Brand.objects.update_or_create(pk=1, defaults={"colour": colour})
    assert contrast(look().colour, look().on_colour) >= 4.5


def test_an_order_that_changed_is_called_by_its_number(
    member: Member, browser_of: Any, at: datetime
) -> None:
    for price in ("40.00", "20.00"):
        order = buy(member.customer, "1001", on=at, price=price)
        follow_order(order, at=at)
    cancel_order(order, at=at)
    order.refresh_from_db()
    follow_order(order, at=at)
    told = words(browser_of(member.customer).get("/member"))
    assert "Order 1001 changed" in told
    assert "Order 1001 called off" in told
    assert "Return changed" not in told


def test_another_language_leads_back_from_the_pages_that_ask_for_a_code(
    member: Member, browser_of: Any
) -> None:
    browser = browser_of(member.customer)
    assert browser.post("/member/download").status_code == 200
    assert browser.get("/member/download").url == "/member"
    assert Client().get("/member/code").url == "/member/sign-in"


@pytest.mark.parametrize("kind", [kind for kind in Entry.Kind if kind != Entry.Kind.ACTIVATE])
def test_every_kind_of_entry_is_told_in_words(kind: Entry.Kind) -> None:
    assert words_of(Entry(kind=kind)) != kind.value
