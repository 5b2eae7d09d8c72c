"""A shop in which a campaign can run: forty drifting customers, money, codes and a mail server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from campaigns import world
from cast import employ
from mail.mailbox import Mailbox, listening
from stamgast.campaigns.actions import change_campaign
from stamgast.campaigns.models import Campaign, CodeList
from stamgast.customers.actions import add_interaction
from stamgast.customers.models import Customer
from stamgast.staff.models import User
from stamgast.strategy.models import Goal


@pytest.fixture
def mailbox() -> Mailbox:
    """What came in at the mail server on loopback."""
    return Mailbox()


@pytest.fixture
def shop(db: None, mailbox: Mailbox, at: datetime, home: object) -> Iterator[int]:
    """A shop that sends through that server, and knows an order of an hour ago."""
    with listening(mailbox) as port:
        world.set_up_mail(port, at)
        world.order_now(None, "N-1", at - timedelta(hours=1))
        yield port


@pytest.fixture
def marketer(db: None) -> User:
    return employ("marketer")


@pytest.fixture
def drifting(shop: int, at: datetime) -> list[Customer]:
    """Forty customers who drift."""
    return world.make_drifting(40, at)


@pytest.fixture
def goal(db: None, at: datetime) -> Goal:
    """A goal with 5,000 euro."""
    return world.make_goal(at)


@pytest.fixture
def codes(db: None, at: datetime) -> CodeList:
    """A hundred codes."""
    return world.make_codes(100, at)


@pytest.fixture
def offer(
    drifting: list[Customer], goal: Goal, codes: CodeList, marketer: User, at: datetime
) -> Campaign:
    """The finished save offer for the drifting, written down."""
    return world.save_offer(at, goal, codes, by=marketer)


@pytest.fixture
def running(offer: Campaign, marketer: User, at: datetime) -> Campaign:
    """The same, approved and running."""
    return world.start(offer, at, by=marketer)


@pytest.fixture
def capped(offer: Campaign, drifting: list[Customer], goal: Goal, at: datetime) -> Campaign:
    """A campaign of whose audience everybody heard from us as often as the goal allows."""
    Goal.objects.filter(pk=goal.pk).update(contacts_most=1, contacts_days=10)
    for n, one in enumerate(drifting):
        add_interaction(
            one, kind="email", text="x", is_ours=True, at=at - timedelta(days=1), key=f"e{n}"
        )
    everybody = {"version": 1, "who": {"all": [{"is": "stage", "in": ["drifting"]}]}}
    return change_campaign(offer, audience=everybody, at=at)
