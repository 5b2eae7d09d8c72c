"""What refuses one customer or one campaign stops nothing else, and what did not go is taken back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import Sum

from campaigns import world
from campaigns.test_calls import calling, first, sanne, say_yes
from campaigns.test_pages import signed_in, text
from campaigns.test_programme_offers import members, offering
from mail.mailbox import Mailbox
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import claim_call, settle_doubt
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.actions.sending_out import doubt_what_was_due
from stamgast.campaigns.eligible import eligible
from stamgast.campaigns.models import Assignment, Campaign, CodeList, Contact, Delivery
from stamgast.campaigns.rules import StepPlan
from stamgast.customers.models import Customer, Interaction
from stamgast.events.models import Event
from stamgast.loyalty.codes.actions import close_set, make_set, reopen_set
from stamgast.loyalty.models import Member
from stamgast.mail.models import Message
from stamgast.measurement.models import Cost, Lot, Treatment
from stamgast.staff.actions import change_shop
from stamgast.staff.models import User
from stamgast.strategy.models import Goal, Reservation

__all__ = ["calling", "members", "sanne", "say_yes"]
Drifting = list[Customer]
DAY = timedelta(days=1)
TYPO = "{% if customer.city == 'Ede' %}{{ suggestions[0].name }}{% endif %}"
SITE = {"nl": {"title": "Hoi", "text": "", "button": "", "url": ""}}
FAILING = {"nl": {"title": "Hoi", "text": TYPO, "button": "", "url": ""}}


def on_site(campaign: Campaign, content: object, at: datetime) -> Campaign:
    return change_campaign(campaign, steps=[StepPlan(content=content, channel="site")], at=at)


def test_a_text_that_fails_for_one_fails_for_them_alone(
    drifting: Drifting, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    row = on_site(world.save_offer(at, goal, codes, control_share="0.01"), FAILING, at)
    Customer.objects.filter(pk=drifting[-1].pk).update(city="Ede")
    world.start(row, at, by=marketer)
    jobs.do_work(at=at)
    failed = Contact.objects.get(status="failed")
    assert (failed.customer_id, failed.reason) == (drifting[-1].pk, "cannot_render")
    assert (failed.delivery.state, failed.delivery.assignment.state) == ("failed", "exited")
    assert Contact.objects.filter(status="waiting").count() > 30
    assert not jobs.has_work(at + timedelta(minutes=1))


def test_a_closed_set_of_codes_lets_its_campaign_wait_and_the_others_go(
    members: list[Member], goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    made = make_set(currency="EUR", kind="percent", name="X", percent=10, at=at, by=marketer)
    closed = offering(goal, at, kind="discount_code", code_set=made.pk, cost_minor=100)
    other = world.save_offer(at, goal, codes, by=marketer)
    for one in (closed, other):
        world.start(one, at, by=marketer)
    close_set(made, at=at, by=marketer)
    jobs.do_work(at=at)
    closed.refresh_from_db()
    assert closed.waits_for == "rewards"
    assert Assignment.objects.filter(campaign=other).exists()
    assert not jobs.is_due(closed, at)
    reopen_set(made, at=at, by=marketer)
    jobs.do_work(at=at)
    assert Assignment.objects.filter(campaign=closed).exists()


def test_a_campaign_that_is_refused_says_why_and_is_tried_again_later(
    drifting: Drifting, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    refused, other = (world.save_offer(at, goal, codes, by=marketer) for _ in range(2))
    for one in (refused, other):
        world.start(one, at, by=marketer)
    step = refused.steps.get()
    kept, step.content = step.content, {"zz": {"subject": "?"}}
    step.save()
    jobs.do_work(at=at)
    assert Assignment.objects.filter(campaign=other).exists()
    refused.refresh_from_db()
    assert (refused.waits_for, refused.refusal["code"]) == ("work_refused", "bad_content")
    page = text(signed_in("marketer").get(f"/campaigns/{refused.pk}"))
    assert "It waits by itself, because its work was refused:" in page
    jobs.do_work(at=at + timedelta(minutes=5))
    jobs.do_work(at=at + timedelta(minutes=16))
    assert Event.objects.filter(kind="campaign_waits").count() == 1
    step.content = kept
    step.save()
    jobs.do_work(at=at + timedelta(minutes=20))  # not yet
    assert not Assignment.objects.filter(campaign=refused).exists()
    jobs.do_work(at=at + timedelta(minutes=32))
    refused.refresh_from_db()
    assert (refused.waits_for, refused.refusal, refused.waits_until) == ("", {}, None)
    assert Assignment.objects.filter(campaign=refused).exists()


def _lots(campaign: Campaign, *, is_control: bool) -> set[int]:
    mine = Lot.objects.filter(experiment__campaign=campaign, arm__is_control=is_control)
    return set(mine.values_list("customer_id", flat=True))


def test_what_waits_on_the_site_keeps_nobody_from_another_campaign(
    drifting: Drifting, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1)
    one = on_site(world.save_offer(at, goal, codes, control_share="0.5"), SITE, at)
    other = world.save_offer(at, goal, codes, pool="Another kind", rhythm="daily")
    world.start(one, at, by=marketer)
    jobs.do_work(at=at)
    everybody = [one.pk for one in drifting]
    assert eligible(other, everybody, at + DAY).may == everybody


def test_the_cap_keeps_both_groups_of_another_campaign_out_or_neither(
    drifting: Drifting, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1)
    one = world.save_offer(at, goal, codes, control_share="0.5")
    other = world.save_offer(at, goal, codes, pool="Another kind", rhythm="daily")
    world.start(one, at, by=marketer)
    drawn = [one.pk for one in drifting][:30]
    jobs.run_round(one, at=at, only=drawn)
    treated, control = _lots(one, is_control=False), _lots(one, is_control=True)
    assert treated
    assert control
    everybody = [one.pk for one in drifting]
    rest = set(everybody) - treated - control
    assert set(eligible(other, everybody, at).may) == rest  # while it waits to go
    world.work(at)
    treated, control = _lots(one, is_control=False), _lots(one, is_control=True)
    rest = set(everybody) - treated - control
    assert set(eligible(other, everybody, at + DAY).may) == rest  # and after it went
    assert set(eligible(other, everybody, at + 40 * DAY).may) == set(everybody)


def test_what_waits_in_a_campaign_that_stands_still_counts_for_nobody(
    drifting: Drifting, goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> None:
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1)
    one = world.save_offer(at, goal, codes, control_share="0.5")
    other = world.save_offer(at, goal, codes, pool="Another kind", rhythm="daily")
    world.start(one, at, by=marketer)
    jobs.do_work(at=at)
    Campaign.objects.filter(pk=one.pk).update(status="paused", paused_at=at - DAY)
    everybody = [one.pk for one in drifting]
    assert eligible(other, everybody, at).may == everybody


def test_a_contact_that_did_not_go_is_taken_back_with_its_cost(
    calling: Campaign, sanne: User, marketer: User, at: datetime
) -> None:
    taken = first(at)
    claim_call(taken, at=at, by=sanne)
    waiting = Contact.objects.filter(status="waiting").count()
    assert doubt_what_was_due(at=at) == 1  # calls that nobody took up wait on
    assert Contact.objects.filter(status="waiting").count() == waiting
    jobs.do_work(at=at)
    assert (Treatment.objects.count(), Interaction.objects.count()) == (1, 1)
    assert settle_doubt(taken, has_gone=False, at=at, by=marketer)
    assert not settle_doubt(taken, has_gone=False, at=at, by=marketer)
    jobs.do_work(at=at)
    assert Cost.objects.aggregate(all=Sum("amount_minor")) == {"all": 0}
    assert (Treatment.objects.count(), Interaction.objects.count()) == (0, 0)
    one = Delivery.objects.select_related("assignment__reservation").get(contact=taken)
    assert (one.state, one.assignment.state) == ("failed", "exited")
    assert one.assignment.reservation is not None
    assert one.assignment.reservation.state == Reservation.State.RELEASED


def test_a_contact_that_went_after_all_stays_booked(
    calling: Campaign, sanne: User, marketer: User, at: datetime
) -> None:
    taken = first(at)
    claim_call(taken, at=at, by=sanne)
    doubt_what_was_due(at=at)
    jobs.do_work(at=at)
    assert settle_doubt(taken, has_gone=True, at=at, by=marketer)
    assert Cost.objects.get().amount_minor == 250
    assert (Treatment.objects.count(), Interaction.objects.count()) == (1, 1)


@pytest.mark.parametrize("is_demo", [True, False])
def test_an_example_shop_mails_nobody(
    running: Campaign, mailbox: Mailbox, at: datetime, is_demo: bool
) -> None:
    change_shop(at=at, is_demo=is_demo)
    world.work(at)
    assert bool(mailbox.received) is not is_demo
    withheld = Message.objects.filter(status="withheld", reason="is_demo")
    assert withheld.exists() is is_demo
