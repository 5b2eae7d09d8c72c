"""What starts a campaign, history that starts nothing, and customers who change while they are in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from campaigns import world
from cast import buy
from importers.files import write_csv
from mail.mailbox import Mailbox
from stamgast.campaigns import jobs
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.models import Assignment, Campaign, Delivery
from stamgast.customers.actions import add_interaction, close_complaint
from stamgast.customers.models import Customer, Interaction
from stamgast.events.models import Event
from stamgast.importers.actions import import_file
from stamgast.mail.models import Message
from stamgast.measurement.models import Lot
from stamgast.privacy.actions import erase_person, merge_customers, unmerge_customers
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

Drifting = list[Customer]


@pytest.fixture
def on_order(offer: Campaign, marketer: User, at: datetime) -> Campaign:
    """A campaign for whoever orders, whatever their stage."""
    everyone = {"version": 1, "who": {"is": "is_kind", "in": ["person"]}}
    row = change_campaign(
        offer, audience=everyone, rhythm="on_event", trigger="ordered", exits_on_order=False,
        at=at, by=marketer,
    )  # fmt: skip
    return world.start(row, at, by=marketer)


def test_an_order_starts_it_for_that_customer_and_only_once(
    on_order: Campaign, drifting: Drifting, at: datetime, mailbox: Mailbox
) -> None:
    world.work(at)
    assert Lot.objects.count() == 0
    later = at + timedelta(minutes=5)
    buy(drifting[0], "B-1", on=later)
    buy(drifting[0], "B-2", on=later)
    buy(drifting[1], "B-3", on=later)
    world.work(later)
    world.work(later + timedelta(minutes=1))
    assert set(Lot.objects.values_list("customer_id", flat=True)) == {
        drifting[0].pk,
        drifting[1].pk,
    }
    assert len(mailbox.received) == Lot.objects.filter(arm__is_control=False).count()


def test_an_order_of_before_it_began_starts_nothing_even_when_it_comes_in_later(
    on_order: Campaign, drifting: Drifting, at: datetime
) -> None:
    buy(drifting[0], "B-1", on=at - timedelta(days=2))
    world.work(at + timedelta(minutes=1))
    assert Lot.objects.count() == 0


def test_a_closed_complaint_starts_it(
    offer: Campaign, marketer: User, drifting: Drifting, at: datetime
) -> None:
    everyone = {"version": 1, "who": {"is": "is_kind", "in": ["person"]}}
    row = change_campaign(
        offer, audience=everyone, rhythm="on_event", trigger="complaint_closed", at=at, by=marketer
    )
    world.start(row, at, by=marketer)
    complaint = add_interaction(drifting[0], kind="complaint", text="Broken", at=at)
    world.work(at)
    assert Lot.objects.count() == 0
    close_complaint(complaint, outcome="Sent a new one", at=at + timedelta(minutes=2))
    world.work(at + timedelta(minutes=3))
    assert Lot.objects.get().customer_id == drifting[0].pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("lines", [2_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_imported_history_starts_nothing(
    on_order: Campaign,
    drifting: Drifting,
    at: datetime,
    mailbox: Mailbox,
    tmp_path: Path,
    lines: int,
) -> None:
    moment = (at + timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S")
    rows = [(f"H-{n}", moment, f"k{n % 40 + 1}", "tea", "1", "4.50") for n in range(lines)]
    batch = import_file(write_csv(tmp_path / "orders.csv", rows), at=at + timedelta(minutes=2))
    assert batch.imported == lines
    assert Event.objects.filter(kind="history_imported", is_historic=True).exists()
    world.work(at + timedelta(minutes=5))
    assert (Lot.objects.count(), Message.objects.count(), mailbox.received) == (0, 0, [])


def test_whoever_is_erased_while_in_it_gets_nothing_and_is_forgotten(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)
    one = Assignment.objects.select_related("customer").earliest("pk")
    address = one.customer.email
    erase_person(one.customer, at=at + timedelta(minutes=1), by=None)
    world.work(at + timedelta(minutes=2))
    one.refresh_from_db()
    assert address not in mailbox.recipients
    assert (one.state, one.exit_reason, one.held) == ("exited", "erased", [])
    assert one.lot_id is not None


def test_two_records_of_one_person_get_one_mail(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)
    kept, gone = (
        one.customer for one in Assignment.objects.select_related("customer").order_by("pk")[:2]
    )
    merge = merge_customers(kept, gone, at=at + timedelta(minutes=1), by=None)
    world.work(at + timedelta(minutes=2))
    assert mailbox.recipients.count(kept.email) == 1
    assert gone.email not in mailbox.recipients
    assert Assignment.objects.filter(customer=kept).count() == 2
    assert Assignment.objects.get(exit_reason="merged").customer == kept
    unmerge_customers(merge, at=at + timedelta(minutes=3), by=None)
    assert Assignment.objects.filter(customer=gone).count() == 1


def test_who_goes_up_in_a_record_that_is_not_in_it_gets_it_there_once(
    running: Campaign, at: datetime, mailbox: Mailbox, goal: Goal
) -> None:
    jobs.do_work(at=at)
    one = Assignment.objects.select_related("customer").earliest("pk")
    gone = one.customer.email
    (kept,) = world.make_drifting(1, at, first=700)
    merge_customers(kept, one.customer, at=at + timedelta(minutes=1), by=None)
    world.work(at + timedelta(minutes=2))
    one.refresh_from_db()
    assert (one.customer, one.state) == (kept, "given")
    assert mailbox.recipients.count(kept.email) == 1
    assert gone not in mailbox.recipients
    assert len(mailbox.received) == len(set(mailbox.recipients)) == Assignment.objects.count()
    goal.refresh_from_db()
    assert goal.reserved_minor == 500 * Assignment.objects.count()


def test_who_drew_nothing_first_gets_nothing_by_another_record_of_theirs(
    running: Campaign, at: datetime, mailbox: Mailbox
) -> None:
    jobs.do_work(at=at)
    lots = Lot.objects.filter(experiment=running.experiment_id).select_related("customer")
    held_out = lots.filter(arm__is_control=True).earliest("pk").customer
    treated = (
        lots.filter(arm__is_control=False, pk__gt=held_out.lots.get().pk).latest("pk").customer
    )
    merge_customers(held_out, treated, at=at + timedelta(minutes=1), by=None)
    world.work(at + timedelta(minutes=2))
    assert held_out.email not in mailbox.recipients
    assert treated.email not in mailbox.recipients
    assert len(mailbox.received) == Assignment.objects.count() - 1


def test_a_series_waits_branches_and_stops_when_they_order(
    offer: Campaign, marketer: User, drifting: Drifting, at: datetime, mailbox: Mailbox
) -> None:
    from stamgast.campaigns.actions.drafting import plans_of
    from stamgast.campaigns.rules import StepPlan

    _, (first,) = plans_of(offer)
    still_silent = {"version": 1, "who": {"is": "stage", "in": ["drifting"]}}
    series = [
        first,
        StepPlan(content=first.content, wait_days=7, only_if=still_silent),
        StepPlan(
            content=first.content,
            wait_days=3,
            only_if={"version": 1, "who": {"is": "stage", "in": ["lost"]}},
        ),
    ]
    row = change_campaign(offer, steps=series, at=at, by=marketer)
    world.start(row, at, by=marketer)
    world.work(at)
    given = Assignment.objects.count()
    assert len(mailbox.received) == given
    buyer = Assignment.objects.select_related("customer").earliest("pk").customer
    week = at + timedelta(days=7)
    world.order_now(buyer, "B-1", week - timedelta(hours=2))
    world.work(week)
    assert len(mailbox.received) == 2 * given - 1
    assert mailbox.recipients.count(buyer.email) == 1
    later = at + timedelta(days=10)
    world.order_now(None, "B-2", later)
    world.work(later)
    assert len(mailbox.received) == 2 * given - 1
    states = set(Delivery.objects.filter(step__position=3).values_list("state", flat=True))
    assert states == {"skipped", "withheld"}


def test_what_went_out_keeps_the_next_campaign_from_writing_too_soon(
    running: Campaign, at: datetime
) -> None:
    from stamgast.campaigns.audience import looking, members

    world.work(at)
    treated = set(Assignment.objects.values_list("customer_id", flat=True))
    assert Interaction.objects.filter(is_ours=True, customer__in=treated).count() == len(treated)
    look = looking(at + timedelta(days=1))
    assert not treated & set(members(running.audience, look))
