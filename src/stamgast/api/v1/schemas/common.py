"""The kinds of values that all nouns share, and how strictly each is read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from stamgast.api.errors import Problem
from stamgast.customers.rules import tidy
from stamgast.kernel.money import CURRENCIES, minor_digits

MOST_IN_BULK = 1000


class Said(BaseModel):
    """What a program sends: unknown names are refused, so that no typing error hides."""

    model_config = ConfigDict(extra="forbid")


class Told(BaseModel):
    """What we answer."""


# --- texts ---------------------------------------------------------------------------------------


def _one_line(text: str) -> str:
    return tidy(text)


def _needed(text: str) -> str:
    found = tidy(text)
    if not found:
        raise PydanticCustomError("empty", "Something has to be here")
    return found


def _code(text: str) -> str:
    """Leave a shop's own code as it is, as imports do, but for blanks around it."""
    found = text.strip()
    if not found:
        raise PydanticCustomError("empty", "Something has to be here")
    if _UNPRINTABLE.search(found):
        raise PydanticCustomError("unprintable", "There is a character in it that nobody can see")
    return found


_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
Line = AfterValidator(_one_line)
Needed = AfterValidator(_needed)
Code = AfterValidator(_code)

ShopKey = Annotated[str, Needed, Field(min_length=1, max_length=100, examples=["C-1001"])]
CallKey = Annotated[
    str,
    Needed,
    Field(
        min_length=1,
        max_length=120,
        description="Your own name for this, so that sending it again changes nothing.",
    ),
]
Number = Annotated[str, Code, Field(min_length=1, max_length=64, examples=["1001"])]
Sku = Annotated[str, Code, Field(min_length=1, max_length=80, examples=["ESP-1000"])]
Yes = StrictBool

# --- days and moments ----------------------------------------------------------------------------

_FIRST, _LAST = 1900, 2200
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise PydanticCustomError("moment", "Write a moment with its zone: 2024-11-20T09:30:00Z")
    text = value.upper().replace(" ", "T", 1)
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    try:
        read = datetime.fromisoformat(text)
        if not _FIRST <= read.year < _LAST:
            raise ValueError(text)
        return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("moment", "There is no such moment") from None


def _day(value: Any) -> Any:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("day", "Write a day like 2024-11-20")
    try:
        read = date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "There is no such day") from None
    if not _FIRST <= read.year < _LAST:
        raise PydanticCustomError("day", "Only days from 1900 to 2199 make sense here")
    return read


def _as_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(_as_utc, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2024-11-20T09:30:00Z"]}),
]
Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2024-11-20"]}),
]

# --- amounts -------------------------------------------------------------------------------------

_AMOUNT = r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$"
_POSITIVE = r"^[0-9]{1,9}(\.[0-9]{1,6})?$"
_QUANTITY = r"^-?[0-9]{1,6}(\.[0-9]{1,3})?$"
_PERCENT = r"^[0-9]{1,2}(\.[0-9]{1,2})?$|^100(\.0{1,2})?$"


def _decimal(pattern: str, example: str) -> BeforeValidator:
    """Return a reader of exact decimals; numbers are refused, for many programs round them."""
    shape = re.compile(pattern, re.ASCII)

    def read(value: Any) -> Any:
        if not isinstance(value, str) or not shape.fullmatch(value):
            raise PydanticCustomError("amount", f'Write it as a text with a point: "{example}"')
        return Decimal(value)

    return BeforeValidator(read)


def _shown(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


Amount = Annotated[Decimal, _decimal(_AMOUNT, "12.50"), _shown(_AMOUNT, "12.50")]
Positive = Annotated[Decimal, _decimal(_POSITIVE, "12.50"), _shown(_POSITIVE, "12.50")]
Quantity = Annotated[Decimal, _decimal(_QUANTITY, "2"), _shown(_QUANTITY, "2")]
Percent = Annotated[Decimal, _decimal(_PERCENT, "21"), _shown(_PERCENT, "21")]


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise PydanticCustomError("currency", "No currency of ISO 4217")
    return code


Currency = Annotated[
    str,
    AfterValidator(_currency),
    WithJsonSchema({"type": "string", "enum": sorted(CURRENCIES), "examples": ["EUR"]}),
]


def amount(minor: int, currency: str) -> str:
    """Return minor units as a text in major units, with all the currency's decimals."""
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def amount_if(minor: int | None, currency: str) -> str | None:
    """Return the amount, or nothing where it is not known."""
    return None if minor is None else amount(minor, currency)


def plain(value: Decimal) -> str:
    """Return a decimal without needless zeros: 2.500 is 2.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_if(value: Decimal | None) -> str | None:
    """Return the decimal, or nothing where it is not known."""
    return None if value is None else plain(value)


# --- customers, as others refer to them -----------------------------------------------------------


class CustomerRef(Said):
    """Whom it is about: your own key for them, else our id, else an e-mail address."""

    key: ShopKey | None = None
    id: Annotated[StrictInt, Field(ge=1, le=2**53)] | None = None
    email: Annotated[str, Needed, Field(min_length=3, max_length=254)] | None = None


# --- many at once ---------------------------------------------------------------------------------

Item = TypeVar("Item", bound=BaseModel)


class Unreadable:
    """An item of many that does not have its form; the others are taken all the same."""

    def __init__(self, sent: Any, errors: list[Any]) -> None:
        self.sent, self.errors = sent, errors


def _kept_apart(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError as error:
        return Unreadable(value, error.errors(include_url=False, include_input=False))


class Bulk(Said, Generic[Item]):
    """Many at once. Each is answered apart, and the good ones are kept."""

    items: Annotated[
        list[Annotated[Item, WrapValidator(_kept_apart)]],
        Field(min_length=1, max_length=MOST_IN_BULK),
    ]


Outcome = Literal["made", "changed", "unchanged"]


class BulkItem(Told):
    """What became of one of many."""

    index: int = Field(description="Its place in what was sent, from 0.", examples=[0])
    key: str | None = Field(description="Your own name for it, where readable.", examples=["C-1"])
    outcome: Literal["made", "changed", "unchanged", "refused"]
    problem: Problem | None = Field(description="Why it was refused.", examples=[None])


class BulkAnswer(Told):
    """What became of each, in the order they were sent."""

    made: int
    changed: int
    unchanged: int
    refused: int
    items: list[BulkItem]
