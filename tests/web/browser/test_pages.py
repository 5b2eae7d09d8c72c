"""Every page in a real browser: no breach of the policy, no barrier, no sideways scrolling."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from cast import ANNA, meet
from loyalty.codes_cast import a_card_set
from stamgast.loyalty.codes.actions import issue_gift_card
from stamgast.loyalty.models import CodeSet
from stamgast.staff.actions import make_key, note_call
from stamgast.staff.models import User
from web.browser.looking import problems_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = (
    "/",
    "/cohorts",
    "/value",
    "/words",
    "/start",
    "/me",
    "/settings/shop",
    "/settings/margin",
    "/settings/users",
    "/settings/users/new",
    "/settings/keys",
    "/settings/calls",
    "/customers",
    "/complaints",
    "/tasks",
    "/imports",
    "/rows",
    "/customers/new",
    "/plans",
    "/campaigns/order",
    "/campaigns/calendar",
    "/campaigns/measures",
    "/search?q=anna",
    "/programme",
    "/programme/saving",
    "/programme/levels/new",
    "/programme/rewards",
    "/programme/codes/new",
    "/programme/friends",
    "/programme/lots",
    "/mail/server",
)
# Entries of the menu of more than one line, on a desk.
WRAPPED = """[...document.querySelectorAll(".menu li a")]
    .filter(one => one.getBoundingClientRect().height > 40).map(one => one.textContent)"""


@pytest.fixture
def filled(shown_base: None, at: datetime) -> Callable[[], None]:
    """Put something on the pages that list things."""

    def fill() -> None:
        user = User.objects.get()
        key, _ = make_key("Till", scopes=["scores:read"], is_live=False, by=user, at=at)
        note_call(
            key, at=at, method="GET", path="/api", status=422, took_ms=9, problem={"title": "No"}
        )
        meet(ANNA).interactions.create(kind="complaint", at=at, text="Late", due=at.date())
        issue_gift_card(a_card_set(at), amount_minor=2_500, at=at, key="card")

    return fill


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_pages_have_no_barriers_and_stay_within_the_screen(
    visit: Any, filled: Callable[[], None], language: str, is_phone: bool
) -> None:
    visitor = visit("admin", language=language, is_phone=is_phone)
    filled()
    problems = {}
    for address in (*PAGES, f"/programme/codes/{CodeSet.objects.get().pk}"):
        page = visitor.go(address)
        if page.locator("[data-chart]").count():
            page.wait_for_selector("[data-chart] svg")
        if found := problems_of(page):
            problems[address] = found
    assert not problems
    assert is_phone or visitor.go("/words").evaluate(WRAPPED) == []


def test_pictures_are_drawn_under_the_policy(visit: Any, shown_base: None) -> None:
    page = visit("marketer", language="nl").go("/")
    page.wait_for_selector('[data-chart="revenue"] svg')
    assert "€\u00a040.000" in page.locator('[data-chart="revenue"]').inner_text()
    page.hover('[data-chart="revenue"] .mark-rect path >> nth=3')
    page.wait_for_selector("#vg-tooltip-element.visible")
    assert "omzet, waarvan" in page.locator("#vg-tooltip-element").inner_text()


def test_the_slash_searches_and_escape_leaves(visit: Any, shown_base: None) -> None:
    page = visit("marketer").go("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("an/na")
    assert page.input_value("#search") == "an/na"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") != "search"


def test_arrows_walk_through_a_list_and_enter_opens(visit: Any, shown_base: None) -> None:
    page = visit("admin").go("/settings/users")
    page.keyboard.press("ArrowDown")
    first = page.evaluate("document.activeElement.href")
    assert "/settings/users/" in first
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.href") == first
    page.keyboard.press("Enter")
    page.wait_for_url(first)


def test_the_first_tab_offers_to_skip_the_menu(visit: Any, shown_base: None) -> None:
    page = visit("marketer").go("/words")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_choosing_a_country_needs_no_button(visit: Any, shown_base: None) -> None:
    page = visit("marketer").go("/")
    page.select_option("#only", "country:België")
    page.wait_for_url("**/?only=country*")
    assert "in België" in page.locator("h1").inner_text()


def test_the_menu_of_a_phone_opens_and_closes_without_scripts(visit: Any, shown_base: None) -> None:
    page = visit("marketer", is_phone=True, scripts=False).go("/")
    link = page.locator("#menu a", has_text="Who comes back")
    assert not link.is_visible()
    page.click(".menu-button")
    assert link.is_visible()
    link.click()
    assert page.url.endswith("/cohorts")
    assert not page.locator("#menu").is_visible()


def test_without_scripts_a_picture_is_a_sentence_and_a_table(visit: Any, shown_base: None) -> None:
    page = visit("marketer", scripts=False).go("/")
    assert "Revenue per month, from" in page.locator("noscript p").all_inner_texts()[-1]
    page.locator(".picture summary").last.click()
    assert page.locator(".picture table").last.is_visible()


def test_on_paper_only_the_page_is_left(visit: Any, shown_base: None) -> None:
    page = visit("marketer").go("/")
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert page.locator("h1").is_visible()


def test_says_so_when_the_server_cannot_be_reached(visit: Any, at: datetime) -> None:
    from stamgast.events.actions import ask

    visitor = visit("marketer")
    ask("score", at=at)
    page = visitor.go("/")
    page.route("**/jobs/*", lambda route: route.fulfill(status=503))
    page.wait_for_selector("text=This did not succeed.", timeout=5000)
    visitor.said.clear()  # the browser itself notes the 503


def test_progress_moves_by_itself_until_it_is_done(visit: Any, at: datetime) -> None:
    from stamgast.events.actions import ask, claim, finish, show_progress

    visitor = visit("marketer")
    job = ask("score", at=at)
    claimed = claim(worker="w", at=at, kinds=["score"])
    assert claimed
    page = visitor.go("/")
    page.wait_for_selector("text=We are getting to know your customers.")
    show_progress(claimed, at=at, progress=0.4, doing="forecasting")
    page.wait_for_selector("text=Looking a year ahead", timeout=5000)
    finish(job.__class__.objects.get(pk=job.pk), at=at)
    page.wait_for_selector("text=Import your orders", timeout=5000)
