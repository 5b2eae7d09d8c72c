"""What may be shown on the site: to whom the lot gave it, the same again, and counted once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from campaigns import world
from cast import employ
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import decide, end_campaign, pause_campaign, resume_campaign
from stamgast.campaigns.actions.drafting import change_campaign, draft_campaign, plans_of
from stamgast.campaigns.errors import BadCampaign
from stamgast.campaigns.models import Assignment, Campaign, Contact, Decision, Delivery
from stamgast.campaigns.rules import OfferPlan, StepPlan
from stamgast.customers.actions import add_interaction, object_to_profiling
from stamgast.customers.models import Customer, Interaction
from stamgast.mail.errors import BadContent
from stamgast.measurement.models import Lot, Treatment
from stamgast.privacy.actions import erase_person, merge_customers
from stamgast.staff.models import User

Drifting = list[Customer]
DAY = timedelta(days=1)
SHOWN = {
    "nl": {
        "title": "{{ customer.first_name }}, {{ offer.title }}",
        "text": "Uw code: {{ offer.code }}",
        "button": "Bekijk",
        "url": "{{ offer.url }}",
    },
    "en": {"title": "{{ offer.title }}"},
}


@pytest.fixture
def on_site(offer: Campaign, marketer: User, at: datetime) -> Campaign:
    """The save offer, shown on the site instead of mailed; it runs, and was given."""
    step = StepPlan(content=SHOWN, channel="site", cost_minor=0)
    row = world.start(change_campaign(offer, steps=[step], at=at, by=marketer), at, by=marketer)
    jobs.do_work(at=at)
    return row


def treated() -> Customer:
    return Assignment.objects.select_related("customer").earliest("pk").customer


def test_who_got_it_by_lot_is_shown_it_in_both_languages_and_the_others_nothing(
    on_site: Campaign, drifting: Drifting, at: datetime
) -> None:
    given = {one.customer_id for one in Assignment.objects.all()}
    for customer in drifting:
        decision = decide(customer, placement="home", at=at)
        assert (decision is not None) == (customer.pk in given)
    control = Lot.objects.filter(arm__is_control=True)
    assert 0 < control.count() == len(drifting) - Decision.objects.count()
    one = Decision.objects.select_related("contact__customer").earliest("pk")
    said = one.contact.facts["said"]
    code = one.contact.delivery.assignment.code
    assert code is not None
    assert said["nl"]["title"].startswith(f"{one.contact.customer.first_name}, 10% korting")
    assert said["nl"]["text"] == f"Uw code: {code.text}"
    assert said["nl"]["url"] == "https://koffiehuis.example"
    assert one.probability == one.contact.delivery.assignment.lot.probability


def test_at_a_visit_nothing_is_fetched_in_a_statement_of_its_own(
    on_site: Campaign, at: datetime, django_assert_num_queries: Any
) -> None:
    who = treated()
    first = decide(who, placement="home", at=at)
    # whether there is any, what is ready, how things stand, the shop, its newest order, what was shown
    with django_assert_num_queries(6):
        assert decide(who, placement="home", at=at) == first


def test_asked_again_it_is_the_same_and_counts_as_treatment_once(
    on_site: Campaign, at: datetime
) -> None:
    who = treated()
    first = decide(who, placement="home", at=at)
    assert first is not None
    for later in range(1, 4):
        again = decide(who, placement="home", at=at + later * timedelta(minutes=9))
        assert (again, again and again.at) == (first, at)
    other = decide(who, placement="checkout", at=at + timedelta(hours=1))
    assert other is not None
    assert other.contact == first.contact
    jobs.do_work(at=at + timedelta(hours=2))
    jobs.do_work(at=at + timedelta(hours=3))
    assert Treatment.objects.get().lot.customer == who
    said = Interaction.objects.get(customer=who)
    assert not said.is_ours  # they came to us: it uses up no cap
    assert Delivery.objects.get(state="sent").assignment.customer == who


@pytest.mark.parametrize("why", ["objects", "complains", "ordered", "expired", "often", "paused"])
def test_whoever_may_not_at_that_moment_is_shown_nothing(
    on_site: Campaign, marketer: User, at: datetime, why: str
) -> None:
    who = treated()
    soon = at + timedelta(hours=1)
    if why == "objects":
        object_to_profiling(who, at=soon, by=marketer)
    elif why == "complains":
        add_interaction(who, kind="complaint", text="Broken", at=soon)
    elif why == "ordered":
        world.order_now(who, "B-1", soon)
    elif why == "expired":
        soon = at + 31 * DAY
        world.order_now(None, "N-9", soon)
    elif why == "often":
        for n in range(4):
            add_interaction(who, kind="email", text="Hi", is_ours=True, at=at - n * DAY)
    else:
        pause_campaign(on_site, at=soon, by=marketer)
    who.refresh_from_db()
    assert decide(who, placement="home", at=soon + timedelta(minutes=1)) is None
    assert not Decision.objects.exists()
    if why == "paused":
        resume_campaign(on_site, at=soon, by=marketer)
        assert decide(who, placement="home", at=soon + timedelta(minutes=1)) is not None


def test_what_they_saw_stays_though_it_made_them_hear_from_us_often_enough(
    on_site: Campaign, at: datetime
) -> None:
    who = treated()
    first = decide(who, placement="home", at=at)
    for n in range(4):
        add_interaction(who, kind="email", text="Hi", is_ours=True, at=at - n * DAY)
    assert decide(who, placement="home", at=at + DAY / 2) == first


def test_nothing_is_shown_after_the_campaign_ended_or_the_offer_ran_out(
    on_site: Campaign, marketer: User, at: datetime
) -> None:
    who = treated()
    assert decide(who, placement="home", at=at) is not None
    late = at + 31 * DAY
    world.order_now(None, "N-9", late)
    jobs.do_work(at=late)
    jobs.do_work(at=late)
    assert set(Contact.objects.values_list("status", "reason")) == {
        ("sent", ""), ("withheld", "offer_expired"),
    }  # fmt: skip
    assert not Delivery.objects.filter(state="waiting").exists()
    end_campaign(on_site, at=late, by=marketer)
    assert decide(who, placement="home", at=late) is None


def test_merged_records_are_shown_it_once_and_an_erased_one_nothing(
    on_site: Campaign, at: datetime
) -> None:
    kept, gone, erased = (one.customer for one in Assignment.objects.order_by("pk")[:3])
    merge_customers(kept, gone, at=at, by=None)
    erase_person(erased, at=at, by=None)
    assert decide(kept, placement="home", at=at) is not None
    assert Decision.objects.count() == 1
    assert not Contact.objects.filter(customer=erased).exclude(facts={}).exists()


def test_what_follows_does_not_wait_until_they_come_by(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    mail = plans_of(offer)[1][0]
    steps = [StepPlan(content=SHOWN, channel="site"), StepPlan(content=mail.content, wait_days=2)]
    row = change_campaign(offer, steps=steps, at=at, by=marketer)
    world.start(row, at, by=marketer)
    world.work(at)
    world.order_now(None, "N-2", at + 2 * DAY)
    world.work(at + 2 * DAY)
    mailed = Delivery.objects.filter(step__position=2, state="sent")
    assert mailed.count() == Assignment.objects.count()


@pytest.mark.parametrize(
    "content", [{}, {"nl": {"title": ""}}, {"nl": {"title": "x" * 121}}, {"xx": {"title": "x"}}]
)
def test_refuses_what_cannot_be_shown(db: None, at: datetime, content: dict[str, object]) -> None:
    with pytest.raises(BadContent):
        draft_campaign(
            name="Site", audience={"version": 1, "who": {"is": "stage", "in": ["new"]}},
            offers=[OfferPlan()], steps=[StepPlan(content=content, channel="site")], at=at,
        )  # fmt: skip


def test_refuses_a_place_without_a_name(on_site: Campaign, at: datetime) -> None:
    for place in (" ", "x" * 41):
        with pytest.raises(BadCampaign):
            decide(treated(), placement=place, at=at)


@pytest.mark.django_db(transaction=True)
def test_asked_from_many_sides_at_once_while_the_worker_works_it_counts_once(
    home: object, at: datetime
) -> None:
    world.change_shop(at=at, website="https://koffiehuis.example")
    world.order_now(None, "N-1", at - timedelta(hours=1))
    people = world.make_drifting(12, at)
    by = employ("marketer")
    row = world.save_offer(at, world.make_goal(at), world.make_codes(20, at), by=by)
    row = change_campaign(row, steps=[StepPlan(content=SHOWN, channel="site")], at=at, by=by)
    world.start(row, at, by=by)
    jobs.do_work(at=at)

    def ask(n: int) -> int | None:
        try:
            if n % 8 == 0:
                jobs.follow_deliveries(at=at)
            found = decide(people[n % 12], placement="home", at=at)
            return found and found.contact_id
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(72)))
    for n in range(12):
        assert len(set(answers[n::12])) == 1
    jobs.follow_deliveries(at=at)
    given = Assignment.objects.count()
    assert Decision.objects.count() == given == Treatment.objects.count()
