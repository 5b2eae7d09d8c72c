"""A campaign from start to end: the lot first, then money, code and message together, each once."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from campaigns import world
from mail.mailbox import Mailbox
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import (
    end_campaign,
    pause_campaign,
    resume_campaign,
    run_campaign,
    settle_used_codes,
)
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.errors import CampaignEnded, CampaignRuns, NotApproved, NotRunning
from stamgast.campaigns.models import Assignment, Campaign, Code, Delivery
from stamgast.customers.actions import add_interaction, object_to_profiling, record_consent
from stamgast.customers.models import Customer, Interaction
from stamgast.mail.models import Message
from stamgast.measurement.actions import draw_standing, open_standing
from stamgast.measurement.models import Cost, Lot, Treatment
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

Drifting = list[Customer]


def arms(campaign: Campaign) -> dict[str, int]:
    lots = Lot.objects.filter(experiment__campaign=campaign)
    return {arm: lots.filter(arm__code=arm).count() for arm in ("control", "code")}


def test_everyone_has_a_lot_and_only_the_treated_get_something(
    running: Campaign, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    world.work(at)
    drawn = arms(running)
    assert sum(drawn.values()) == 40
    assert 1 <= drawn["control"] <= 20
    given = Assignment.objects.filter(campaign=running)
    assert given.count() == drawn["code"] == len(mailbox.received)
    assert {one.lot.arm.code for one in given} == {"code"}
    addressed = set(mailbox.recipients)
    assert addressed == {one.customer.email for one in given}
    goal.refresh_from_db()
    assert goal.reserved_minor == 500 * drawn["code"]


def test_each_gets_a_code_of_their_own_in_their_mail(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    world.work(at)
    codes = list(Assignment.objects.values_list("code__text", flat=True))
    assert len(set(codes)) == len(codes)
    one = Assignment.objects.select_related("customer", "code").earliest("pk")
    place = mailbox.recipients.index(one.customer.email)
    plain = mailbox.message(place).get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert one.code is not None
    assert one.code.text in text
    assert "10% korting" in text
    assert "20 december 2026" in text
    assert one.customer.full_name in text


def test_it_is_kept_why_somebody_got_it(running: Campaign, at: datetime) -> None:
    world.work(at)
    one = Assignment.objects.earliest("pk")
    assert {leaf["is"] for leaf in one.held} == {
        "stage",
        "silent_longer_than_usual",
        "orders",
        "value",
    }


def test_what_went_is_our_contact_their_treatment_and_no_more_than_once(
    running: Campaign, at: datetime
) -> None:
    world.work(at)
    world.work(at)
    given = Assignment.objects.filter(campaign=running).count()
    ours = Interaction.objects.filter(is_ours=True, kind="email")
    assert ours.count() == Treatment.objects.count() == given
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_second_round_draws_nobody_again(running: Campaign, at: datetime) -> None:
    world.work(at)
    before = arms(running), Message.objects.count()
    world.make_drifting(5, at, first=100)
    world.work(at + timedelta(hours=2))
    assert (arms(running), Message.objects.count()) == before


def test_a_daily_campaign_takes_in_who_came_into_it(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    daily = change_campaign(offer, rhythm="daily", at=at, by=marketer)
    world.start(daily, at, by=marketer)
    world.work(at)
    world.make_drifting(10, at, first=100)
    tomorrow = at + timedelta(days=1)
    world.order_now(None, "N-2", tomorrow)
    assert world.work(tomorrow)["given"] == 0  # no new scores yet
    from stamgast.scoring.models import Run

    Run.objects.update(ended_at=tomorrow - timedelta(hours=5))
    world.work(tomorrow)
    assert Lot.objects.count() == 50
    assert set(Lot.objects.values_list("round", flat=True)) == {1, 2}


def test_nothing_goes_while_the_newest_order_is_too_old(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    late = at + timedelta(hours=24)
    world.work(late)
    running.refresh_from_db()
    assert running.waits_for == "orders_too_old"
    assert (Lot.objects.count(), mailbox.received) == (0, [])
    world.order_now(None, "N-9", late - timedelta(minutes=5))
    world.work(late)
    running.refresh_from_db()
    assert running.waits_for == ""
    assert mailbox.received


def test_what_was_queued_waits_too_when_orders_are_no_longer_known(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)
    late = at + timedelta(hours=30)
    from stamgast.mail.sending import Sender

    Sender(clock=lambda: late).work_until_idle()
    assert not mailbox.received
    assert set(Message.objects.values_list("status", "reason")) == {("waiting", "orders_too_old")}


def test_whoever_orders_first_gets_no_mail_and_the_money_comes_back(
    running: Campaign, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    jobs.do_work(at=at)
    lucky = Assignment.objects.select_related("customer").earliest("pk")
    world.order_now(lucky.customer, "N-3", at + timedelta(minutes=1))
    world.work(at + timedelta(minutes=2))
    lucky.refresh_from_db()
    assert lucky.customer.email not in mailbox.recipients
    assert (lucky.state, lucky.exit_reason) == ("exited", "already_ordered")
    goal.refresh_from_db()
    assert goal.reserved_minor == 500 * (Assignment.objects.count() - 1)


def test_whoever_objects_complains_or_withdraws_at_the_last_moment_gets_nothing(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)
    objects, complains, withdraws = (
        one.customer for one in Assignment.objects.select_related("customer").order_by("pk")[:3]
    )
    object_to_profiling(objects, at=at, by=None)
    add_interaction(complains, kind="complaint", text="Broken", at=at)
    record_consent(
        withdraws, channel="email", purpose="offers", is_granted=False, source="phone", at=at
    )
    world.work(at + timedelta(minutes=1))
    assert not {objects.email, complains.email, withdraws.email} & set(mailbox.recipients)
    reasons = Assignment.objects.exclude(exit_reason="").values_list("exit_reason", flat=True)
    assert sorted(reasons) == ["left_campaign", "left_campaign", "withdrawn"]


def test_who_is_drawn_into_the_standing_control_group_gets_nothing_that_still_waits(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)
    drawn = open_standing(0.4, name="Left alone", at=at, key="standing")
    draw_standing(at=at)
    rows = Lot.objects.filter(experiment=drawn, arm__is_control=True)
    standing = set(rows.values_list("customer__email", flat=True))
    assigned = {one.customer.email for one in Assignment.objects.select_related("customer")}
    assert standing & assigned, "the lot left none of them out"
    assert assigned - standing
    world.work(at + timedelta(minutes=1))
    assert set(mailbox.recipients) == assigned - standing
    exits = Assignment.objects.filter(exit_reason="in_standing_control")
    assert {one.customer.email for one in exits.select_related("customer")} == standing & assigned
    assert not Lot.objects.exclude(experiment=drawn).filter(is_standing=True).exists()


def test_a_paused_campaign_stands_still_and_goes_on_where_it_was(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)
    pause_campaign(running, at=at)
    world.work(at + timedelta(minutes=1))
    assert not mailbox.received
    resume_campaign(running, at=at + timedelta(minutes=5))
    world.work(at + timedelta(minutes=30))
    assert len(mailbox.received) == Assignment.objects.count()


def test_an_ended_campaign_takes_back_what_had_not_gone(
    running: Campaign, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    jobs.do_work(at=at)
    ended = end_campaign(running, at=at)
    assert end_campaign(running, at=at) == ended
    world.work(at + timedelta(minutes=1))
    assert not mailbox.received
    assert set(Message.objects.values_list("status", flat=True)) == {"withheld"}
    assert set(Assignment.objects.values_list("exit_reason", flat=True)) == {"campaign_over"}
    goal.refresh_from_db()
    assert goal.reserved_minor == 0
    ended.refresh_from_db()
    assert ended.experiment is not None
    assert ended.experiment.ended_at == at
    with pytest.raises(CampaignEnded):
        run_campaign(running, at=at)


def test_a_used_code_spends_what_was_given_and_what_is_left_returns(
    running: Campaign, at: datetime, goal: Goal
) -> None:
    world.work(at)
    one = Assignment.objects.select_related("code", "customer").earliest("pk")
    assert one.code is not None
    later = at + timedelta(days=3)
    code = one.code.text.lower()
    world.order_now(one.customer, "N-5", later, discount_code=code, discount_minor=320)
    assert settle_used_codes(at=later) == 1
    assert settle_used_codes(at=later) == 0
    one.refresh_from_db()
    assert (one.state, one.order_number) == ("used", "N-5")
    goal.refresh_from_db()
    assert goal.spent_minor == 320
    assert goal.reserved_minor == 500 * (Assignment.objects.count() - 1)


def test_an_offer_that_runs_out_gives_its_money_back_when_no_late_order_can_come(
    running: Campaign, at: datetime, goal: Goal
) -> None:
    world.work(at)
    over = at + timedelta(days=31)
    jobs.do_work(at=over)
    assert set(Assignment.objects.values_list("state", flat=True)) == {"expired"}
    goal.refresh_from_db()
    assert goal.reserved_minor > 0
    jobs.do_work(at=over + timedelta(days=10))
    goal.refresh_from_db()
    assert (goal.reserved_minor, goal.spent_minor) == (0, 0)


def test_sending_costs_are_booked_for_the_arm_and_spent_of_the_goal(
    offer: Campaign, marketer: User, at: datetime, goal: Goal
) -> None:
    offer.steps.update(cost_minor=2)
    world.start(offer, at, by=marketer)
    world.work(at)
    given = Assignment.objects.count()
    assert sum(Cost.objects.values_list("amount_minor", flat=True)) == 2 * given
    jobs.do_work(at=at + timedelta(days=45))
    goal.refresh_from_db()
    assert (goal.reserved_minor, goal.spent_minor) == (0, 2 * given)


def test_what_runs_stays_as_it_is_but_for_its_name_and_limits(
    running: Campaign, at: datetime
) -> None:
    with pytest.raises(CampaignRuns):
        change_campaign(running, control_share="0.5", at=at)
    with pytest.raises(CampaignRuns):
        change_campaign(running, audience=running.audience, at=at)
    renamed = change_campaign(running, name="Autumn", most_customers=10, at=at)
    assert (renamed.status, renamed.name) == ("running", "Autumn")
    end_campaign(running, at=at)
    with pytest.raises(CampaignEnded):
        change_campaign(running, name="Winter", at=at)


def test_a_limit_of_customers_is_kept_and_who_comes_first_is_chance(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    limited = change_campaign(offer, most_customers=15, at=at, by=marketer)
    world.start(limited, at, by=marketer)
    world.work(at)
    assert Lot.objects.count() == 15
    drawn = set(Lot.objects.values_list("customer__key", flat=True))
    assert drawn != {f"k{n}" for n in range(1, 16)}


def test_running_needs_approval_of_the_campaign_as_it_is(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    with pytest.raises(NotApproved):
        run_campaign(offer, at=at)
    from stamgast.campaigns.actions import approve_campaign

    approve_campaign(offer, at=at, by=marketer)
    change_campaign(offer, control_share=Decimal("0.3"), at=at, by=marketer)
    with pytest.raises(NotApproved):
        run_campaign(offer, at=at)
    with pytest.raises(NotRunning):
        pause_campaign(offer, at=at)


def test_a_killed_round_goes_on_where_it_was(
    running: Campaign, at: datetime, monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox
) -> None:
    from stamgast.campaigns.actions import giving

    monkeypatch.setattr(giving, "PORTION", 10)
    told = 0

    def die_after_one_portion(share: float) -> None:
        nonlocal told
        told += 1
        if told == 2:  # the first is said after the draw
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jobs.do_work(at=at, show=die_after_one_portion)
    assert (Assignment.objects.count(), Lot.objects.count()) == (10, 40)
    world.work(at)
    treated = Lot.objects.filter(arm__is_control=False).count()
    assert Assignment.objects.count() == treated == len(mailbox.received)
    assert Code.objects.exclude(handed_at=None).count() == treated


def test_when_codes_run_out_it_says_so_and_goes_on_with_new_ones(
    running: Campaign, at: datetime
) -> None:
    from stamgast.campaigns.actions import add_codes
    from stamgast.campaigns.models import CodeList

    Code.objects.filter(text__gt="AUTUMN-0005").delete()
    world.work(at)
    running.refresh_from_db()
    assert (running.waits_for, Assignment.objects.count()) == ("codes", 5)
    add_codes(CodeList.objects.get(), "\n".join(f"MORE-{n}" for n in range(60)), at=at)
    world.work(at)
    running.refresh_from_db()
    assert running.waits_for == ""
    assert Assignment.objects.count() == arms(running)["code"]


def test_when_the_money_runs_out_half_way_it_waits_and_overspends_nothing(
    running: Campaign, at: datetime, goal: Goal
) -> None:
    jobs_at = at
    Goal.objects.filter(pk=goal.pk).update(spent_minor=goal.budget_minor - 500 * 40)
    from stamgast.campaigns.actions.rounds import write_lots

    assert running.experiment is not None
    write_lots(running.experiment, [one.pk for one in Customer.objects.all()], at=at)
    Goal.objects.filter(pk=goal.pk).update(spent_minor=goal.budget_minor - 500 * 3)
    world.work(jobs_at)
    running.refresh_from_db()
    goal.refresh_from_db()
    assert running.waits_for == "budget"
    assert goal.spent_minor + goal.reserved_minor <= goal.budget_minor
