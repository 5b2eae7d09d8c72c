"""Conditions on who somebody is, what they allow, and what we said to each other."""

from __future__ import annotations

from calendar import isleap
from datetime import timedelta
from zoneinfo import ZoneInfo

from stamgast.campaigns.audience.conditions.pieces import Given, among, between, days_ago
from stamgast.campaigns.audience.fields import days, names, one_of, some_of, whole
from stamgast.campaigns.audience.kinds import Kind
from stamgast.campaigns.audience.looking import Looking, Sql
from stamgast.customers.models import Answer, Consent, Customer, Interaction
from stamgast.customers.questions import CHOICES
from stamgast.mail.models import Click, Message
from stamgast.staff.queries import shop

_SAID, _CONSENT, _ANSWER, _CLICK, _MESSAGE = (
    model._meta.db_table for model in (Interaction, Consent, Answer, Click, Message)
)
_ENDS = (days("at_least", least=0, optional=True), days("at_most", least=0, optional=True))


def _complaint(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_SAID} i WHERE i.kind = 'complaint' AND i.closed_at IS NULL",
        customer="i.customer_id",
    )


def _complained(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_SAID} i WHERE i.kind = 'complaint' AND i.at >= %s",
        look.moment(given["days"]),
        customer="i.customer_id",
    )


def _complaint_closed(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_SAID} i WHERE i.kind = 'complaint' AND i.closed_at >= %s",
        look.moment(given["days"]),
        customer="i.customer_id",
    )


def _left_because(given: Given, look: Looking) -> Sql:
    """What they answered last to why they left; who never answered, but complained, left over us."""
    latest = (
        "SELECT a.customer_id AS who, a.choice AS choice, ROW_NUMBER() OVER (PARTITION BY"
        f" a.customer_id ORDER BY a.answered_at DESC, a.id DESC) AS place FROM {_ANSWER} a"
        " WHERE a.question = 'why_leave' AND a.answered_at IS NOT NULL"
        f"{look.only('a.customer_id')}"
    )
    chosen = among("x.choice", given["in"])
    said = f"c.id IN (SELECT x.who FROM ({latest}) x WHERE x.place = 1 AND {chosen.text})"
    if not OURS.intersection(given["in"]):
        return Sql(said, chosen.filled)
    answered = f"SELECT a.customer_id FROM {_ANSWER} a WHERE a.question = 'why_leave'"
    complained = (
        f"c.id IN (SELECT i.customer_id FROM {_SAID} i WHERE i.kind = 'complaint' AND i.at >= %s"
        f"{look.only('i.customer_id')})"
        f" AND c.id NOT IN ({answered} AND a.answered_at IS NOT NULL)"
    )
    return Sql(f"{said} OR ({complained})", (*chosen.filled, look.moment(COMPLAINT_DAYS)))


# Reasons of our own making, of which a complaint tells as well, when it lies this near.
OURS = frozenset({"service", "quality", "delivery"})
COMPLAINT_DAYS = 730


def _birthday(given: Given, look: Looking) -> Sql:
    """The birthday falls on one of the days from today on, in the shop's zone."""
    today = look.at.astimezone(ZoneInfo(shop().zone)).date()
    days_on = [today + timedelta(days=n) for n in range(given.get("days", 0) + 1)]
    marks = {f"{day:%m-%d}" for day in days_on}
    # Who was born on the leap day has it on 1 March where there is none.
    marks |= {"02-29" for day in days_on if (day.month, day.day) == (3, 1) and not isleap(day.year)}
    return among("SUBSTR(CAST(c.birth_date AS VARCHAR(10)), 6, 5)", sorted(marks))


def _contacted(given: Given, look: Looking) -> Sql:
    return look.who(
        f"FROM {_SAID} i WHERE i.is_ours AND i.at >= %s",
        look.moment(given["days"]),
        customer="i.customer_id",
    )


def _clicked(given: Given, look: Looking) -> Sql:
    """Followed a link, as far as they let us see that, and still do."""
    agreed = _allows({"channel": "email", "purpose": "tracking"}, look)
    part = look.who(
        f"FROM {_CLICK} k JOIN {_MESSAGE} m ON m.id = k.message_id"
        " WHERE k.is_person AND k.at >= %s",
        look.moment(given["days"]),
        customer="m.customer_id",
    )
    return Sql(f"{part.text} AND {agreed.text}", (*part.filled, *agreed.filled))


def _referred(given: Given, look: Looking) -> Sql:
    return look.who(f"FROM {_SAID} i WHERE i.kind = 'referral'", customer="i.customer_id")


def _allows(given: Given, look: Looking) -> Sql:
    """What they said last over this channel for this purpose."""
    return Sql(
        f"(SELECT k.is_granted FROM {_CONSENT} k WHERE k.customer_id = c.id AND k.channel = %s"
        " AND k.purpose = %s ORDER BY k.at DESC, k.id DESC LIMIT 1)",
        (given["channel"], given["purpose"]),
    )


def _score(given: Given, look: Looking) -> Sql:
    """What they answered last to a question with a score, lately enough."""
    since = " AND a.answered_at >= %s" if "days" in given else ""
    latest = (
        f"SELECT a.customer_id AS who, a.score AS score, ROW_NUMBER() OVER (PARTITION BY a.customer_id"
        f" ORDER BY a.answered_at DESC, a.id DESC) AS place FROM {_ANSWER} a"
        f" WHERE a.question = %s AND a.score IS NOT NULL AND a.answered_at IS NOT NULL{since}"
        f"{look.only('a.customer_id')}"
    )
    test = between("x.score", given)
    filled = (given["question"], *([look.moment(given["days"])] if since else []))
    return Sql(
        f"c.id IN (SELECT x.who FROM ({latest}) x WHERE x.place = 1 AND {test.text})",
        (*filled, *test.filled),
    )


def _chose(given: Given, look: Looking) -> Sql:
    chosen = among("a.choice", given["in"])
    return look.who(
        f"FROM {_ANSWER} a WHERE a.question = %s AND a.answered_at IS NOT NULL AND {chosen.text}",
        given["question"],
        *chosen.filled,
        customer="a.customer_id",
    )


_SCORED = tuple(q for q in Answer.Question.values if q not in CHOICES)
_CHOICES = tuple(dict.fromkeys(choice for choices in CHOICES.values() for choice in choices))

CONDITIONS = (
    Kind("complaint_open", "experience", _complaint),
    Kind("complained", "experience", _complained, (days(),)),
    Kind("complaint_closed", "experience", _complaint_closed, (days(),)),
    Kind("left_because", "experience", _left_because, (some_of("in", CHOICES["why_leave"]),)),
    Kind(
        "answered_score",
        "experience",
        _score,
        (
            one_of("question", _SCORED),
            whole("at_least", 0, 10, optional=True),
            whole("at_most", 0, 10, optional=True),
            days(optional=True),
        ),
        needs_one_of=("at_least", "at_most"),
    ),
    Kind(
        "answered_choice",
        "experience",
        _chose,
        (one_of("question", CHOICES), some_of("in", _CHOICES)),
    ),
    Kind("contacted", "contact", _contacted, (days(),)),
    Kind("clicked", "contact", _clicked, (days(),)),
    Kind("referred", "contact", _referred),
    Kind(
        "allows",
        "contact",
        _allows,
        (
            one_of("channel", Consent.Channel.values),
            one_of("purpose", Consent.Purpose.values),
        ),
    ),
    Kind(
        "known_since",
        "person",
        lambda given, look: days_ago("c.since", given, look),
        _ENDS,
        needs_one_of=("at_least", "at_most"),
    ),
    Kind("birthday", "person", _birthday, (whole("days", 0, 60, optional=True),)),
    Kind(
        "is_kind",
        "person",
        lambda given, _: among("c.kind", given["in"]),
        (some_of("in", Customer.Kind.values),),
    ),
    Kind(
        "language",
        "person",
        lambda given, _: among("c.language", given["in"]),
        (names("in", "language"),),
    ),
    Kind(
        "lives_in", "person", lambda given, _: among("c.city", given["in"]), (names("in", "city"),)
    ),
)
