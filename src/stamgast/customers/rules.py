"""How we write down people: one spelling for names, addresses and numbers; values in, values out.

Imports call these a million times, so the common Dutch phone number has a short way of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import phonenumbers

# How long what one writes can still be taken back by its writer.
UNDO_WITHIN = timedelta(minutes=15)
# Clocks differ a little: so far ahead is still "now".
CLOCKS_DIFFER = timedelta(minutes=5)

# Letters that do not come apart into a letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ĳ": "ij"}
)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]")
_UNSEEN_BUT_LINES = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff\ud800-\udfff]"
)
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(?:\.[^@\s,;<>\".]+)+")


def tidy(text: Any) -> str:
    """Return a text on one line, without characters that cannot be seen or stored."""
    seen = _UNSEEN.sub(" ", unicodedata.normalize("NFC", str(text)))
    return " ".join(seen.split())


def tidy_lines(text: Any) -> str:
    """Return a text of several lines, without characters that cannot be seen or stored."""
    lines = str(text).replace("\r\n", "\n").replace("\r", "\n")
    return _UNSEEN_BUT_LINES.sub("", unicodedata.normalize("NFC", lines)).strip()


def fold(text: str) -> str:
    """Return the text as one searches it: lower case, without accents, single spaces."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
        text = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(text.lower().split())


def email(text: str) -> str:
    """Return an e-mail address as we keep it, or empty when it is none."""
    found = tidy(text).removeprefix("mailto:").lower()
    return found if len(found) <= 254 and _EMAIL.fullmatch(found) else ""


class Phone(NamedTuple):
    """A phone number in E.164, or empty with the reason why it cannot be read."""

    number: str
    problem: str = ""  # "", "not_a_number", "too_short", "too_long", "unknown_country"


_DUTCH = re.compile(r"(?:0|(?:\+|00)31)([1-9][0-9]{8})")


def phone(text: str, region: str = "NL") -> Phone:
    """Return a phone number in E.164; the region (ISO 3166) reads one without a country."""
    written = tidy(text)
    if not written:
        return Phone("")
    if region == "NL" and (
        dutch := _DUTCH.fullmatch(written.translate({ord(c): None for c in " -./"}))
    ):
        return Phone("+31" + dutch[1])
    return _read_phone(written[:60], region if region in phonenumbers.SUPPORTED_REGIONS else None)


_PHONE_PROBLEMS = {
    phonenumbers.ValidationResult.TOO_LONG: "too_long",
    phonenumbers.ValidationResult.TOO_SHORT: "too_short",
    phonenumbers.ValidationResult.INVALID_COUNTRY_CODE: "unknown_country",
    phonenumbers.ValidationResult.INVALID_LENGTH: "not_a_number",
}


_SHORTEST = len("+31123456789") - 2  # shorter ones mostly work inside one town or network only


@lru_cache(maxsize=50_000)
def _read_phone(written: str, region: str | None) -> Phone:
    try:
        read = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException as error:
        no_country = error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        return Phone("", "unknown_country" if no_country else "not_a_number")
    problem = _PHONE_PROBLEMS.get(phonenumbers.is_possible_number_with_reason(read), "")
    if problem:
        return Phone("", problem)
    number = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)
    is_local = len(number) < _SHORTEST and not phonenumbers.is_valid_number(read)
    return Phone("", "too_short") if is_local else Phone(number)


def postcode(text: str) -> str:
    """Return a postcode in capitals without spaces: 1234AB."""
    return re.sub(r"[\s'’.-]+", "", tidy(text)).upper()


def house_number(text: str) -> str:
    """Return a house number with its addition in one spelling: 12-a, 12 A and 12A are one."""
    return re.sub(r"(?<=\d)-(?=[A-Z])", "", re.sub(r"\s+", "", tidy(text)).upper())


_INFIX = re.compile(
    r"aan|af|bij|d['’]|da|de|del|della|den|der|des|di|do|dos|du|el|het|in|la|le|les|op|over|"
    r"['’]s|['’]t|te|ten|ter|tot|uit|uijt|van|von|voor|zu|zum|zur",
    re.IGNORECASE,
)


class Name(NamedTuple):
    """A person's name, taken apart as the Dutch do."""

    first_name: str
    infix: str
    last_name: str


def split_name(full: str) -> Name:
    """Take a full name apart: "Anna van der Berg", or "Berg, Anna van der"."""
    name = tidy(full)
    if "," in name:
        last, _, rest = (part.strip() for part in name.partition(","))
        words = rest.split()
        cut = next((i for i, w in enumerate(words) if i and _INFIX.fullmatch(w)), len(words))
        own = _leading_infix(last.split())
        infix = [*words[cut:], *last.split()[:own]]
        return Name(" ".join(words[:cut]), " ".join(infix), " ".join(last.split()[own:]))
    words = name.split()
    start = next((i for i, w in enumerate(words[:-1]) if _INFIX.fullmatch(w)), None)
    if start is None:
        start = max(len(words) - 1, 0)
    end = start + _leading_infix(words[start:])
    return Name(" ".join(words[:start]), " ".join(words[start:end]), " ".join(words[end:]))


def _leading_infix(words: list[str]) -> int:
    """Return how many words stand before the name proper, which always keeps one."""
    return next(
        (i for i, w in enumerate(words[:-1]) if not _INFIX.fullmatch(w)), max(len(words) - 1, 0)
    )


SEARCH_LENGTH = 400


def search_text(
    *,
    first_name: str = "",
    infix: str = "",
    last_name: str = "",
    company: str = "",
    email: str = "",
    phone: str = "",
    postcode: str = "",
    house_number: str = "",
) -> str:
    """Return what a search looks through: names, e-mail, phone, postcode with house number."""
    name = " ".join(part for part in (first_name, infix, last_name, company) if part)
    address = (postcode + house_number).replace("-", "") if postcode else ""
    parts = (fold(name), email.lower(), phone.lstrip("+"), address.lower())
    return " ".join(part for part in parts if part)[:SEARCH_LENGTH]


def join_search(texts: list[str]) -> str:
    """Return one search text for records that are one person: each word once."""
    words = dict.fromkeys(word for text in texts for word in text.split())
    if len(texts) < 2:
        return texts[0] if texts else ""
    return " ".join([texts[0], *(w for w in words if w not in texts[0].split())])[:SEARCH_LENGTH]


class Cleaned(NamedTuple):
    """Facts of a customer as we keep them, and what could not be read: field to problem."""

    values: dict[str, Any]
    problems: dict[str, str]


# Field to its greatest length; the same as the table's, kept here so that rules know no table.
LENGTHS = {
    "first_name": 100,
    "infix": 30,
    "last_name": 100,
    "company": 160,
    "email": 254,
    "phone": 20,
    "street": 120,
    "house_number": 20,
    "postcode": 12,
    "city": 80,
    "country": 40,
    "language": 5,
}
_READ: Mapping[str, Callable[[str], str]] = {
    "postcode": postcode,
    "house_number": house_number,
    "email": email,
}


def clean(facts: Mapping[str, Any], *, region: str, today: date = date.max) -> Cleaned:
    """Bring facts of a customer into one spelling; None means "not said" and is left out.

    Problems are "unknown_field", "not_an_address", "too_long", "not_a_choice", "not_a_day" (of a
    birth also one before 1900, or after `today`) or those of a phone number; a field with a problem
    is left out of the values.
    """
    given = {field: value for field, value in facts.items() if value is not None}
    if "name" in given:
        given = {**split_name(given.pop("name"))._asdict(), **given}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field, value in given.items():
        values[field], problem = _clean_one(field, value, _region(given, region))
        if field == "birth_date" and value and not problem and value > today:
            problem = "not_a_day"
        if problem:
            problems[field] = problem
            del values[field]
    return Cleaned(values, problems)


def _region(given: Mapping[str, Any], region: str) -> str:
    country = str(given.get("country", "")).strip().upper()
    return country if country in phonenumbers.SUPPORTED_REGIONS else region


def _clean_one(field: str, value: Any, region: str) -> tuple[Any, str]:
    if field == "kind":
        return value, "" if value in {"person", "company"} else "not_a_choice"
    if field == "since":
        return value, "" if type(value) is date else "not_a_day"
    if field == "birth_date":
        if value == "":
            return None, ""
        is_possible = type(value) is date and value >= EARLIEST_BIRTH
        return value, "" if is_possible else "not_a_day"
    if field not in LENGTHS:
        return value, "unknown_field"
    if field == "phone":
        return phone(str(value), region)
    read: Callable[[str], str] = _READ.get(field, tidy)
    text = read(str(value))
    if field == "email" and not text and str(value).strip():
        return "", "not_an_address"
    if field == "country" and len(text) == 2:
        text = text.upper()
    return text, "too_long" if len(text) > LENGTHS[field] else ""


EARLIEST_BIRTH = date(1900, 1, 1)
ADULT = 18


def birthday_in(year: int, born: date) -> date:
    """Return the birthday in a year; of 29 February the 1st of March where there is no such day."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def born_by(today: date, years: int = ADULT) -> date:
    """Return the last day on which somebody was born who is so many years old today."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # 29 February: who was born on the 1st of March has their birthday tomorrow
        return date(today.year - years, 2, 28)


def is_in_future(moment: datetime, at: datetime) -> bool:
    """Say whether somebody tells what has not happened yet."""
    return moment > at + CLOCKS_DIFFER


LONGEST_TEXT = 10_000


def may_be_soft(channel: str, purpose: str, order_number: str) -> bool:
    """Say whether consent may rest on a sale: offers of similar products, by electronic message.

    Dutch law (art. 11.7 lid 4 Tw) knows it for messages and asks for the sale; since July 2026
    calling a consumer always needs a consent of its own.
    """
    return channel in {"email", "sms"} and purpose == "offers" and bool(order_number)
