"""Filling texts in with Liquid: strict about names, escaped for HTML, and with an end to everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import formats
from liquid import BoundTemplate, Environment, FalsyStrictUndefined
from liquid.exceptions import LiquidError, ResourceLimitError, UndefinedError

from stamgast.kernel.money import minor_digits
from stamgast.mail.errors import FieldMissing, TextEndless, TextUnreadable

# Filters that make a text at most a little longer. `split`, `join` and `replace` are not among them:
# a chain of those grows a text without end before any limit sees it. Nor is `safe`, which would
# let what a customer is called through as HTML.
_FILTERS = frozenset(
    """
    abs append at_least at_most capitalize ceil default divided_by downcase escape first floor last
    minus modulo plus prepend round size slice strip times truncate truncatewords upcase url_encode
    where
    """.split()  # noqa: SIM905
)
_TAGS = frozenset(
    """
    assign break capture case comment content continue cycle decrement echo for if illegal increment
    output unless
    """.split()  # noqa: SIM905
)
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# Whatever a filter makes of odd values is a fault of the text, not of the program.
_FAULTS = (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError)


class _Limited(Environment):
    loop_iteration_limit = 2_000
    output_stream_limit = 400_000
    local_namespace_limit = 20_000
    context_depth_limit = 20
    block_nesting_limit = 20


def _environment(*, autoescape: bool) -> Environment:
    one = _Limited(autoescape=autoescape, undefined=FalsyStrictUndefined)
    for name in set(one.filters) - _FILTERS:
        del one.filters[name]
    for name in set(one.tags) - _TAGS:
        del one.tags[name]
    one.filters["day"] = _day
    one.filters["money"] = money
    return one


def _day(value: object) -> str:
    """Write a date out in the reader's language: 1 June 2026."""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if not isinstance(value, date | datetime):
        raise ValueError(value)
    return str(formats.date_format(value, "j F Y"))


def money(value: object, currency: str = "EUR") -> str:
    """Write an amount in minor units in the reader's language: €3.50 or € 3,50."""
    digits = minor_digits(currency)
    amount = Decimal(int(str(value))).scaleb(-digits)
    figure = formats.number_format(amount, digits, use_l10n=True, force_grouping=True)
    if currency != "EUR":
        return f"{currency}\u00a0{figure}"
    return f"€\u00a0{figure}" if formats.get_format("DECIMAL_SEPARATOR") == "," else f"€{figure}"


@lru_cache(maxsize=2)
def _for(escaped: bool) -> Environment:
    return _environment(autoescape=escaped)


def read(source: str, *, where: str, escaped: bool) -> BoundTemplate:
    """Return a text ready to be filled in; refuses codes that cannot be understood."""
    try:
        return _for(escaped).from_string(source)
    except _FAULTS:
        raise TextUnreadable(where=where) from None


def fill(template: BoundTemplate, scope: Mapping[str, Any], *, where: str) -> str:
    """Fill a text in; refuses names that are not known, and what never ends."""
    try:
        return template.render(**scope)
    except UndefinedError as error:
        raise FieldMissing(where=where, field=_name_in(error)) from None
    except ResourceLimitError:
        raise TextEndless(where=where) from None
    except _FAULTS:
        raise TextUnreadable(where=where) from None


def set_in(template: BoundTemplate) -> set[str]:
    """Return the names that a text gives a value of its own."""
    return set(template.analyze().locals)


def _name_in(error: UndefinedError) -> str:
    """Return the whole name as it is written in the text: offer.code."""
    token = error.token
    if token is None:
        return str(error).partition("'")[2].partition("'")[0]
    found = re.match(r"[\w.\[\]-]+", token.source[token.start_index :])
    return found[0] if found else token.value


def tags_apart(source: str, *, first: int = 0) -> tuple[str, list[str]]:
    """Return the text with marks where its codes stood, numbered from `first`, and the codes.

    Nothing that is done to a text touches a mark.
    """
    codes: list[str] = []

    def keep(found: re.Match[str]) -> str:
        codes.append(found[0])
        return _mark(first + len(codes) - 1)

    return _TAG.sub(keep, _MARKS.sub("", source)), codes


# MJML writes anything but plain letters in a notation of its own when it stands in an attribute.
_MARKS = re.compile("xqzLqzx")
_MARK = re.compile(r"xqzLqzx(\d+)xqzLqzx")


def _mark(number: int) -> str:
    """Return the mark that stands for the code of this number."""
    return f"xqzLqzx{number}xqzLqzx"


def put_back(text: str, codes: list[str]) -> str:
    """Return the text with its codes where their marks stand."""
    return _MARK.sub(lambda found: codes[int(found[1])], text)
