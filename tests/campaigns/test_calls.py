"""The call list: who is called, by whom, with whose yes, and what comes of it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns import world
from cast import employ
from stamgast.campaigns.actions import (
    claim_call,
    end_call,
    end_campaign,
    pause_campaign,
    put_call_back,
    resume_campaign,
    take_call_over,
)
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.channels.call import channel as call_channel
from stamgast.campaigns.channels.hours import closed_until, read_hours
from stamgast.campaigns.errors import (
    AlreadyOrdered,
    BadCampaign,
    BadOutcome,
    CallInHand,
    ContactTaken,
    LeftCampaign,
    MayNotContact,
)
from stamgast.campaigns.jobs import do_work
from stamgast.campaigns.models import Assignment, Campaign, Contact, Delivery
from stamgast.campaigns.queries import allowed, calls_left_open, calls_to_make
from stamgast.campaigns.rules import StepPlan
from stamgast.customers.actions import record_consent
from stamgast.customers.models import Consent, Customer, Interaction
from stamgast.events.models import Event
from stamgast.mail.actions import change_mail_settings, queue_message
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.errors import FieldMissing, NotYet, TextUnreadable
from stamgast.mail.models import Message
from stamgast.measurement.models import Cost, Lot, Treatment
from stamgast.privacy.actions import erase_person, merge_customers, unmerge_customers
from stamgast.staff.models import User
from stamgast.strategy.models import Goal

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SCRIPT = {
    "nl": {
        "text": "Goedemiddag, spreek ik met {{ customer.full_name }}? U krijgt {{ offer.title }}: {{ offer.code }}."
    },
    "en": {"text": "Good afternoon, is this {{ customer.full_name }}? You get {{ offer.title }}."},
}
ALWAYS = {"weekdays": ["09:00", "22:00"], "saturday": ["10:00", "16:00"]}


def say_yes(people: list[Customer], at: datetime) -> None:
    """Give everybody a number, and let them allow calls."""
    for number, one in enumerate(people):
        one.phone = f"+3161234{number:04}"
    Customer.objects.bulk_update(people, ["phone"])
    Consent.objects.bulk_create(
        Consent(
            customer=one, channel="phone", purpose="offers", is_granted=True, source="shop",
            at=at - timedelta(days=30),
        )
        for one in people
    )  # fmt: skip


def start_calls(offer: Campaign, at: datetime, by: User, **content: object) -> Campaign:
    step = StepPlan(channel="call", content={**SCRIPT, "hours": ALWAYS, **content}, cost_minor=250)
    return world.start(change_campaign(offer, steps=[step], at=at, by=by), at, by=by)


@pytest.fixture
def sanne(db: None) -> User:
    return employ("service")


@pytest.fixture
def calling(offer: Campaign, drifting: list[Customer], marketer: User, at: datetime) -> Campaign:
    """Forty customers who said yes to calls, and the calls to those who drew one."""
    say_yes(drifting, at)
    row = start_calls(offer, at, marketer)
    do_work(at=at)
    return row


def first(at: datetime) -> Contact:
    one = calls_to_make(at).first()
    assert one is not None
    return one


def consent_of(one: Contact) -> bool:
    last = Consent.objects.filter(customer=one.customer_id, channel="phone", purpose="offers")
    return last.order_by("-at", "-pk")[0].is_granted


# --- who is called ------------------------------------------------------------------------------


def test_only_the_treated_are_called(calling: Campaign, at: datetime) -> None:
    treated = Lot.objects.filter(arm__is_control=False).values_list("customer_id", flat=True)
    assert 0 < len(treated) < 40
    assert sorted(calls_to_make(at).values_list("customer_id", flat=True)) == sorted(treated)


def test_an_order_is_no_yes_to_being_called(
    offer: Campaign, drifting: list[Customer], marketer: User, at: datetime
) -> None:
    say_yes(drifting[:3], at)
    soft = drifting[0].consents.filter(channel="phone")
    soft.update(basis="soft_opt_in", order_number="N-1")
    withdrawn = drifting[1]
    record_consent(
        withdrawn, channel="phone", purpose="offers", is_granted=False, source="phone", at=at
    )
    start_calls(offer, at, marketer)
    do_work(at=at)
    assert list(Lot.objects.values_list("customer_id", flat=True)) == [drifting[2].pk]


def test_consent_withdrawn_a_second_before_is_asked_when_the_call_is_taken_up(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    call = first(at)
    record_consent(
        call.customer, channel="phone", purpose="offers", is_granted=False, source="me", at=at
    )
    assert call not in allowed(list(calls_to_make(at)), at)
    with pytest.raises(MayNotContact) as refused:
        claim_call(call, at=at + timedelta(seconds=1), by=sanne)
    assert refused.value.facts["reason"] == "withdrawn"
    call.refresh_from_db()
    assert (call.status, call.reason) == ("withheld", "withdrawn")
    assert call.delivery.state == "withheld"
    assert call.delivery.assignment.state == Assignment.State.EXITED
    assert not calls_to_make(at + MINUTE).filter(pk=call.pk).exists()
    assert Event.objects.filter(kind="contact_withheld", subject_id=call.pk).count() == 1


def test_calls_of_a_campaign_that_stands_still_vanish_and_come_back(
    calling: Campaign, sanne: User, marketer: User, at: datetime
) -> None:
    call = first(at)
    pause_campaign(calling, at=at, by=marketer)
    assert not calls_to_make(at).exists()
    with pytest.raises(NotYet):
        claim_call(call, at=at, by=sanne)
    resume_campaign(calling, at=at + MINUTE, by=marketer)
    assert calls_to_make(at + timedelta(hours=1)).filter(pk=call.pk).exists()


def test_calls_of_a_campaign_that_ended_are_over(
    calling: Campaign, sanne: User, marketer: User, at: datetime
) -> None:
    call, held = calls_to_make(at)[:2]
    claim_call(held, at=at, by=sanne)
    end_campaign(calling, at=at, by=marketer)
    assert not calls_to_make(at).exists()
    with pytest.raises(ContactTaken):
        claim_call(call, at=at, by=employ("service", email="joost@example.nl"))
    put_call_back(held, at=at, by=sanne)
    do_work(at=at + MINUTE)
    held.refresh_from_db()
    assert (held.status, held.reason) == ("withheld", "campaign_over")
    assert not Delivery.objects.filter(state="waiting").exists()


def test_who_ordered_since_is_not_called(calling: Campaign, sanne: User, at: datetime) -> None:
    call = first(at)
    world.order_now(call.customer, "B-1", at + MINUTE)
    with pytest.raises(AlreadyOrdered):
        claim_call(call, at=at + 2 * MINUTE, by=sanne)


def test_nobody_is_called_in_the_evening_or_on_sunday(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    call = first(at)
    night = datetime(2026, 11, 21, 23, tzinfo=ZoneInfo("Europe/Amsterdam"))  # a Saturday
    world.order_now(None, "N-2", night - timedelta(hours=2))
    with pytest.raises(NotYet) as refused:
        claim_call(call, at=night, by=sanne)
    assert refused.value.facts["reason"] == "not_the_hour"
    call.refresh_from_db()
    opens = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert call.due_at == opens
    assert not calls_to_make(night).filter(pk=call.pk).exists()


def test_contacts_over_all_channels_count_for_the_cap(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    change_mail_settings(at=at, most_contacts=1, within_days=7)
    call = first(at)
    claim_call(call, at=at, by=sanne)
    letter = Content.of(nl=Version(subject="Dag", blocks=(Block("text", "Dag"),)))
    mail = queue_message(
        call.customer, content=letter, purpose="offers", kind="campaign", facts={}, key="m-1", at=at
    )
    world.work(at)  # while the call is going on, and after it
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == (Message.Status.WAITING, "capped")
    assert mail.due_at == at + 7 * DAY
    end_call(call, "spoke", at=at, by=sanne)
    again = Contact.objects.exclude(pk=call.pk).filter(status="waiting")[0]
    Message.objects.create(
        key="m-2", customer=again.customer, kind="campaign", purpose="offers", content=mail.content,
        status="sent", seen_at=at - DAY, made_at=at, due_at=at,
    )  # fmt: skip
    with pytest.raises(NotYet) as refused:
        claim_call(again, at=at, by=sanne)
    assert refused.value.facts["reason"] == "capped"


# --- one colleague at a time --------------------------------------------------------------------


def test_two_colleagues_never_call_the_same_person(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    joost, call = employ("service", email="joost@example.nl"), first(at)
    claim_call(call, at=at, by=sanne)
    stale = Contact.objects.get(pk=call.pk)
    with pytest.raises(ContactTaken):
        claim_call(stale, at=at, by=joost)
    assert claim_call(call, at=at + MINUTE, by=sanne).taken_at == at
    with pytest.raises(ContactTaken):
        end_call(call, "spoke", at=at, by=joost)
    with pytest.raises(CallInHand):
        claim_call(first(at), at=at, by=sanne)


def test_a_call_left_open_is_taken_over_not_forgotten(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    joost, call = employ("service", email="joost@example.nl"), first(at)
    claim_call(call, at=at, by=sanne)
    with pytest.raises(ContactTaken):
        take_call_over(call, at=at + 29 * MINUTE, by=joost)
    later = at + 31 * MINUTE
    assert list(calls_left_open(joost, later)) == [call]
    assert list(calls_left_open(sanne, later)) == []
    take_call_over(call, at=later, by=joost)
    with pytest.raises(ContactTaken):
        end_call(call, "spoke", at=later, by=sanne)
    end_call(call, "spoke", at=later, by=joost)
    told = Event.objects.get(kind="call_taken_over")
    assert told.facts["from_user"] == sanne.pk


def test_consent_and_the_hour_are_asked_when_a_call_is_taken_over_or_opened_again(
    calling: Campaign, sanne: User, marketer: User, at: datetime
) -> None:
    change_mail_settings(at=at, most_contacts=1, within_days=7)  # it counts for the caps already
    joost = employ("service", email="joost@example.nl")
    over, again, late = calls_to_make(at)[:3]
    for call, colleague in ((over, sanne), (again, joost), (late, marketer)):
        claim_call(call, at=at, by=colleague)
        assert claim_call(call, at=at + MINUTE, by=colleague).taken_by == colleague
    for call in (over, again):
        record_consent(
            call.customer, channel="phone", purpose="offers", is_granted=False, source="me", at=at
        )
    later = at + 31 * MINUTE
    with pytest.raises(MayNotContact):
        take_call_over(over, at=later, by=marketer)
    with pytest.raises(MayNotContact):
        claim_call(again, at=later, by=joost)
    for call in (over, again):
        call.refresh_from_db()
        assert (call.status, call.reason, call.taken_by) == ("withheld", "withdrawn", None)
        assert call.delivery.assignment.state == Assignment.State.EXITED
    with pytest.raises(NotYet):
        take_call_over(late, at=at.replace(hour=23), by=sanne)
    late.refresh_from_db()
    assert (late.status, late.reason, late.taken_by) == ("waiting", "not_the_hour", None)


def test_a_call_that_was_not_made_is_put_back(calling: Campaign, sanne: User, at: datetime) -> None:
    call = first(at)
    claim_call(call, at=at, by=sanne)
    put_call_back(call, at=at, by=sanne)
    call.refresh_from_db()
    assert (call.status, call.attempts, call.sent_to) == ("waiting", 0, "")
    with pytest.raises(ContactTaken):
        put_call_back(call, at=at, by=sanne)
    assert not Treatment.objects.exists()


# --- what comes of it ---------------------------------------------------------------------------


def test_a_call_is_written_down_once_as_contact_treatment_and_cost(
    calling: Campaign, sanne: User, at: datetime, goal: Goal
) -> None:
    call = first(at)
    claim_call(call, at=at, by=sanne)
    end_call(call, "accepted", at=at + MINUTE, by=sanne, note="Was blij")
    end_call(call, "accepted", at=at + 2 * MINUTE, by=sanne, note="Was blij")
    do_work(at=at + 3 * MINUTE)
    said = Interaction.objects.get(customer=call.customer_id)
    assert (said.kind, said.is_ours, said.by, said.at) == ("call", True, sanne, at + MINUTE)
    assert said.text == f"{calling.name}\nWas blij"
    assert Treatment.objects.get().lot == call.delivery.assignment.lot
    booked = Cost.objects.get()
    assert (booked.kind, booked.amount_minor) == ("calls", 250)
    call.refresh_from_db()
    assert (call.status, call.reason, call.sent_to) == ("sent", "accepted", call.customer.phone)
    assert call.delivery.state == "sent"
    assert call.delivery.assignment.state == Assignment.State.GIVEN
    with pytest.raises(ContactTaken):
        end_call(call, "declined", at=at + 2 * MINUTE, by=sanne)


def test_no_answer_is_tried_again_and_given_up_after_three_times(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    call = first(at)
    for days in (0, 1, 3):  # Friday, Saturday and Monday
        when = at + days * DAY + timedelta(minutes=days)
        world.order_now(None, f"N-{days + 2}", when - MINUTE)
        claim_call(call, at=when, by=sanne)
        end_call(call, "no_answer", at=when, by=sanne)
        assert not calls_to_make(when + timedelta(hours=19)).filter(pk=call.pk).exists()
    call.refresh_from_db()
    assert (call.status, call.reason, call.attempts) == ("failed", "no_answer", 3)
    assert call.delivery.state == "failed"
    assert Cost.objects.get().amount_minor == 250


def test_who_asks_to_be_called_later_is_called_then(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    call, later = first(at), at + timedelta(hours=3)
    claim_call(call, at=at, by=sanne)
    for wrong in (None, at - MINUTE, at + 61 * DAY):
        with pytest.raises(BadOutcome):
            end_call(call, "call_back", at=at, by=sanne, again_at=wrong)
    end_call(call, "call_back", at=at, by=sanne, again_at=later)
    assert not calls_to_make(later - MINUTE).filter(pk=call.pk).exists()
    assert calls_to_make(later).filter(pk=call.pk).exists()


def test_who_does_not_want_calls_is_called_no_more_for_anything(
    calling: Campaign, sanne: User, at: datetime, goal: Goal
) -> None:
    call = first(at)
    record_consent(
        call.customer, channel="phone", purpose="news", is_granted=True, source="shop", at=at
    )
    claim_call(call, at=at, by=sanne)
    end_call(call, "do_not_call", at=at + MINUTE, by=sanne)
    end_call(call, "do_not_call", at=at + MINUTE, by=sanne)
    withdrawn = Consent.objects.filter(customer=call.customer_id, is_granted=False)
    assert sorted(withdrawn.values_list("purpose", flat=True)) == ["news", "offers"]
    left = call.delivery.assignment
    left.refresh_from_db()
    assert (left.state, left.exit_reason) == ("exited", "do_not_call")
    assert left.reservation is not None
    assert (left.reservation.state, left.reservation.settled_minor) == ("settled", 250)


def test_a_wrong_number_is_not_called_for_another_campaign(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    call = first(at)
    claim_call(call, at=at, by=sanne)
    end_call(call, "wrong_number", at=at, by=sanne)
    assert consent_of(call)
    step = call.delivery.step
    ids = [call.customer_id]
    assert call_channel.refused(step.content, "offers", ids, at) == {ids[0]: "wrong_number"}
    Customer.objects.filter(pk=ids[0]).update(phone="+31201234567")
    assert call_channel.refused(step.content, "offers", ids, at) == {}


@pytest.mark.parametrize(("result", "note"), [("won", ""), ("spoke", "x" * 1001)])
def test_refuses_what_cannot_have_come_of_it(
    calling: Campaign, sanne: User, at: datetime, result: str, note: str
) -> None:
    call = first(at)
    claim_call(call, at=at, by=sanne)
    with pytest.raises(BadOutcome):
        end_call(call, result, at=at, by=sanne, note=note)


# --- customers who change -----------------------------------------------------------------------


def test_who_was_merged_is_called_once_and_not_when_the_first_lot_gave_nothing(
    calling: Campaign, sanne: User, marketer: User, at: datetime
) -> None:
    first_lot = Lot.objects.filter(arm__is_control=True).order_by("pk")[0]
    held_out = first_lot.customer
    call = calls_to_make(at).filter(delivery__assignment__lot__pk__gt=first_lot.pk)[0]
    merged = merge_customers(held_out, call.customer, at=at, by=marketer)
    call.refresh_from_db()
    assert call.customer == held_out
    with pytest.raises(LeftCampaign):
        claim_call(call, at=at, by=sanne)
    other = first(at)
    unmerge_customers(merged, at=at, by=marketer)
    call.refresh_from_db()
    assert call.customer != held_out
    assert claim_call(other, at=at, by=sanne).status == "in_hand"


def test_who_is_erased_leaves_the_list_with_number_and_facts(
    calling: Campaign, sanne: User, at: datetime
) -> None:
    call, waiting = calls_to_make(at)[:2]
    claim_call(call, at=at, by=sanne)
    end_call(call, "spoke", at=at, by=sanne, note="Wil koffie")
    for one in (call, waiting):
        erase_person(one.customer, reason="request", at=at, by="test")
        one.refresh_from_db()
        assert (one.sent_to, one.facts) == ("", {})
    assert waiting.status == "withheld"
    assert not calls_to_make(at).filter(pk=waiting.pk).exists()


# --- what is said, and when ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({}, BadCampaign),
        ({"de": {"text": "Hallo"}}, BadCampaign),
        ({"nl": {"text": "x" * 4001}}, BadCampaign),
        ({"nl": {"text": "{{ customer"}}, TextUnreadable),
        ({"nl": {"text": "Dag"}, "tries": 9}, BadCampaign),
        ({"nl": {"text": "Dag"}, "tries": "often"}, BadCampaign),
        ({"nl": {"text": "Dag"}, "hours": {"sunday": ["10:00", "12:00"]}}, BadCampaign),
        ({"nl": {"text": "Dag"}, "hours": {"weekdays": ["07:00", "12:00"]}}, BadCampaign),
        ({"nl": {"text": "Dag"}, "hours": {"weekdays": ["now", "12:00"]}}, BadCampaign),
    ],
)
def test_refuses_a_call_that_cannot_be_made(content: dict[str, object], error: type) -> None:
    with pytest.raises(error):
        call_channel.read(content)


def test_a_script_with_an_unknown_name_is_found_before_it_runs(db: None, at: datetime) -> None:
    content = call_channel.read({"nl": {"text": "Dag {{ customer.nickname }}"}})
    with pytest.raises(FieldMissing):
        call_channel.problems(content, {}, Customer(pk=0))


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-19T12:00", None),  # Thursday
        ("2026-11-19T08:59", "2026-11-19T09:00"),
        ("2026-11-19T20:00", "2026-11-20T09:00"),
        ("2026-11-20T21:00", "2026-11-21T10:00"),  # Saturday
        ("2026-11-21T16:00", "2026-11-23T09:00"),  # over Sunday
    ],
)
def test_the_hours_at_which_people_are_called(moment: str, opens: str | None) -> None:
    hours = read_hours({"weekdays": ["09:00", "20:00"], "saturday": ["10:00", "16:00"]})
    at = datetime.fromisoformat(moment).replace(tzinfo=AMSTERDAM)
    expected = datetime.fromisoformat(opens).replace(tzinfo=AMSTERDAM) if opens else None
    assert closed_until(at, [AMSTERDAM], hours) == expected


def test_of_a_country_with_several_zones_it_is_the_hour_in_all() -> None:
    zones = [ZoneInfo("America/New_York"), ZoneInfo("America/Los_Angeles")]
    morning = datetime(2026, 11, 19, 9, tzinfo=zones[0])
    until = closed_until(morning, zones, read_hours({"weekdays": ["09:00", "20:00"]}))
    assert until is not None
    assert until.astimezone(zones[1]).time() == time(9)
