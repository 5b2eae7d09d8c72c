"""Several colleagues and workers at the same moment: each contact is taken up by one of them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from campaigns.receiver import listening
from campaigns.test_calls import say_yes, start_calls
from campaigns.test_other_programs import TEXTS, allow, start
from cast import employ
from stamgast.campaigns.actions import claim_call
from stamgast.campaigns.errors import CallInHand, ContactTaken
from stamgast.campaigns.jobs import do_work, tell_due
from stamgast.campaigns.models import Campaign, Contact
from stamgast.campaigns.queries import calls_to_make
from stamgast.customers.models import Customer
from stamgast.loyalty.actions import add_endpoint
from stamgast.staff.models import User

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment, each in a thread; returns what came of each."""
    came: list[Any] = []
    ready = threading.Barrier(len(acts))

    def do(act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            came.append(act())
        except Exception as problem:  # noqa: BLE001 - told by the test
            came.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def test_of_colleagues_who_press_call_at_once_one_calls(
    offer: Campaign, drifting: list[Customer], marketer: User, at: datetime
) -> None:
    say_yes(drifting[:20], at)
    start_calls(offer, at, marketer)
    do_work(at=at)
    first, second = calls_to_make(at)[:2]
    sanne, joost = employ("service"), employ("service", email="joost@shop.example")

    def claim(call: Contact, by: User) -> Callable[[], Contact]:
        mine = Contact.objects.get(pk=call.pk)
        return lambda: claim_call(mine, at=at, by=by)

    came = at_once(claim(first, sanne), claim(first, joost))
    assert Counter(map(type, came)) == {Contact: 1, ContactTaken: 1}
    holder = Contact.objects.get(pk=first.pk).taken_by
    other = joost if holder == sanne else sanne
    came = at_once(claim(second, other), claim(calls_to_make(at)[1], other))
    assert Counter(map(type, came)) == {Contact: 1, CallInHand: 1}


def test_two_workers_tell_each_contact_once(
    offer: Campaign, drifting: list[Customer], marketer: User, at: datetime, settings: Any
) -> None:
    settings.WEBHOOKS_PRIVATE = True
    allow(drifting[:8], "sms", at)
    with listening() as receiver:
        endpoint = add_endpoint(receiver.url, hears="contacts", at=at, by="test")
        content = {**TEXTS, "consent": "sms", "endpoint": endpoint.pk}
        start(offer, at, marketer, channel="webhook", **content)
        came = at_once(*[lambda: tell_due(clock=lambda: at)] * 3)
        assert all(isinstance(one, dict) for one in came), came
        told = [one["contact"] for one in receiver.told]
    assert sorted(told) == sorted(Contact.objects.values_list("pk", flat=True))
    assert set(Contact.objects.values_list("status", flat=True)) == {"sent"}
