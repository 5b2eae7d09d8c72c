"""Every measure played once: who is due gets it by lot, who may not does not, and what it says arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns import world
from campaigns.measures.scenes import SCENES, end_signal
from mail.mailbox import Mailbox
from stamgast.campaigns.actions import start_from_preset
from stamgast.campaigns.actions.checking import blocking
from stamgast.campaigns.actions.drafting import change_campaign, plans_of
from stamgast.campaigns.facts import facts_for
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.campaigns.presets import presets
from stamgast.campaigns.presets.preset import KINDS, NEEDS
from stamgast.campaigns.suggesting import suggested
from stamgast.customers.actions import object_to_profiling
from stamgast.customers.models import Answer, Customer
from stamgast.loyalty.membership.links import customer_behind
from stamgast.measurement.models import Lot
from stamgast.sales.actions import ProductFacts, record_product
from stamgast.staff.actions import change_shop
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

DUE = 12
DAY = timedelta(days=1)


def ready(code: str, goal: Goal, at: datetime, by: User) -> Campaign:
    """Begin with a measure, half of it as control group, with codes where it gives any."""
    row = start_from_preset(code, language="nl", at=at, by=by, goal=goal, control_share="0.5")
    offers, steps = plans_of(row)
    codes = world.make_codes(200, at, name=code.replace("_", "")).pk
    with_codes = [
        replace(one, code_list=codes) if one.kind == "discount_code" else one for one in offers
    ]
    return change_campaign(row, offers=with_codes, steps=steps, at=at, by=by)


def bodies(mailbox: Mailbox) -> list[str]:
    found = [mailbox.message(n).get_body(("plain",)) for n in range(len(mailbox.received))]
    return [" ".join(one.get_content().split()) for one in found if one is not None]


def play(code: str, people: list[Customer], row: Campaign, by: User, at: datetime) -> None:
    scene = SCENES[code]
    world.start(row, at, by=by)
    if scene.happens is not None:
        scene.happens(people, at + timedelta(seconds=1))
    world.work(at + timedelta(seconds=2))


@pytest.mark.parametrize("code", list(presets()))
def test_a_measure_reaches_who_is_due_by_lot_and_nobody_else(
    shop: int, goal: Goal, marketer: User, mailbox: Mailbox, code: str, at: datetime
) -> None:
    scene = SCENES[code]
    due = world.make_drifting(DUE, at)
    others = world.make_drifting(2 + len(scene.out), at, first=500)
    scene.due([*due, *others], at)
    minor, objecting, *kept_out = others
    Customer.objects.filter(pk=minor.pk).update(birth_date=date(2010, at.month, at.day))
    object_to_profiling(objecting, at=at, by="test")
    row = ready(code, goal, at, marketer)
    assert blocking(row, at) == []
    for one, keep_out in zip(kept_out, scene.out.values(), strict=True):
        keep_out(one, at)
    play(code, [*due, minor, objecting, *kept_out], row, marketer, at)

    lots = Lot.objects.filter(experiment__campaign=row)
    assert set(lots.values_list("customer", flat=True)) == {one.pk for one in due}
    treated = lots.filter(arm__is_control=False)
    given = Assignment.objects.filter(campaign=row)
    assert set(given.values_list("lot", flat=True)) == set(treated.values_list("pk", flat=True))
    assert 0 < treated.count() < DUE
    assert all(one.held for one in given)  # why they got it
    sent = Delivery.objects.filter(assignment__campaign=row, state="sent")
    assert sent.count() == len(mailbox.received) == treated.count()
    assert sorted(mailbox.recipients) == sorted(one.customer.email for one in treated)
    assert all(scene.says in body for body in bodies(mailbox))
    assert not any("{{" in body or "{%" in body for body in bodies(mailbox))


def test_every_measure_is_played_and_told_in_full() -> None:
    assert SCENES.keys() == presets().keys()
    for preset in presets().values():
        assert preset.names.keys() == preset.told.keys() == {"nl", "en"}
        assert set(preset.fits) | set(preset.avoid) <= set(KINDS)
        assert not set(preset.fits) & set(preset.avoid)
        assert set(preset.needs) <= set(NEEDS)
        for offer in preset.offers:
            mine = [step.wait_days for step in preset.steps if step.offer in ("", offer.code)]
            assert len(mine) > 0
            assert sum(mine) < offer.valid_days  # else the last contact would never go
        assert (preset.rhythm == "on_event") == bool(preset.trigger)
        for told in preset.told.values():
            assert all((told.what, told.known, told.guard))
        for step in preset.steps:
            assert step.content.keys() == {"nl", "en"}


def test_a_signal_that_ended_touches_nobody(
    shop: int, goal: Goal, marketer: User, mailbox: Mailbox, at: datetime
) -> None:
    people = world.make_drifting(6, at)
    SCENES["price_answer"].due(people, at)
    end_signal(at)
    assert "nobody" in blocking(ready("price_answer", goal, at, marketer), at)


def test_the_price_answer_divides_in_three_and_each_reads_its_own(
    shop: int, goal: Goal, marketer: User, mailbox: Mailbox, at: datetime
) -> None:
    people = world.make_drifting(30, at)
    SCENES["price_answer"].due(people, at)
    play("price_answer", people, ready("price_answer", goal, at, marketer), marketer, at)
    arms = set(Lot.objects.values_list("arm__code", flat=True))
    assert arms == {"control", "worth", "price"}
    said = {"Waarom klanten bij ons blijven", "We houden u graag"}
    assert {words for words in said for body in bodies(mailbox) if words in body} == said


def test_a_question_has_a_page_of_its_own_for_each(
    shop: int, goal: Goal, marketer: User, mailbox: Mailbox, at: datetime
) -> None:
    people = world.make_drifting(DUE, at)
    SCENES["ask_why"].due(people, at)
    play("ask_why", people, ready("ask_why", goal, at, marketer), marketer, at)
    asked = Answer.objects.filter(question="why_stay", answered_at=None)
    assert asked.count() == len(mailbox.received)
    links = [word for body in bodies(mailbox) for word in body.split() if "/a/" in word]
    assert len(set(links)) == asked.count()


def test_a_suggested_product_whose_price_went_down_says_what_it_was(
    shop: int, goal: Goal, marketer: User, mailbox: Mailbox, at: datetime
) -> None:
    people = world.make_drifting(DUE, at)
    for days, price in ((90, "100"), (10, "80")):
        record_product(ProductFacts("MILL", price=Decimal(price)), at=at - days * DAY)
    SCENES["one_step_up"].due(people, at)
    play("one_step_up", people, ready("one_step_up", goal, at, marketer), marketer, at)
    told = "Nu € 80,00; de laagste prijs van de dertig dagen ervoor was € 100,00."
    assert mailbox.received
    assert all(told in body for body in bodies(mailbox))
    (english,) = suggested(people[0], language="en", at=at)
    assert english["price"] == "Now €80.00; the lowest price of the thirty days before was €100.00."
    (later,) = suggested(people[0], language="en", at=at + 25 * DAY)
    assert later["price"] == ""
    change_shop(at=at, by="test", vat="excluded")
    (without_vat,) = suggested(people[0], language="en", at=at)
    assert without_vat["price"] == ""


def test_mails_to_members_open_their_own_page_and_previews_nobodys(
    shop: int, goal: Goal, marketer: User, mailbox: Mailbox, at: datetime
) -> None:
    people = world.make_drifting(DUE, at)
    SCENES["unused_points"].due(people, at)
    row = ready("unused_points", goal, at, marketer)
    play("unused_points", people, row, marketer, at)
    links = [word for body in bodies(mailbox) for word in body.split() if "/member/open/" in word]
    opened = [customer_behind(link.rpartition("/")[2], at=at) for link in links]
    assert [one.email for one in opened if one] == mailbox.recipients
    shown = facts_for(row.offers.get(), people[0], code="", at=at)
    assert "/member/open/" not in str(shown)


@pytest.mark.parametrize("code", ["welcome", "tier_reached", "save_offer", "contract_renewal"])
def test_a_series_ends_for_who_orders_where_it_should(
    shop: int, goal: Goal, marketer: User, mailbox: Mailbox, code: str, at: datetime
) -> None:
    preset = presets()[code]
    people = world.make_drifting(DUE, at)
    SCENES[code].due(people, at)
    row = ready(code, goal, at, marketer)
    play(code, people, row, marketer, at)
    first = Assignment.objects.filter(campaign=row).earliest("pk")
    world.order_now(first.customer, "N-2", at + 2 * DAY)
    due = at + (preset.steps[1].wait_days + 1) * DAY
    world.order_now(None, "N-3", due)
    before = len(mailbox.received)
    world.work(due)
    mine = Delivery.objects.get(assignment=first, step__position=2)
    assert (mine.reason == "already_ordered") == preset.exits_on_order
    if not preset.steps[1].only_if:
        assert len(mailbox.received) > before
