"""The Monday mail: the overview's sentences in the mailbox of colleagues who asked for them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, time, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.translation import gettext

from stamgast.customers.errors import KeyReused
from stamgast.events.models import Event
from stamgast.mail.actions import queue_message
from stamgast.mail.content import Block, Content, Version
from stamgast.mail.models import Message
from stamgast.measurement.queries import latest_verdicts
from stamgast.staff.models import Shop, User
from stamgast.staff.queries import shop as the_shop
from stamgast.staff.rules import may
from stamgast.web.design.tags import ago, moment
from stamgast.web.marketer import dashboard_words as words
from stamgast.web.marketer.base_shown import Base, base_shown
from stamgast.web.marketer.next_steps import WEEK, steps_of
from stamgast.web.marketer.verdict_words import plain_line

FROM = time(7, 0)  # in the shop's zone, once the night's work is done
REF = "monday:"
_WEEK = timedelta(days=7)

Facts = dict[str, Any]


def look(at: datetime) -> int:
    """On Monday morning, write to who asked for it and has not had it this week; how many."""
    shop = the_shop()
    local = at.astimezone(ZoneInfo(shop.zone))
    if local.isoweekday() != 1 or local.time() < FROM:
        return 0
    wanting = User.objects.filter(is_active=True, monday_mail=True)
    keys = {f"{REF}{local:%G-%V}:{user.pk}": user for user in wanting}
    had = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
    base = base_shown(QueryDict()) if keys.keys() - had else None
    if base is None or not base.customers:
        return 0
    waiting = [(key, user) for key, user in keys.items() if key not in had]
    for key, user in waiting:
        with translation.override(user.language), timezone.override(shop.zone):
            version, facts = compose(base, user, shop, at)
        with suppress(KeyReused):  # another process was first, a moment ago
            queue_message(
                None,
                content=Content(((user.language, version),)),
                purpose="",
                kind=Message.Kind.STAFF,
                facts=facts,
                key=key,
                at=at,
                sender_ref=f"{REF}{user.pk}",
                to=user.email,
                language=user.language,
            )
    return len(waiting)


def compose(base: Base, user: User, shop: Shop, at: datetime) -> tuple[Version, Facts]:
    """Return what one colleague reads, in the language and zone that hold now, and its facts.

    The sentences are facts and the text only says where they stand, so nothing that a customer or
    campaign is called becomes layout. Old figures are not sent: then it says that they are old.
    """
    until = base.run.orders_until
    if until is None or at - until > timedelta(hours=shop.orders_may_be_old):
        told = gettext(
            "The newest order we know was placed %(ago)s. Import newer orders, so that you do not "
            "write to customers who bought yesterday."
        ) % {"ago": ago(until, at)}
        title = gettext("No figures this Monday: the orders are too old")
        return _version(title, [("text", "{{ old }}")]), {"old": told}
    sees_margin = may(user.role, "see margin")
    first, *others = map(_plain, words.headline(base, sees_margin=sees_margin))
    known = gettext("Orders known up to %(until)s.") % {"until": moment(until, at)}
    steps = [f"{_plain(one.sentence)} ({one.effort})" for one in steps_of(base, at)[:WEEK]]
    facts: Facts = {"first": first, "others": [*others, known], "steps": steps, "verdicts": []}
    if sees_margin:
        facts["verdicts"] = list(_became_known(shop, at))
    parts = [("heading", "{{ first }}"), ("text", _lines("others", facts, mark=""))]
    if facts["verdicts"]:
        parts += [
            ("heading", gettext("What became known last week")),
            ("text", _lines("verdicts", facts)),
        ]
    if steps:
        parts += [("heading", gettext("This week")), ("text", _lines("steps", facts))]
    return _version(gettext("Monday: {{ first }}"), parts), facts


def _became_known(shop: Shop, at: datetime) -> Iterable[str]:
    """Yield a line per effort whose verdict changed in the last seven days."""
    told = Event.objects.filter(kind="verdict_changed", at__gt=at - _WEEK, at__lte=at)
    of = set(told.values_list("subject_id", flat=True))
    for verdict in latest_verdicts().filter(experiment__in=of):
        assert verdict.experiment is not None
        line = plain_line(verdict, shop.currency)
        yield f"{verdict.experiment.name}: {unescape(line)}"


def _version(subject: str, parts: Iterable[tuple[str, str]]) -> Version:
    return Version(
        subject=subject,
        blocks=tuple(Block(kind, text=text) for kind, text in parts),
        why=gettext(
            "You get this every Monday because you asked for it; under My account you stop it."
        ),
    )


def _lines(name: str, facts: Facts, *, mark: str = "- ") -> str:
    """Return a text with a line for each fact of this name."""
    gap = "\n" if mark else "\n\n"
    return gap.join(f"{mark}{{{{ {name}[{n}] }}}}" for n in range(len(facts[name])))


def _plain(sentence: str) -> str:
    return unescape(strip_tags(sentence))
