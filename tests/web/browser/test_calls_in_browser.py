"""A call on a telephone's screen, from the list to what came of it, and a list for another tool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from campaigns import world
from campaigns.test_calls import say_yes, start_calls
from campaigns.test_other_programs import start
from cast import employ
from stamgast.campaigns.models import Contact

Visit = Callable[..., Any]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch, at: datetime) -> datetime:
    """An hour at which people are called, for pages as well."""
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: at)
    return at


def barriers(page: Any) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in {"serious", "critical"}]


def too_wide(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_calls_and_lists_on_a_phone(
    transactional_db: None, visit: Visit, noon: datetime, home: object
) -> None:
    owner = employ("admin", email="owner@shop.example")
    world.order_now(None, "N-1", noon - timedelta(hours=1))
    people = world.make_drifting(12, noon)
    goal, codes = world.make_goal(noon), world.make_codes(40, noon)
    say_yes(people, noon)
    start_calls(world.save_offer(noon, goal, codes, by=owner), noon, owner)
    listing = world.save_offer(noon, goal, codes, by=owner)
    start(listing, noon, owner, channel="list")
    seen = visit("marketer", language="nl", is_phone=True)
    page = seen.go("/calls")
    assert (barriers(page), too_wide(page)) == ([], False)
    page.locator("li.call form button").first.click()
    page.wait_for_url("**/calls/*")
    assert (barriers(page), too_wide(page)) == ([], False)
    page.locator("textarea").fill("Komt zaterdag langs")
    page.locator("button[value=accepted]").click()
    page.wait_for_url("**/calls")
    assert Contact.objects.filter(channel="call", reason="accepted").count() == 1
    page = seen.go("/mail/other-tools")
    assert (barriers(page), too_wide(page)) == ([], False)
