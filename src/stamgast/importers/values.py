"""Reading one value: numbers, moments, currencies and flags as shops write them.

Everything here is a text in and a value or a problem out. Which decimal sign and which order of day
and month a column uses is decided over the whole column first (`notation.py`); it comes in here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from stamgast.kernel.money import CURRENCIES


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value cannot be used: a code that doors word."""

    code: str


DATE = Problem("date")
NUMBER = Problem("number")
NOT_FINITE = Problem("not_finite")
CURRENCY = Problem("currency")
FLAG = Problem("flag")
KIND = Problem("kind")
TOO_LARGE = Problem("too_large")

# --- numbers -----------------------------------------------------------------------------------

_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|∞|#n/a|#num!|#div/0!|#value!|#ref!)", re.I)
_SIGN = rf"(?:{'|'.join(sorted(CURRENCIES))}|[€$£¥₺%]|kr\.?)"
_SIGNS = re.compile(rf"^{_SIGN}\s*|\s*(?:{_SIGN}|,-)$", re.I)
_SPACES = re.compile(r"(?<=\d)[\s'’](?=\d{3})")  # between thousands; no-break spaces too
_POINT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d{1,3})?", re.I)
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d*)?(?:e[+-]?\d{1,3})?", re.I)
_LARGEST = Decimal(10) ** 12


def _bare(text: str) -> str:
    """Return the digits and signs: without currency and spaces, a minus always in front."""
    bare = text.strip().replace("\u2212", "-").replace("\u2013", "-")
    is_negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, is_negative = bare[1:-1], True
    for _ in range(3):  # "- € 12,50", "€ -12,50", "12,50- EUR"
        bare = _SIGNS.sub("", _SIGNS.sub("", bare)).strip()
        if bare[:1] in {"-", "+"} and not bare[1:2].isdigit() and bare[1:2] not in {".", ","}:
            is_negative ^= bare[0] == "-"
            bare = bare[1:].strip()
        elif bare.endswith("-"):
            is_negative, bare = not is_negative, bare[:-1].strip()
    bare = _SPACES.sub("", bare)
    if is_negative:
        bare = bare[1:] if bare.startswith("-") else "-" + bare
    return bare


def number(text: str, *, decimal: str) -> Decimal | Problem:
    """Return the number; `decimal` is the column's decimal sign, "point" or "comma"."""
    try:  # most cells are as plain as can be
        if decimal == "point" or text.isdigit():
            value = Decimal(text)
            if value.is_finite() and "_" not in text:
                return value if abs(value) < _LARGEST else TOO_LARGE
    except InvalidOperation:
        pass
    if _NOT_FINITE.fullmatch(text.strip()):
        return NOT_FINITE
    bare = _bare(text)
    pattern = _POINT if decimal == "point" else _COMMA
    if not pattern.fullmatch(bare):
        return NUMBER
    thousands, sign = (",", ".") if decimal == "point" else (".", ",")
    bare = bare.replace(thousands, "").replace(sign, ".")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        return NUMBER
    return value if abs(value) < _LARGEST else TOO_LARGE


def decimal_signs(text: str) -> str:
    """Say which decimal sign this number can have: "point", "comma", "either", or "" for none.

    "1.234" is either: a thousand and more, or one and a bit. "1234" says nothing.
    """
    bare = _bare(text)
    as_point, as_comma = bool(_POINT.fullmatch(bare)), bool(_COMMA.fullmatch(bare))
    if as_point and as_comma:
        return "either" if "." in bare or "," in bare else ""
    if as_point:
        return "point"
    return "comma" if as_comma else ""


# --- moments -----------------------------------------------------------------------------------

_TIME = (
    r"(?:[T ,]+(?:om |at )?(?P<h>\d{1,2})[:.](?P<mi>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<ap>[ap]\.?m\.?)?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_ISO = re.compile(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME, re.I)
_COMPACT = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})" + _TIME, re.I)
_PARTS = re.compile(r"(?P<a>\d{1,2})[-/. ](?P<b>\d{1,2})[-/. ](?P<y>\d{4}|\d{2})" + _TIME, re.I)
_NAMED = re.compile(r"(?P<d>\d{1,2})[-/. ]*(?P<n>[a-z]{3,9})\.?[-/., ]*(?P<y>\d{4})" + _TIME, re.I)
_NAME_FIRST = re.compile(r"(?P<n>[a-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME, re.I)
_MONTHS = {
    name: index
    for index, names in enumerate(
        (
            "jan january januari",
            "feb february februari",
            "mar march maart mrt",
            "apr april",
            "may mei",
            "jun june juni",
            "jul july juli",
            "aug august augustus",
            "sep sept september",
            "oct october okt oktober",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
FIRST_YEAR, LAST_YEAR = 1970, 2100
FIRST_BIRTH = 1900


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC, and the business day it falls on in the shop's zone."""

    at: datetime
    day: date


def moment(text: str, *, order: str, zone: ZoneInfo, first: int = FIRST_YEAR) -> Moment | Problem:
    """Return the moment; `order` is the column's "dmy" or "mdy" for dates written in three parts.

    Refuses a year before `first`. A moment without a zone of its own is in the shop's; a day without
    a time begins at midnight.
    """
    text = text.strip()
    if len(text) == 19 and text[4] == "-" and text[10] in " T":  # as nearly every program writes
        with suppress(ValueError):
            local = datetime.fromisoformat(text)
            if first <= local.year <= LAST_YEAR:
                return Moment(local.replace(tzinfo=zone).astimezone(UTC), local.date())
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        return _moment(found, int(found["y"]), int(found["m"]), int(found["d"]), zone, first)
    if found := _PARTS.fullmatch(text):
        first, second = int(found["a"]), int(found["b"])
        day, month = (first, second) if order == "dmy" else (second, first)
        return _moment(found, _year(found["y"]), month, day, zone, first)
    if found := _NAMED.fullmatch(text) or _NAME_FIRST.fullmatch(text):
        month = _MONTHS.get(found["n"].lower(), 0)
        return _moment(found, int(found["y"]), month, int(found["d"]), zone, first)
    return DATE


def day_orders(text: str) -> str:
    """Say which order a date in three parts can have: "dmy", "mdy", "either", or "" for none."""
    found = _PARTS.fullmatch(text.strip())
    if not found:
        return ""
    first, second = int(found["a"]), int(found["b"])
    is_dmy, is_mdy = 1 <= second <= 12 and first <= 31, 1 <= first <= 12 and second <= 31
    if is_dmy and is_mdy:
        return "either"
    return "dmy" if is_dmy else "mdy" if is_mdy else ""


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


def _moment(
    found: re.Match[str], year: int, month: int, day: int, zone: ZoneInfo, first: int
) -> Moment | Problem:
    if not first <= year <= LAST_YEAR:
        return DATE
    try:
        hour, minute, second = (int(found[part] or 0) for part in ("h", "mi", "s"))
        if found["ap"]:
            if not 1 <= hour <= 12:
                return DATE
            hour = hour % 12 + (12 if found["ap"][0] in "pP" else 0)
        micro = int((found["f"] or "").ljust(6, "0")[:6])
        local = datetime(year, month, day, hour, minute, second, micro, _offset(found["z"]) or zone)
        return Moment(local.astimezone(UTC), local.astimezone(zone).date())
    except (ValueError, OverflowError):
        return DATE


def _offset(text: str | None) -> timezone | None:
    if not text:
        return None
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    span = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-span if text[0] == "-" else span)


# --- words -------------------------------------------------------------------------------------

_SIGN_OF = {"€": "EUR", "£": "GBP", "$": "USD", "EURO": "EUR", "EUROS": "EUR"}


def currency(text: str) -> str | Problem:
    """Return the ISO 4217 code."""
    code = text.strip().upper()
    code = _SIGN_OF.get(code, code)
    return code if code in CURRENCIES else CURRENCY


_YES = frozenset("yes y true t 1 x ja j waar on aan subscribed granted opt-in optin".split())  # noqa: SIM905
_NO = frozenset(
    [
        "no",
        "n",
        "false",
        "f",
        "0",
        "-",
        "nee",
        "onwaar",
        "off",
        "uit",
        "unsubscribed",
        "denied",
        "opt-out",
        "optout",
        "never",
    ]
)


def flag(text: str) -> bool | Problem:
    """Return yes or no."""
    word = text.strip().lower()
    if word in _YES:
        return True
    return False if word in _NO else FLAG


_CANCELLED = re.compile(r"cancel|annul|void|failed|mislukt|trash|expired|verlopen", re.I)


def is_cancelled(text: str) -> bool:
    """Say whether an order's state, or its moment of cancelling, means that it was called off."""
    word = text.strip().lower()
    if word in _NO:
        return False
    return bool(_CANCELLED.search(word)) or word in _YES or bool(re.match(r"\d{1,4}[-/.]\d", word))


_KINDS = {
    "sale": "sale order invoice verkoop bestelling factuur purchase debit",
    "return": "return returned refund credit creditnote creditmemo creditnota retour terugbetaling",
    "product": "product item line_item simple variable artikel goods",
    "charge": (
        "charge shipping postage delivery fee fees handling verzending verzendkosten porto toeslag "
        "transactiekosten payment tax surcharge"
    ),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}


def kind(text: str) -> str | Problem:
    """Return what a line or its order is: sale, return, product or charge."""
    word = re.sub(r"[\s-]+", "", text.strip().lower())
    return _KIND_OF.get(word) or _KIND_OF.get(text.strip().lower()) or KIND


Reader = Callable[[str], Any]
