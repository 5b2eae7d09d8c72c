"""A part-timer's first campaign, clicked through in a real browser, with a real mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from campaigns import world
from mail.mailbox import Mailbox, listening
from stamgast.campaigns.actions import start_from_preset
from stamgast.campaigns.models import Assignment, Campaign

Visit = Callable[..., Any]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mailbox(transactional_db: None, at: datetime, home: object) -> Iterator[Mailbox]:
    """A mail server, and a shop of thirty drifting customers that sends through it."""
    box = Mailbox()
    with listening(box) as port:
        world.set_up_mail(port, at)
        world.order_now(None, "N-1", at - timedelta(hours=1))
        world.make_drifting(30, at)
        world.make_lost(6, at)
        yield box


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
def test_a_first_campaign_from_the_list_to_the_inbox(
    mailbox: Mailbox, visit: Visit, at: datetime, is_phone: bool
) -> None:
    seen = visit("marketer", is_phone=is_phone)
    page = seen.go("/campaigns/measures")
    page.locator("form[action$='/campaigns/start/save_offer'] button").click()
    # the goal, in three questions
    page.get_by_label("For how much at most?").fill("300")
    page.get_by_role("button", name="Set this goal").click()
    page.get_by_text("30 customers may get it").wait_for()
    # one condition is opened and changed in place
    page.get_by_text("is expected to bring at least €5 in the coming year").first.click()
    page.locator("details[open]").get_by_label("At least").fill("10")
    page.locator("details[open]").get_by_role("button", name="Keep").click()
    page.get_by_text("is expected to bring at least €10 in the coming year").first.wait_for()
    page.get_by_role("link", name="On to: Offer and contacts").click()
    # codes are pasted, and the mail is read as a customer would
    page.get_by_label("Or paste new codes here").fill("\n".join(f"C-{n}" for n in range(40)))
    page.get_by_role("button", name="Keep the offer").click()
    page.get_by_text("40 codes are left to hand out.").wait_for()
    mail = page.frame_locator("iframe.mail")
    mail.get_by_text("VOORBEELD-1234").wait_for()
    page.get_by_role("textbox", name="Subject", exact=True).fill("We missen u")
    page.get_by_role("button", name="Keep the text").click()
    page.get_by_role("link", name="On to: Control group").click()
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
    page.get_by_role("button", name="Let it stand still").click()
    page.get_by_role("button", name="Undo").click()  # and it goes on
    page.get_by_text("It goes on.").wait_for()
    page.get_by_text("End it").click()
    page.get_by_role("button", name="End this campaign").click()
    page.get_by_text("It ended.").wait_for()
    assert Campaign.objects.get().status == "ended"
    width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert width <= 0


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
def test_a_series_is_built_with_the_keyboard_alone_and_holds_no_barrier(
    mailbox: Mailbox, visit: Visit, at: datetime, is_phone: bool
) -> None:
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
