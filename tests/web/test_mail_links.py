"""The pages behind the links in our mail: looking changes nothing, one post is enough."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from mail.letters import HELLO
from stamgast.customers.actions import record_consent
from stamgast.customers.models import Consent, Customer
from stamgast.events.models import Event
from stamgast.mail import links
from stamgast.mail.actions import judge_clicks, keep_picture, queue_message
from stamgast.mail.models import Click, Message, Pause
from stamgast.mail.permission import may_mail
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.staff.actions import change_shop
from stamgast.web.logs import WithoutTokens
from web.pages import said, text

pytestmark = pytest.mark.django_db

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@pytest.fixture(autouse=True)
def koffiehuis(db: None, at: datetime) -> None:
    change_shop(at=at, by="test", name="Koffiehuis", language="nl")


@pytest.fixture
def stranger() -> Client:
    """A browser or mail program without a cookie, which refuses forged forms as strictly as any."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def message(anna: Customer, at: datetime) -> Message:
    return queue_message(
        anna, content=HELLO, purpose="offers", kind="campaign", facts={}, key="1", at=at,
        sender_ref="campaign:3",
    )  # fmt: skip


def address(message: Message) -> str:
    return f"/m/u/{links.unsubscribe_token(message)}"


def test_a_mailbox_unsubscribes_with_one_post(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    response = stranger.post(address(message), {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200, "no redirect, no sign-in"
    assert not response.cookies
    last = Consent.objects.filter(customer=anna, purpose="offers", channel="email").latest("pk")
    assert (last.is_granted, last.source, last.at) == (False, "unsubscribe link", at)
    refusal = may_mail(anna, "offers", at)
    assert refusal is not None
    assert refusal.facts == {"reason": "withdrawn"}
    told = Event.objects.get(kind="unsubscribed")
    assert told.facts == {"message": message.pk, "purpose": "offers", "sender_ref": "campaign:3"}


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_never_unsubscribes(
    stranger: Client, message: Message, anna: Customer, at: datetime, method: str
) -> None:
    response = getattr(stranger, method)(address(message))
    assert response.status_code == 200
    assert may_mail(anna, "offers", at) is None
    if method == "get":
        assert said(response.content.decode()) == "Geen aanbiedingen meer per e-mail?"


def test_unsubscribing_twice_is_once(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    for _ in range(2):
        page = stranger.post(address(message)).content.decode()
    assert said(page) == "U krijgt geen aanbiedingen meer per e-mail."
    assert Consent.objects.filter(customer=anna, is_granted=False).count() == 1


def test_other_purposes_stay_as_they_were(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    record_consent(anna, channel="email", purpose="news", is_granted=True, source="checkout", at=at)
    stranger.post(address(message))
    assert may_mail(anna, "news", at) is None


@pytest.mark.parametrize("token", ["x", "1.forged", "1"])
def test_a_link_that_is_not_ours_leads_nowhere(stranger: Client, token: str) -> None:
    for page in ("u", "v", "k"):
        assert stranger.get(f"/m/{page}/{token}").status_code == 404


def test_one_link_does_not_open_what_another_does(
    stranger: Client, message: Message, anna: Customer
) -> None:
    assert stranger.get(f"/m/v/{links.unsubscribe_token(message)}").status_code == 404
    assert stranger.post(f"/m/u/{links.preferences_token(anna)}").status_code == 404


def test_after_a_merge_it_holds_for_the_whole_person(
    stranger: Client, message: Message, anna: Customer, bram: Customer, at: datetime
) -> None:
    merge_customers(bram, anna, at=at, by="user:1")
    stranger.post(address(message))
    assert may_mail(bram, "offers", at) is not None


def test_after_erasure_the_links_are_dead(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    erase_person(anna, at=at, by="user:1")
    assert stranger.post(address(message)).status_code == 404
    assert stranger.get(f"/m/v/{links.preferences_token(anna)}").status_code == 404


def test_a_test_message_changes_nothing(stranger: Client) -> None:
    for page in ("/m/u/sample", "/m/v/sample"):
        assert said(stranger.post(page).content.decode()) == "Deze link kwam uit een testbericht."


# --- choosing ----------------------------------------------------------------------------------


def chosen(customer: Customer) -> set[str]:
    rows = Consent.objects.filter(customer=customer).order_by("pk")
    last = {f"{row.channel}-{row.purpose}": row.is_granted for row in rows}
    return {key for key, is_granted in last.items() if is_granted}


def test_a_customer_chooses_per_channel_and_purpose(
    stranger: Client, anna: Customer, at: datetime
) -> None:
    page = f"/m/v/{links.preferences_token(anna)}"
    shown = stranger.get(page).content.decode()
    assert "Koffiehuis mag mij aanbiedingen mailen." in text(shown)
    assert "anna@example.nl" not in shown, "whoever reads along learns nothing"
    before = Consent.objects.count()
    stranger.post(page, {"do": "save", "email-offers": "yes", "email-tracking": "yes"})
    assert chosen(anna) == {"email-offers", "email-tracking"}
    added = Consent.objects.count() - before
    assert added == 2, "only what differs is written: the phone withdrawn, tracking allowed"
    last = Consent.objects.get(purpose="tracking")
    assert last.wording == "Koffiehuis mag zien op welke links in de mail ik klik."
    assert (last.source, last.at) == ("preference page", at)


def test_a_customer_can_ask_for_nothing_at_all(stranger: Client, anna: Customer) -> None:
    page = f"/m/v/{links.preferences_token(anna)}"
    stranger.post(page, {"do": "nothing", "email-offers": "yes"})
    assert chosen(anna) == set()


def test_a_customer_can_ask_for_thirty_days_of_quiet_and_end_it(
    stranger: Client, anna: Customer, at: datetime
) -> None:
    page = f"/m/v/{links.preferences_token(anna)}"
    stranger.post(page, {"do": "pause"})
    assert Pause.objects.get().until == at + timedelta(days=30)
    refusal = may_mail(anna, "offers", at)
    assert refusal is not None
    assert refusal.facts == {"reason": "paused"}
    assert "U vroeg om rust, tot 20 december 2026." in text(stranger.get(page).content.decode())
    stranger.post(page, {"do": "resume"})
    assert may_mail(anna, "offers", at) is None


def test_the_page_speaks_the_customers_language(stranger: Client, anna: Customer) -> None:
    Customer.objects.filter(pk=anna.pk).update(language="en-GB")
    response = stranger.get(f"/m/v/{links.preferences_token(anna)}")
    assert said(response.content.decode()) == "What do you want to hear from us?"
    assert response.headers["Content-Language"] == "en"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


# --- clicks ------------------------------------------------------------------------------------


def allow_tracking(customer: Customer, at: datetime) -> None:
    record_consent(
        customer, channel="email", purpose="tracking", is_granted=True, source="checkout", at=at
    )


def fetch(client: Client, message: Message, place: int, method: str = "get") -> None:
    where = "" if place == links.TRAP else f"https://shop.example/{place}"
    response = getattr(client, method)(f"/m/k/{links.click_token(message, place, where)}")
    if place != links.TRAP:
        assert (response.status_code, response.headers["Location"]) == (302, where)


def judged(message: Message, at: datetime) -> list[int]:
    Message.objects.filter(pk=message.pk).update(ended_at=at - timedelta(hours=1))
    judge_clicks(at=at + timedelta(minutes=5))
    told = Event.objects.filter(kind="link_followed", subject_id=message.pk)
    return [event.facts["place"] for event in told.order_by("pk")]


def test_a_person_who_allows_it_is_seen_to_follow_a_link(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    allow_tracking(anna, at)
    fetch(stranger, message, 1)
    assert judge_clicks(at=at + timedelta(seconds=30)) == 0, "too soon to tell"
    assert judged(message, at) == [1]
    assert judged(message, at) == [1], "and told once"


def test_without_consent_nothing_is_noted(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    fetch(stranger, message, 1)
    assert not Click.objects.exists()


def test_consent_that_was_withdrawn_ends_it(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    allow_tracking(anna, at)
    record_consent(
        anna, channel="email", purpose="tracking", is_granted=False, source="phone", at=at
    )
    fetch(stranger, message, 1)
    assert not Click.objects.exists()


def test_a_program_that_only_looks_is_not_noted(
    stranger: Client, message: Message, anna: Customer, at: datetime
) -> None:
    allow_tracking(anna, at)
    fetch(stranger, message, 1, method="head")
    assert not Click.objects.exists()


@pytest.mark.parametrize("places", [[1, 2], [1, 1, 1], [0, 1], [1, 0], [0]])
def test_a_scanner_that_fetches_everything_is_no_person(
    stranger: Client, message: Message, anna: Customer, at: datetime, places: list[int]
) -> None:
    allow_tracking(anna, at)
    for place in places:
        fetch(stranger, message, place)
    assert judged(message, at) == []
    assert not Click.objects.exclude(is_person=False).exists()


def test_an_address_cannot_be_put_behind_a_link_of_ours(stranger: Client, message: Message) -> None:
    token = links.click_token(message, 1, "https://shop.example/")
    assert stranger.get(f"/m/k/{token[:-3]}abc").status_code == 404


# --- pictures ----------------------------------------------------------------------------------


def test_a_picture_is_the_same_for_everybody(stranger: Client, at: datetime) -> None:
    kept = keep_picture(PIXEL, at=at)
    response = stranger.get(f"/m/p/{kept.digest}.png")
    assert (response.content, response.headers["Content-Type"]) == (PIXEL, "image/png")
    assert "immutable" in response.headers["Cache-Control"]
    assert not response.cookies
    assert stranger.get("/m/p/nothing.png").status_code == 404


@pytest.mark.parametrize(
    "place", ["/m/u/%00", "/m/v/a%00b", "/m/k/%00", "/m/p/%00.png", "/a/%00", "/i/%00", "/%00"]
)
def test_an_address_with_a_nul_is_not_there(client: Client, place: str) -> None:
    assert client.get(place).status_code == 404


def test_a_question_or_form_with_a_nul_is_malformed(client: Client) -> None:
    assert client.get("/sign-in?next=%00").status_code == 400
    typed = client.post(
        "/member/sign-in", "email=a%00b", content_type="application/x-www-form-urlencoded"
    )
    assert typed.status_code == 400


@pytest.mark.parametrize("place", ["/m/u/", "/m/v/", "/m/k/", "/a/", "/i/", "/member/open/"])
def test_no_log_holds_an_address_that_opens_something(place: str, client: Client) -> None:
    record = logging.LogRecord(
        "django.request", logging.WARNING, "", 1, "%s: %s", ("Not Found", f"{place}12.s3cr3t"), None
    )
    assert WithoutTokens().filter(record)
    assert record.getMessage() == f"Not Found: {place}..."
    handlers = settings.LOGGING["handlers"]
    assert all("without_tokens" in one["filters"] for one in handlers.values())
