"""The sentences of the overview: what the figures mean, said at once."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from stamgast.web.design.tags import about_money, number, part_of_base, percent
from stamgast.web.marketer.base_shown import Base
from stamgast.web.sentences import filled


def headline(base: Base, *, sees_margin: bool) -> list[SafeString]:
    """Say how many customers are drifting, against last week, and what is at stake."""
    said = [_drifting(base)]
    at_stake = base.estimate("at_stake")
    if sees_margin and at_stake is not None and base.drifting:
        said.append(_at_stake(base))
    elif base.stages.get("active"):
        active = base.stages["active"]
        text = ngettext("<b>%(n)s</b> is active.", "<b>%(n)s</b> are active.", active)
        said.append(filled(text, n=number(active)))
    return said


def _whom(base: Base) -> SafeString:
    """Name the customers that the page is about: all, or those of one shop, brand and so on."""
    n = base.customers
    text = {
        "": ngettext("your %(n)s customer", "your %(n)s customers", n),
        "country": ngettext(
            "the %(n)s customer in %(value)s", "the %(n)s customers in %(value)s", n
        ),
        "shop": ngettext(
            "the %(n)s customer who bought last at %(value)s",
            "the %(n)s customers who bought last at %(value)s",
            n,
        ),
        "brand": ngettext(
            "the %(n)s customer who bought %(value)s last",
            "the %(n)s customers who bought %(value)s last",
            n,
        ),
        "channel": ngettext(
            "the %(n)s customer who bought last through %(value)s",
            "the %(n)s customers who bought last through %(value)s",
            n,
        ),
    }[base.facet]
    return filled(text, n=number(n), value=part_of_base(base.value, base.facet))


def _drifting(base: Base) -> SafeString:
    facts = {"whom": _whom(base), "n": number(base.drifting), "change": _change(base)}
    if not base.drifting:
        return filled(gettext("Of %(whom)s, nobody is drifting%(change)s."), **facts)
    text = ngettext(
        "Of %(whom)s, <b>%(n)s is drifting</b>%(change)s.",
        "Of %(whom)s, <b>%(n)s are drifting</b>%(change)s.",
        base.drifting,
    )
    return filled(text, **facts)


def _change(base: Base) -> str:
    more = base.drifting_more
    if more is None:
        return ""
    if more == 0:
        return gettext(", as many as last week") if base.drifting else ""
    if more > 0:
        return gettext(", %(n)s more than last week") % {"n": number(more)}
    return gettext(", %(n)s fewer than last week") % {"n": number(-more)}


def _at_stake(base: Base) -> SafeString:
    found = base.estimate("at_stake")
    if found is None:
        return SafeString("")
    facts = {
        "amount": about_money(found.value, base.currency),
        "low": about_money(found.low, base.currency),
        "high": about_money(found.high, base.currency),
    }
    if found.low is None or found.high is None:
        text = gettext("At stake: <b>%(amount)s</b> margin in the coming year.")
    else:
        text = gettext(
            "At stake: <b>%(amount)s</b> margin in the coming year "
            "(likely between %(low)s and %(high)s)."
        )
    return filled(text, **facts)


def second_purchases(base: Base) -> SafeString | None:
    """Say how many of a hundred new customers buy again; None before any month is settled."""
    settled = [row for row in base.rows("second") if row.get("is_settled")][-12:]
    customers = sum(row.get("customers") or 0 for row in settled)
    if not customers:
        return None
    returned = sum(row.get("returned") or 0 for row in settled)
    text = gettext("Of every 100 new customers <b>%(n)s</b> buy again within 90 days")
    return filled(text, n=number(round(100 * returned / customers)))


def revenue(base: Base) -> SafeString | None:
    """Say what the past twelve whole months brought, against the twelve before."""
    months = base.rows("months")
    whole = [row for row in months if row.get("is_complete", row is not months[-1])]
    if len(whole) < 12:
        return None
    year = sum(row.get("revenue_minor") or 0 for row in whole[-12:])
    before = sum(row.get("revenue_minor") or 0 for row in whole[-24:-12])
    amount = about_money(year, base.currency)
    if len(whole) < 24 or before <= 0:
        return filled(gettext("<b>%(amount)s</b> revenue in twelve months"), amount=amount)
    change = year / before - 1
    facts = {"amount": amount, "share": percent(abs(change))}
    if abs(change) < 0.005:
        text = gettext("<b>%(amount)s</b> revenue in twelve months, as much as the year before")
    elif change > 0:
        text = gettext(
            "<b>%(amount)s</b> revenue in twelve months, %(share)s more than the year before"
        )
    else:
        text = gettext(
            "<b>%(amount)s</b> revenue in twelve months, %(share)s less than the year before"
        )
    return filled(text, **facts)
