"""Caring for a customer in a real browser: with scripts in place, and without them on pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import expect

from cast import ANNA, BRAM, meet
from stamgast.customers.models import Consent, Interaction, Task
from stamgast.sales.models import Line, Order
from web.scored_people import buy, run, score

__all__ = ["run"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db: None, request: pytest.FixtureRequest, at: datetime) -> Any:
    """Anna, who is well, and Bram, who drifts; both with orders and scores."""
    cache.clear()
    shown = request.getfixturevalue("run")
    anna, bram = meet(ANNA), meet(BRAM)
    score(shown, anna, step="thank_and_reward", reason="valued")
    score(
        shown, bram, stage="drifting", days_silent=95, step="ask_why", reason="valued_and_drifting"
    )
    for i in range(8):
        order = buy(bram, f"N{i}", days_ago=95 + 30 * i)
        Line.objects.create(
            order=order,
            position=1,
            name=f"Coffee {i}",
            quantity=1,
            unit_price=50,
            amount_minor=5000,
            net_minor=4132,
        )
    Interaction.objects.create(
        customer=bram, kind="complaint", text="Too late", at=at, due=at.date().replace(day=1)
    )
    return anna, bram


def barriers(page: Any) -> list[str]:
    """Return what keeps people from using a page, as axe finds it."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:150]}" for v in found if v["impact"] != "minor"]


def test_searches_while_one_types_and_filters_at_once(visit: Any, people: Any) -> None:
    page = visit("marketer").go("/customers")
    page.fill("#q", "jansen")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    assert "match" in page.inner_text("h1")
    assert "q=jansen" in page.url
    page.fill("#q", "")
    expect(page.locator("#found tbody tr")).to_have_count(2)
    page.select_option("select[name=stage]", "drifting")
    expect(page.locator("h1")).to_contain_text("is drifting")
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*")
    assert "Bram Jansen" in page.inner_text("h1")


def test_keeps_a_note_in_place_and_takes_it_back(visit: Any, people: Any) -> None:
    _, bram = people
    page = visit("service").go(f"/customers/{bram.pk}")
    page.fill("#note-text", "Likes dark roast")
    page.click("text=Save the note")
    page.wait_for_selector("#flash .flash")
    assert "Likes dark roast" in page.inner_text("#timeline")
    page.click("#flash button")
    expect(page.locator("#timeline")).not_to_contain_text("Likes dark roast")
    assert not Interaction.objects.filter(kind="note").exists()


def test_unfolds_a_form_says_what_is_missing_and_keeps_it(visit: Any, people: Any) -> None:
    _, bram = people
    page = visit("service").go(f"/customers/{bram.pk}")
    page.click("summary:text-is('Task')")
    page.wait_for_selector("#task-title")
    page.click("text=Save the task")
    page.wait_for_selector("#task-title_error")
    assert barriers(page) == []
    page.fill("#task-title", "Ring back")
    page.click("text=Save the task")
    page.wait_for_selector("#flash .flash")
    assert "Ring back" in page.inner_text("main")
    assert Task.objects.get().customer == bram


def test_writes_down_a_consent_in_place(visit: Any, people: Any) -> None:
    _, bram = people
    page = visit("service").go(f"/customers/{bram.pk}")
    page.click("summary:has-text('Write down what they said')")
    page.wait_for_selector("#consent-channel")
    page.select_option("#consent-channel", "phone")
    page.check("input[name=is_granted][value=no]")
    page.fill("#consent-source", "by phone")
    page.click("text=Write it down")
    page.wait_for_selector("#flash .flash")
    assert "do not call" in page.inner_text(".who")
    assert Consent.objects.filter(channel="phone", is_granted=False).exists()


def test_answers_the_next_step(visit: Any, people: Any) -> None:
    _, bram = people
    page = visit("service").go(f"/customers/{bram.pk}")
    page.click("summary:has-text('Otherwise')")
    page.wait_for_selector("#otherwise-text")
    page.fill("#otherwise-text", "He is on holiday")
    page.click("text=Keep this")
    page.wait_for_selector("#flash .flash")
    assert "He is on holiday" in page.inner_text(".card.next")


def test_shows_the_lines_of_an_order_in_place_once(visit: Any, people: Any) -> None:
    _, bram = people
    page = visit("service").go(f"/customers/{bram.pk}")
    page.click("table.orders a:text-is('N0')")
    page.wait_for_selector("tr.lines")
    assert "Coffee 0" in page.inner_text("tr.lines")
    assert page.locator("tr.lines").count() == 1


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
def test_the_page_of_a_customer_has_no_barriers_and_fits(
    visit: Any, people: Any, is_phone: bool
) -> None:
    _, bram = people
    visitor = visit("admin", is_phone=is_phone)
    for address in (
        f"/customers/{bram.pk}",
        f"/customers/{bram.pk}/orders",
        f"/customers/{bram.pk}/consent",
        f"/customers/{bram.pk}/merge",
        f"/customers/{bram.pk}/erase",
        f"/customers/{bram.pk}/edit",
        "/customers?stage=drifting",
        "/customers/new",
        "/customers/kept",
        "/complaints",
        "/imports",
        "/rows",
    ):
        page = visitor.go(address)
        assert barriers(page) == [], address
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, address


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
def test_the_particulars_of_an_order_are_never_cut_off(
    visit: Any, people: Any, at: datetime, is_phone: bool
) -> None:
    _, bram = people
    Order.objects.update(
        discount_minor=995,
        discount_code="WELCOME-BACK",
        returned_minor=995,
        channel="marketplace",
        delivered_on=at.date(),
    )
    page = visit("admin", language="nl", is_phone=is_phone).go(f"/customers/{bram.pk}")
    assert "WELCOME-BACK" in page.inner_text("table.orders")
    assert page.evaluate(
        "[...document.querySelectorAll('.of-orders, .orders .tag')]"
        ".every(one => one.scrollWidth <= one.clientWidth)"
    )


def test_works_without_scripts(visit: Any, people: Any) -> None:
    _, bram = people
    visitor = visit("service", scripts=False)
    page = visitor.go("/customers?q=jansen")
    assert page.locator("#found tbody tr").count() == 1
    page = visitor.go(f"/customers/{bram.pk}")
    page.click("summary:text-is('Talk')")
    page.click("#fill-in-talk a")
    page.fill("#talk-text", "Will order in May")
    page.click("text=Save the talk")
    page.wait_for_url(f"**/customers/{bram.pk}")
    assert "Talk saved." in page.inner_text("#flash")
    page.click("table.orders a:text-is('N0')")
    page.wait_for_url("**/orders/*")
    assert "Coffee 0" in page.inner_text("main")
