"""The work loop is asked only when there is something to do, and goes on when what it waits for came."""

from __future__ import annotations

from datetime import datetime, timedelta

from campaigns import world
from stamgast.campaigns import jobs
from stamgast.campaigns.actions import add_codes
from stamgast.campaigns.actions.drafting import change_campaign
from stamgast.campaigns.models import Campaign, Code, CodeList
from stamgast.events.models import Job
from stamgast.staff.models import User
from stamgast.strategy.models import Goal


def test_a_draft_asks_for_nothing(offer: Campaign, at: datetime) -> None:
    jobs.look(at)
    assert not Job.objects.filter(kind="campaigns").exists()


def test_a_running_campaign_is_asked_for_once_at_a_time(running: Campaign, at: datetime) -> None:
    jobs.look(at)
    jobs.look(at + timedelta(seconds=30))
    assert Job.objects.filter(kind="campaigns").count() == 1


def test_when_all_is_given_and_gone_there_is_nothing_to_do(running: Campaign, at: datetime) -> None:
    assert jobs.has_work(at)
    world.work(at)
    assert not jobs.has_work(at + timedelta(hours=1))
    assert jobs.has_work(at + timedelta(days=31))  # offers run out


def test_a_campaign_on_an_event_is_due_only_with_news(
    offer: Campaign, marketer: User, at: datetime
) -> None:
    row = change_campaign(offer, rhythm="on_event", trigger="ordered", at=at, by=marketer)
    world.start(row, at, by=marketer)
    assert not jobs.has_work(at)


def test_what_waits_for_orders_codes_or_money_goes_on_when_they_are_there(
    running: Campaign, codes: CodeList, goal: Goal, at: datetime
) -> None:
    late = at + timedelta(hours=30)
    world.work(late)
    assert not jobs.has_work(late)
    world.order_now(None, "N-8", late)
    assert jobs.has_work(late)
    Code.objects.all().delete()
    world.work(late)
    assert not jobs.has_work(late)
    add_codes(codes, "\n".join(f"M-{n}" for n in range(40)), at=late)
    assert jobs.has_work(late)
    Goal.objects.filter(pk=goal.pk).update(spent_minor=goal.budget_minor)
    world.work(late)
    running.refresh_from_db()
    assert running.waits_for == "budget"
    assert not jobs.has_work(late)
    Goal.objects.filter(pk=goal.pk).update(spent_minor=0)
    assert jobs.has_work(late)
    world.work(late)
    running.refresh_from_db()
    assert running.waits_for == ""
