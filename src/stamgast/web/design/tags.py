"""How figures, dates and words read on a page, in the reader's own notation. Loaded everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from math import floor, log10
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from stamgast.kernel import Money, minor_digits
from stamgast.web.design.bundle import bundle_version
from stamgast.web.kept_back import why_not
from stamgast.web.places import country_name
from stamgast.web.terms import TERMS
from stamgast.web.words import word_of

register = template.Library()

NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
NO_BREAK_HERE = "\N{WORD JOINER}"
UNKNOWN = "\N{EN DASH}"
_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def _is_dutch() -> bool:
    return (get_language() or "en").startswith("nl")


def _grouped(value: Decimal | float | int, decimals: int) -> str:
    # Rounded here: Django's own number_format cuts the rest off.
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    size = round(abs(exact), decimals)
    text: str = formats.number_format(size, decimal_pos=decimals, force_grouping=True)
    is_zero = not any(digit in text for digit in "123456789")
    return text if value >= 0 or is_zero else MINUS + text


def money_sign(currency: str) -> str:
    """How a currency is written: € for EUR, CHF for CHF."""
    return _SIGNS.get(currency, currency)


def _with_sign(amount: str, currency: str) -> str:
    """Put the currency before the amount: € 3.960 in Dutch, €3,960 in English, −€400 below zero."""
    sign = money_sign(currency)
    gap = NO_BREAK if _is_dutch() or sign == currency else ""
    minus, amount = (MINUS + NO_BREAK_HERE, amount[1:]) if amount[0] == MINUS else ("", amount)
    return f"{minus}{sign}{gap}{amount}"


def _in_units(value: Money | int | float, currency: str) -> tuple[Decimal, str]:
    if isinstance(value, Money):
        return value.amount, value.currency
    currency = currency or "EUR"
    return Decimal(value).scaleb(-minor_digits(currency)), currency


@register.filter
def money(value: Money | int | None, currency: str = "") -> str:
    """An amount to the cent: € 59,95."""
    if value is None:
        return UNKNOWN
    amount, currency = _in_units(value, currency)
    return _with_sign(_grouped(amount, minor_digits(currency)), currency)


@register.filter
def whole_money(value: Money | int | float | None, currency: str = "") -> str:
    """An amount without cents: € 3.960."""
    if value is None:
        return UNKNOWN
    amount, currency = _in_units(value, currency)
    return _with_sign(_grouped(amount.quantize(Decimal(1)), 0), currency)


@register.filter
def about_money(value: Money | int | float | None, currency: str = "") -> str:
    """An estimate in three figures, because the rest would feign precision: € 14.800."""
    if value is None:
        return UNKNOWN
    amount, currency = _in_units(value, currency)
    if amount:
        step = max(0, floor(log10(abs(amount))) - 2)
        amount = round(amount / 10**step) * Decimal(10) ** step
    return _with_sign(_grouped(amount.quantize(Decimal(1)), 0), currency)


@register.filter
def number(value: float | Decimal | None, decimals: int = 0) -> str:
    """A number with groups of three: 5.942 in Dutch, 5,942 in English."""
    return UNKNOWN if value is None else _grouped(value, decimals)


@register.filter
def percent(share: float | None, decimals: int = 0) -> str:
    """A share of one as a percentage: 25,1 % in Dutch, 25.1% in English."""
    if share is None:
        return UNKNOWN
    return _grouped(share * 100, decimals) + (f"{NO_BREAK}%" if _is_dutch() else "%")


@register.filter
def signed(text: str) -> str:
    """Put a plus before what is not negative: +37."""
    return text if text.startswith(MINUS) else f"+{text}"


@register.filter
def plain(value: float | int) -> str:
    """A number for style sheets and drawings, never in the reader's notation: 12.5."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


@register.filter
def percent_css(share: float) -> str:
    """A share of one as style sheets read it: 25.1%."""
    return f"{share * 100:.2f}%"


@register.filter
def of(part: float | None, whole: float | None) -> float:
    """The share that this part is of the whole; nothing of nothing is 0."""
    return (part or 0) / whole if whole else 0.0


_DAYS = {
    "": "j F Y",
    "short": "j M",
    "month": "F Y",
    "short month": "M Y",
    "short year": "j M Y",
    "year": "Y",
}


@register.filter
def day(value: date | datetime | None, style: str = "") -> str:
    """A date in words: 9 december 2026; also "short", "month", "short month" and "year"."""
    if value is None:
        return UNKNOWN
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    text = formats.date_format(value, _DAYS[style])
    return text.lower() if _is_dutch() else text  # Django writes Mei, Dutch writes mei


@register.filter
def moment(value: datetime | None, at: datetime | None = None) -> str:
    """A time as one would say it: today 06:10, yesterday 16:20, 9 December 16:20."""
    if value is None:
        return UNKNOWN
    local, now = timezone.localtime(value), timezone.localtime(at)
    clock = local.strftime("%H:%M")
    if local.date() == now.date():
        return gettext("today %(clock)s") % {"clock": clock}
    if local.date() == now.date() - timedelta(days=1):
        return gettext("yesterday %(clock)s") % {"clock": clock}
    style = "j F" if local.year == now.year else "j F Y"
    return f"{formats.date_format(local, style)} {clock}"


@register.filter
def ago(value: datetime | date | None, at: datetime | None = None) -> str:
    """How long since: today, yesterday, 5 weeks ago; for what is to come: tomorrow, in 3 days."""
    if value is None:
        return UNKNOWN
    now = timezone.localtime(at).date()
    days = (now - (timezone.localtime(value).date() if isinstance(value, datetime) else value)).days
    near = {0: gettext("today"), 1: gettext("yesterday"), -1: gettext("tomorrow")}
    if days in near:
        return near[days]
    sentence = gettext("%(time)s ago") if days > 0 else gettext("in %(time)s")
    return sentence % {"time": in_words(abs(days))}


@register.filter
def in_words(days: float | None) -> str:
    """A number of days as people say it: 9 days, 5 weeks, 4 months, 2 years."""
    if days is None:
        return UNKNOWN
    if days < 14:
        n = round(days)
        text = ngettext("%(n)s day", "%(n)s days", n)
    elif days < 91:
        n = round(days / 7)
        text = ngettext("%(n)s week", "%(n)s weeks", n)
    elif days < 730:
        n = round(days / 30.44)
        text = ngettext("%(n)s month", "%(n)s months", n)
    else:
        n = round(days / 365.25)
        text = ngettext("%(n)s year", "%(n)s years", n)
    return text % {"n": number(n)}


@register.filter
def span(time: timedelta | None) -> str:
    """How long something takes: 20 seconds, 4 minutes, 2 hours."""
    if time is None:
        return UNKNOWN
    seconds = max(1, round(time.total_seconds()))
    if seconds < 90:
        n = seconds if seconds < 10 else round(seconds / 10) * 10
        text = ngettext("%(n)s second", "%(n)s seconds", n)
    elif seconds < 5400:
        n = round(seconds / 60)
        text = ngettext("%(n)s minute", "%(n)s minutes", n)
    else:
        n = round(seconds / 3600)
        text = ngettext("%(n)s hour", "%(n)s hours", n)
    return text % {"n": number(n)}


@register.filter
def word(code: str | None, kind: str) -> str:
    """The word on screen for a code: {{ score.stage|word:"stage" }}."""
    return word_of(kind, code or "")


@register.filter
def why(delivery: Any) -> str:
    """Why a contact of a campaign did not go: {{ delivery|why }}."""
    return why_not(delivery)


@register.filter
def called(customer: Any) -> str:
    """What to call a customer: by name, else e-mail address, else the shop's own number."""
    known = (customer.full_name, customer.email, customer.key)
    return next((name for name in known if name), gettext("a customer without a name"))


@register.filter
def part_of_base(value: str, facet: str) -> str:
    """What a shop, brand, country or channel is called: NL is Nederland in Dutch."""
    return country_name(value) if facet == "country" else value


@register.filter
def promised(task: Any) -> str:
    """What has to be done: in the words of who promised it, or in ours."""
    said = word_of("task", task.reason) if task.reason else ""
    return said % {"what": task.title} if said and task.title else task.title or said


@register.filter
def item(things: Any, key: Any) -> Any:
    """What a mapping holds under this key, or nothing."""
    return things.get(key) if hasattr(things, "get") else None


@register.filter
def split(text: str) -> list[str]:
    """Words of one string as a list."""
    return text.split()


@register.filter
def as_json(value: Any) -> str:
    """A value as a developer reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.filter
def listed(words: Iterable[object]) -> str:
    """Words as a sentence names them: a, b and c."""
    said = [str(each) for each in words]
    if len(said) < 2:
        return "".join(said)
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(said[:-1]), "last": said[-1]}


@register.simple_tag
def likely_between(low: int | None, high: int | None, currency: str = "") -> str:
    """The interval of an estimate: likely between €12,900 and €16,900; empty when unknown."""
    if low is None or high is None:
        return ""
    if low == high == 0:  # buying nothing is likelier than the whole rest of the interval
        return gettext("on average; most likely nothing")
    ends = {"low": about_money(low, currency), "high": about_money(high, currency)}
    return gettext("likely between %(low)s and %(high)s") % ends


@register.simple_tag
def term(code: str, shown: str = "") -> SafeString:
    """A word of ours with its meaning in a tooltip and a link to the page of words."""
    from django.urls import reverse

    term = TERMS[code]
    return format_html(
        '<a class="term" href="{}#{}" title="{}">{}</a>',
        reverse("words"),
        code,
        term.meaning,
        shown or term.name,
    )


@register.simple_tag
def vega_address() -> str:
    """The address of the script that draws pictures."""
    from django.urls import reverse

    return reverse("vega", args=[bundle_version()])


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: object) -> str:
    """The page's own query string with some values changed; None leaves one out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"
