"""A part-timer's first campaign, clicked from goal to verdict in a real browser, with a real mail server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from campaigns import world
from mail.mailbox import Mailbox, listening
from measurement.efforts import mark_known, verdict
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import start_from_preset
from stamgast.campaigns.models import Assignment, Campaign
from stories.test_campaign_story import live
from web.browser.looking import problems_of

Visit = Callable[..., Any]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mailbox(transactional_db: None, at: datetime, home: object) -> Iterator[Mailbox]:
    """A mail server, and a shop that sends through it."""
    box = Mailbox()
    with listening(box) as port:
        world.set_up_mail(port, at)
        world.order_now(None, "N-1", at - timedelta(hours=1))
        yield box


def click_to_the_inbox(page: Any, mailbox: Mailbox, at: datetime, *, customers: int) -> Campaign:
    """Click a first campaign for so many drifting customers together, and run it until it is mailed."""
    page.locator("form[action$='/campaigns/start/save_offer'] button").click()
    # the goal, in three questions
    page.get_by_label("For how much at most?").fill("1500")
    page.get_by_role("button", name="Set this goal").click()
    page.get_by_text(f"{customers} customers may get it").wait_for()
    # one condition is opened and changed in place
    page.get_by_text("is expected to bring at least €5 in the coming year").first.click()
    page.locator("details[open]").get_by_label("At least").fill("10")
    page.locator("details[open]").get_by_role("button", name="Keep").click()
    page.get_by_text("is expected to bring at least €10 in the coming year").first.wait_for()
    page.get_by_role("link", name="On to: Offer and contacts").click()
    # codes are pasted, and the mail is read as a customer would
    codes = "\n".join(f"C-{n}" for n in range(customers + 10))
    page.get_by_label("Or paste new codes here").fill(codes)
    page.get_by_role("button", name="Keep the offer").click()
    page.get_by_text(f"{customers + 10} codes are left to hand out.").wait_for()
    mail = page.frame_locator("iframe.mail")
    mail.get_by_text("VOORBEELD-1234").wait_for()
    page.get_by_role("textbox", name="Subject", exact=True).fill("We missen u")
    page.get_by_role("button", name="Keep the text").click()
    # half of them by lot get nothing: few customers need a large control group
    page.get_by_role("link", name="On to: Control group").click()
    half = page.get_by_role("row").filter(has_text="50%")
    if half.get_by_role("button").count():
        half.get_by_role("button").click()
    half.get_by_text("chosen").wait_for()
    page.get_by_role("link", name="On to: Check and run").click()
    page.get_by_role("button", name="It is ready").click()
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Run it now").click()
    page.get_by_text("the lot has not been drawn yet").wait_for()
    world.work(at)
    given = Assignment.objects.count()
    assert len(mailbox.received) == given > 0
    assert mailbox.message()["Subject"] == "We missen u"
    page.reload()
    page.get_by_text(f"{given} customers").first.wait_for()
    return Campaign.objects.get()


def end_it(page: Any) -> None:
    """Press "End it" on the page of a campaign."""
    page.get_by_text("End it").click()
    page.get_by_role("button", name="End this campaign").click()
    page.get_by_text("It ended.").wait_for()
    assert Campaign.objects.get().status == "ended"


def test_a_first_campaign_from_the_list_to_the_inbox_on_a_phone(
    mailbox: Mailbox, visit: Visit, at: datetime
) -> None:
    world.make_drifting(30, at)
    world.make_lost(6, at)
    page = visit("marketer", is_phone=True).go("/campaigns/measures")
    click_to_the_inbox(page, mailbox, at, customers=30)
    page.get_by_role("button", name="Let it stand still").click()
    page.get_by_role("button", name="Undo").click()  # and it goes on
    page.get_by_text("It goes on.").wait_for()
    end_it(page)
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0


AMOUNT = r"€\s?-?[\d.,]+"
# How the verdict reads: what it brought with its interval, and what each euro brought back.
SENTENCES = {
    "en": rf"Worked\. {AMOUNT} extra margin after costs \(with 95% certainty between {AMOUNT} and "
    rf"{AMOUNT}\)\. Each euro brought in (?P<back>{AMOUNT})\.",
    "nl": rf"Werkte\. {AMOUNT} extra brutomarge na kosten \(met 95 % zekerheid tussen {AMOUNT} en "
    rf"{AMOUNT}\)\. Elke euro bracht (?P<back>{AMOUNT}) op\.",
}


def test_from_a_goal_to_the_verdict_in_both_languages(
    mailbox: Mailbox, visit: Visit, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_drifting(160, at)
    world.make_lost(30, at)
    page = visit("marketer").go("/campaigns/measures")
    campaign = click_to_the_inbox(page, mailbox, at, customers=160)
    # five months go by, in which customers order, with the code or without
    live(campaign, otherwise=0.35, treated=0.9, margin=3_000, seed=1)
    later = at + timedelta(days=70)
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: later)
    used = jobs.do_work(at=later)["used"]
    page.reload()
    page.get_by_text(f"{used} used the offer so far").wait_for()
    end_it(page)
    end = at + timedelta(days=185)
    mark_known(end.date())
    campaign.refresh_from_db()
    assert campaign.experiment is not None
    found = verdict(end.date(), campaign.experiment)
    assert (found.code, found.facts["net_minor"]["low"] > 0) == ("worked", True)
    monkeypatch.setattr("stamgast.web.middleware.read_clock", lambda: end)
    page.get_by_role("link", name="Show the verdict").click()
    page.wait_for_url(f"**/verdicts/{campaign.experiment_id}")
    check_verdict(page, "en", "Return on what it cost")
    page = visit("marketer", language="nl").go(f"/verdicts/{campaign.experiment_id}")
    check_verdict(page, "nl", "Opbrengst van wat het kostte")


def check_verdict(page: Any, language: str, of_return: str) -> None:
    """The page opens with the sentence, says the same return in its own place, and holds no barrier."""
    said = " ".join(page.locator("h1").inner_text().split())
    found = re.fullmatch(SENTENCES[language], said)
    assert found, said
    card = page.locator(".card").filter(has=page.get_by_role("heading", name=of_return))
    assert found["back"] in " ".join(card.inner_text().split())
    assert problems_of(page) == []


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
def test_a_series_is_built_with_the_keyboard_alone_and_holds_no_barrier(
    mailbox: Mailbox, visit: Visit, at: datetime, is_phone: bool
) -> None:
    world.make_drifting(30, at)
    world.make_lost(6, at)
    row = start_from_preset("win_back", language="en", at=at)
    page = visit("marketer", is_phone=is_phone).go(f"/campaigns/{row.pk}/offer")

    def press(name: str, *, role: str = "button") -> None:
        page.get_by_role(role, name=name, exact=True).first.focus()
        page.keyboard.press("Enter")

    press("Add a contact")
    page.get_by_text("in 2 contacts over 5 days").wait_for()
    page.locator("summary", has_text="Change contact 2").focus()
    page.keyboard.press("Enter")
    page.locator("details[open]").get_by_role("button", name="Add this condition").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Days").fill("5")
    page.get_by_label("The opposite").press("Space")
    press("Add this condition")
    page.get_by_text("only if this customer did not buy in the last 5 days").wait_for()
    press("Undo")
    page.get_by_text("It is as it was.").wait_for()
    assert not [step.only_if for step in row.steps.all() if step.only_if]
    press("Add an offer")
    page.get_by_text("By lot they get one of 2 offers").wait_for()
    page.locator("details.part").first.locator("summary").click()
    found = Axe().run(page).response["violations"]
    assert not [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0
