"""What customers do elsewhere in Stamgast earns by itself: a review, an answer, a birthday.

Each happening has a key of its own, so that it earns once however often it is looked at.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from stamgast.customers.errors import KeyReused
from stamgast.customers.models import Answer, Customer, Interaction
from stamgast.loyalty import queries, rules
from stamgast.loyalty.actions.by_hand import reverse_entry
from stamgast.loyalty.actions.points import earn_by_action
from stamgast.loyalty.errors import AlreadyReversed
from stamgast.loyalty.models import EarningRule, Entry, Member

_BY = "happenings"
_LATE = timedelta(days=7)  # the night's work may fail, and a birthday still earns


def follow_review(review: Interaction, *, at: datetime) -> int:
    """Let a review earn what the rules promise; returns by how many rules it did."""
    if review.is_ours:
        return 0
    return _earn(
        review.customer, EarningRule.Action.REVIEW, _review(review.pk), at=at, when=review.at
    )


def forget_review(number: int, *, at: datetime) -> int:
    """Take back what a review earned that was taken back itself; returns how many entries."""
    earned = Entry.objects.filter(key__startswith=f"{_review(number)}:", kind=Entry.Kind.EARN)
    taken = 0
    for entry in earned.order_by("pk"):
        with suppress(AlreadyReversed):  # a colleague was first
            taken += reverse_entry(entry, at=at, by=_BY, reason="review taken back").is_new
    return taken


def follow_answer(answer: Answer, *, at: datetime) -> int:
    """Let an answer behind a link of ours earn what the rules promise; by how many rules it did."""
    if answer.source != Answer.Source.LINK or answer.answered_at is None:
        return 0
    key = f"answer:{answer.pk}"
    return _earn(answer.customer, EarningRule.Action.ANSWER, key, at=at, when=answer.answered_at)


def reward_birthdays(*, at: datetime) -> int:
    """Let members earn by their birthday where a rule says so, once a year; returns how many did.

    A birthday lasts all day: who joins on it has theirs. Also by one of the past week, for a night that
    was missed and for who told it late.
    """
    if not any(rule.action == EarningRule.Action.BIRTHDAY for rule in queries.rules_now()):
        return 0
    zone = ZoneInfo(queries.programme().zone)
    today = at.astimezone(zone).date()
    since = today - _LATE
    members = Member.objects.filter(
        _born_on(since, today), merged_into=None, left_at=None, customer__erased_at=None
    ).select_related("customer")
    rewarded = 0
    for member in members.order_by("pk").iterator(chunk_size=200):
        born = member.customer.birth_date
        for day in rules.birthdays(born, since=since, until=today) if born else ():
            ends = datetime.combine(day, time.max, tzinfo=zone)
            key = f"birthday:{member.pk}:{day.year}"
            with suppress(KeyReused):  # it earned this year, by the rule of before
                rewarded += _earn(member.customer, "birthday", key, at=at, when=min(at, ends)) > 0
    return rewarded


def _born_on(since: date, until: date) -> Q:
    """Find who may have a birthday from one day up to and with another."""
    days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
    found = Q()
    for day in days:
        found |= Q(customer__birth_date__month=day.month, customer__birth_date__day=day.day)
    if any((day.month, day.day) == (2, 28) for day in days):
        found |= Q(customer__birth_date__month=2, customer__birth_date__day=29)
    return found


def _earn(customer: Customer, action: str, key: str, *, at: datetime, when: datetime) -> int:
    """Let somebody earn who took part when it happened, while the programme ran."""
    member = queries.member_of(customer)
    if member is None or member.left_at is not None or member.joined_at > when:
        return 0
    if not queries.is_running(queries.programme(), when):
        return 0
    made = earn_by_action(member, action, at=at, key=key, by=_BY, happened_at=when)
    return sum(outcome.is_new for outcome in made)


def _review(number: int) -> str:
    return f"review:{number}"
