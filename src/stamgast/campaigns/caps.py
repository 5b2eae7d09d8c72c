"""How often a customer hears from us over all channels together."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet

from stamgast.campaigns.eligible import over_the_cap
from stamgast.campaigns.models import Contact
from stamgast.customers.models import Customer, Interaction
from stamgast.database.prepared import first, prepared
from stamgast.mail.actions.handing_over import contacts_since
from stamgast.mail.errors import NotYet
from stamgast.mail.models import MailSettings
from stamgast.strategy.models import Goal

# Why a contact waits: the cap of the shop, of all that we start ourselves, or that of its goal.
CAPS = ("capped", "contacted_often")
# How the key of a mailing begins that another tool made, see `actions.elsewhere`.
ELSEWHERE = "elsewhere:"
_TOMORROW = timedelta(hours=20)
_COUNTS = (Contact.Status.IN_HAND, Contact.Status.SENT, Contact.Status.UNCERTAIN)


def capped(customer: Customer, at: datetime, *, is_mail: bool = False) -> NotYet | None:
    """Put off what would be one contact too many over all channels; None when it may go.

    The most and the period are those of mail. Mail alone is counted by the outbox itself, so
    `is_mail` asks only where other channels were used.
    """
    if is_mail and not _was_reached_otherwise(customer):
        return None
    mail = first(_settings())
    if mail is None or not mail.most_contacts:
        return None
    period = timedelta(days=mail.within_days)
    moments = _elsewhere(customer, at - period)
    if is_mail and not moments:
        return None
    moments = sorted([*moments, *contacts_since(at - period, customer)], reverse=True)
    if len(moments) < mail.most_contacts:
        return None
    return NotYet(until=moments[mail.most_contacts - 1] + period, reason="capped")


def capped_by_goal(goal: Goal, customer: int, at: datetime) -> NotYet | None:
    """Put off what would be one contact more than the guard rail of the goal allows; else None.

    What went counts and what is in hand, not what waits: this contact is itself among those.
    """
    if not over_the_cap(goal, [customer], at):
        return None
    period = timedelta(days=goal.contacts_days)
    lately = list(_ours(customer, at - period, at)[: goal.contacts_most])
    # Of what is in hand nobody knows when it ends.
    until = lately[-1] + period if len(lately) == goal.contacts_most else at + _TOMORROW
    return NotYet(until=until, reason="contacted_often")


def most_heard(customer: Customer, goal: Goal | None, at: datetime) -> tuple[int, int] | None:
    """Return how often in how many days they had heard from us by then; None when no cap held."""
    if goal is not None and goal.contacts_most is not None:
        times = _ours(customer.pk, at - timedelta(days=goal.contacts_days), at).count()
        if times >= goal.contacts_most:
            return times, goal.contacts_days
    mail = first(_settings())
    if mail is None or not mail.most_contacts:
        return None
    since = at - timedelta(days=mail.within_days)
    moments = [*_elsewhere(customer, since), *contacts_since(since, customer)]
    times = sum(one <= at for one in moments)
    return (times, mail.within_days) if times >= mail.most_contacts else None


def _ours(customer: int, since: datetime, until: datetime) -> QuerySet[Interaction, datetime]:
    said = Interaction.objects.filter(customer=customer, is_ours=True, at__gte=since, at__lte=until)
    return said.order_by("-at").values_list("at", flat=True)


def _elsewhere(customer: Customer, since: datetime) -> list[datetime]:
    """Return when they heard from us otherwise than by mail of our own; who came to us does not."""
    made = [when for when in _made(customer.pk, since) if when is not None]
    return [*made, *_told(customer.pk, since)]


@prepared
def _settings() -> QuerySet[MailSettings]:
    return MailSettings.objects.filter(pk=1)


@prepared
def _made(customer: int, since: datetime) -> QuerySet[Contact, datetime | None]:
    rows = Contact.objects.filter(customer=customer, status__in=_COUNTS, taken_at__gt=since)
    return rows.exclude(consent="").values_list("taken_at", flat=True)


@prepared
def _told(customer: int, since: datetime) -> QuerySet[Interaction, datetime]:
    rows = Interaction.objects.filter(customer=customer, is_ours=True, at__gt=since)
    return rows.filter(key__startswith=ELSEWHERE).values_list("at", flat=True)


def _was_reached_otherwise(customer: Customer) -> bool:
    """Say whether they ever were, in one statement: it is asked of every message before it goes."""
    with connection.cursor() as cursor:
        cursor.execute(_ever(), [customer.pk, customer.pk, True, f"{ELSEWHERE}%"])
        return any(cursor.fetchone())


@lru_cache(maxsize=1)
def _ever() -> str:
    contact, said = Contact._meta.db_table, Interaction._meta.db_table
    return (
        f"SELECT EXISTS (SELECT 1 FROM {contact} WHERE customer_id = %s AND taken_at IS NOT NULL),"  # noqa: S608
        f" EXISTS (SELECT 1 FROM {said} WHERE customer_id = %s AND is_ours = %s AND key LIKE %s)"
    )
