"""The programme in a real browser, as members and colleagues see it: no barrier, on phone and desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from loyalty.codes_cast import a_set
from loyalty.till import basket, give
from stamgast.customers.actions import edit_customer
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import (
    add_rule,
    join_programme,
    record_purchase,
    set_programme,
    start_programme,
)
from stamgast.loyalty.codes.actions import issue_code
from stamgast.loyalty.membership.links import token_for
from stamgast.loyalty.models import Member
from stamgast.loyalty.referrals.actions import code_of
from stamgast.loyalty.referrals.actions import set_rule as set_referral_rule
from stamgast.loyalty.rewards.actions import claim_reward, make_reward
from stamgast.loyalty.tiers.actions import judge_members, set_rule, set_tier
from stamgast.mail.links import preferences_token
from stamgast.mail.models import Message
from stamgast.staff.actions import change_shop
from web.browser.conftest import DESK, PHONE
from web.browser.looking import problems_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)
TERMS = "A point for every euro.\n\nPoints end after two years; we tell you in time."
IN_BOTH = pytest.mark.parametrize("language", ["nl", "en"])
ON_BOTH = pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])


@pytest.fixture
def club(transactional_db: None, at: datetime) -> None:
    """A programme with terms, levels, rewards and friends."""
    since = at - 400 * DAY
    change_shop(at=at, by="test", name="Linde", website="https://linde.example")
    start_programme(at=at, by="test", since=since)
    facts = {"pending_days": 14, "validity_months": 24, "point_value": "1"}
    set_programme(at=at, by="test", terms=TERMS, terms_version="2026-1", **facts)
    add_rule(at=at, by="test", name="A", kind="per_amount", points=1, starts_at=since)
    set_rule(measure="points", at=at)
    free = {"kind": "free_shipping", "text": "Free delivery"}
    set_tier(name="Silver", threshold=100, benefits=[free], at=at)
    set_tier(name="Gold", threshold=900, at=at)
    make_reward(name="Mug", text="With our linden", kind="gift", points=100, currency="EUR", at=at)
    make_reward(name="Dinner for two", kind="experience", points=9000, currency="EUR", at=at)
    set_referral_rule(is_on=True, points_member=500, code_set=a_set(at), at=at)


@pytest.fixture
def anna_saves(club: None, anna: Customer, at: datetime) -> Member:
    """Anna has points, a level, a code, a reward and a friend's link."""
    member = join_programme(anna, at=at - 60 * DAY, ref="M-1")[0]
    give(member, 250, at=at)
    record_purchase(basket("R-1", 150.0), member, at=at - 20 * DAY)
    record_purchase(basket("R-2", 50.0), member, at=at - 2 * DAY)
    judge_members(at=at)
    issue_code(a_set(at, name="Spring"), anna, at=at, key="spring")
    mug = make_reward(name="Cup", kind="gift", points=50, currency="EUR", at=at)
    claim_reward(mug, member, key="cup", at=at)
    code_of(member, at=at)
    return member


Open = Callable[[str, bool], Any]


@pytest.fixture
def opened(live_server: Any, browser: Any) -> Iterator[Open]:
    """Open a browser of nobody yet, in a language, on a phone or a desk."""
    contexts = []

    def open_(language: str, is_phone: bool) -> Any:
        context = browser.new_context(
            viewport=PHONE if is_phone else DESK, base_url=live_server.url
        )
        contexts.append(context)
        cookie = {"name": "django_language", "value": language, "url": live_server.url}
        context.add_cookies([cookie])
        return context.new_page()

    yield open_
    for context in contexts:
        context.close()


def _last_code() -> str:
    return str(Message.objects.filter(kind="sign_in").order_by("-pk")[0].facts["code"])


@IN_BOTH
@ON_BOTH
def test_signing_in_joining_and_being_forgotten_have_no_barriers(
    opened: Open, club: None, anna: Customer, language: str, is_phone: bool
) -> None:
    page, problems = opened(language, is_phone), {}

    def look(name: str) -> None:
        assert page.locator("html").get_attribute("lang") == language
        if found := problems_of(page):
            problems[name] = found

    page.goto("/member")
    look("sign in")
    page.fill("#email", anna.email)
    page.click("main form button >> nth=0")
    look("code")
    page.fill("#code", "000000" if _last_code() != "000000" else "111111")
    page.click("main form button >> nth=0")
    look("wrong code")
    page.fill("#code", _last_code())
    page.click("main form button >> nth=0")
    page.click("summary")
    look("join")
    page.check("input[name=agrees]")
    page.click("form[action$=join] button")
    look("joined")
    page.click("a[href$=leave]")
    look("leave")
    page.goto("/member/erase")
    look("erase")
    page.click("form[action$=erase] button")
    look("erase by code")
    page.fill("#code", _last_code())
    page.click("form[action$=erase] button")
    look("erased")
    assert not problems


@IN_BOTH
@ON_BOTH
def test_a_members_own_pages_have_no_barriers(
    opened: Open, anna_saves: Member, at: datetime, language: str, is_phone: bool
) -> None:
    page, problems = opened(language, is_phone), {}
    page.goto(f"/member/open/{token_for(anna_saves.customer, at=at)}")
    for summary in page.locator("summary").all():
        summary.click()
    assert page.locator("html").get_attribute("lang") == language
    assert "350" in page.locator("h1").inner_text()
    problems["home"] = problems_of(page)
    page.goto("/member/leave")
    page.click("form[action$=leave] button >> nth=1")
    problems["leave by code"] = problems_of(page)
    page.goto("/member")
    page.click("form[action$=download] button")
    problems["download"] = problems_of(page)
    page.goto(f"/m/v/{preferences_token(anna_saves.customer)}")
    problems["preferences"] = problems_of(page)
    page.goto(f"/i/{code_of(anna_saves, at=at).text}")
    problems["invitation"] = problems_of(page)
    page.goto("/member/open/nonsense")
    problems["a link that is over"] = problems_of(page)
    assert not any(problems.values()), problems


@IN_BOTH
@ON_BOTH
def test_who_is_not_invited_meets_no_barrier_but_the_rule(
    opened: Open, club: None, anna: Customer, at: datetime, language: str, is_phone: bool
) -> None:
    set_programme(at=at, by="test", joining="invited")
    page = opened(language, is_phone)
    page.goto(f"/member/open/{token_for(anna, at=at)}")
    assert not page.locator("input[name=agrees]").count()
    assert not problems_of(page)


@IN_BOTH
@ON_BOTH
def test_colleagues_pages_of_the_programme_have_no_barriers(
    visit: Any, anna_saves: Member, daan: Customer, at: datetime, language: str, is_phone: bool
) -> None:
    edit_customer(daan, email="daan@example.nl", at=at, by="test")
    visitor, pk = visit("admin", language=language, is_phone=is_phone), anna_saves.customer_id
    addresses = (
        "/programme/saving/new",
        "/programme/rewards/new",
        "/programme/levels",
        "/programme/webhooks",
        f"/customers/{pk}",
        f"/customers/{pk}/points",
        f"/customers/{daan.pk}",
    )
    problems = {address: problems_of(visitor.go(address)) for address in addresses}
    assert not any(problems.values()), problems
