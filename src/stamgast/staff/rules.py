"""Who may do what, and when the door stays closed: the one place that answers it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from phonenumbers import SUPPORTED_REGIONS  # ISO 3166 codes of the places that have phones

from stamgast.kernel.money import CURRENCIES
from stamgast.staff.errors import BadKey, BadSetting

# What each role may do. A verb on a thing, as a colleague would say it.
_EVERYONE = {"see customers", "see base", "see orders", "see programme"}
_CARE = {"write interactions", "write tasks", "write consents"}
_GRANTS: dict[str, set[str]] = {
    "service": _EVERYONE | _CARE | {"edit customers", "see outbox", "give points"},
    "marketer": _EVERYONE
    | _CARE
    | {
        "see margin",
        "import files",
        "mend rows",
        "export customers",
        "run scoring",
        "edit products",
        "write signals",
        "edit programme",
        "give points",
        "ask customers",
        "write mail",
        "see outbox",
        "lift suppressions",
        "set goals",
        "write campaigns",
        "approve campaigns",
    },
    "analyst": _EVERYONE | {"see margin", "export customers", "run scoring"},
    "privacy": _EVERYONE
    | {"write consents", "export person", "erase person", "merge customers", "see audit"}
    | {"see outbox", "lift suppressions"},
}
_ADMIN_ONLY = {"edit settings", "manage users", "manage keys", "see calls"}
VERBS = frozenset(set().union(*_GRANTS.values()) | _ADMIN_ONLY)
_GRANTS["admin"] = set(VERBS)


def may(role: str, verb: str) -> bool:
    """Say whether this role may do this; refuses a verb that does not exist."""
    if verb not in VERBS:
        raise ValueError(f"no such permission: {verb!r}")
    return verb in _GRANTS.get(role, set())


SCOPES = frozenset(
    {
        "customers:read",
        "customers:write",
        "consents:write",
        "products:read",
        "products:write",
        "orders:read",
        "orders:write",
        "contracts:write",
        "interactions:read",
        "interactions:write",
        "scores:read",
        "mail:write",
        "contacts:write",
        "campaigns:read",
        "decisions:write",
        "goals:read",
        "verdicts:read",
        "loyalty:read",
        "loyalty:write",
        "points:write",
    }
)


ROLES = tuple(_GRANTS)
LANGUAGES = ("nl", "en")

# How long a name may be tried: five wrong passwords close the door for a quarter of an hour.
TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
CALLS_KEPT = 5000


def lock_until(failures: int, at: datetime) -> datetime | None:
    """Say until when sign-in is closed after so many wrong passwords in a row."""
    return at + LOCKED_FOR if failures >= TRIES else None


def is_locked(locked_until: datetime | None, at: datetime) -> bool:
    """Say whether sign-in is closed at this moment."""
    return locked_until is not None and at < locked_until


def was_just_used(last_used_at: datetime | None, at: datetime) -> bool:
    """Say whether a key's last use is so recent that it need not be written down again."""
    return last_used_at is not None and at - last_used_at < timedelta(minutes=1)


def known_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the scopes sorted and once each; refuses none at all, and unknown ones."""
    wanted = set(scopes)
    if not wanted or not wanted <= SCOPES:
        raise BadKey(field="scopes", unknown=sorted(wanted - SCOPES))
    return sorted(wanted)


def digest(key: str) -> str:
    """Return what we keep of a key: it is long and random, so one round of SHA-256 suffices."""
    return hashlib.sha256(key.encode()).hexdigest()


def _rate(value: Any) -> Decimal:
    rate = Decimal(str(value).replace(",", "."))
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise ValueError(value)
    return rate.quantize(Decimal("0.01"))


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(value)
        return str(value)

    return read


def _zone(value: Any) -> str:
    if value not in available_timezones():
        raise ValueError(value)
    return str(value)


def _hours(value: Any) -> int:
    hours = int(value)
    if not 1 <= hours <= 24 * 90:
        raise ValueError(value)
    return hours


def _website(value: Any) -> str:
    address = str(value).strip()
    if address and not re.fullmatch(r"https?://[^\s/\"<>]+\.[^\s\"<>]+", address):
        raise ValueError(value)
    if len(address) > 200:
        raise ValueError(value)
    return address


# How each setting of the shop is read; what is not here is not set by people.
_SETTINGS: dict[str, Callable[[Any], Any]] = {
    "name": lambda value: str(value).strip(),
    "currency": _one_of(*CURRENCIES),
    "country": _one_of(*SUPPORTED_REGIONS),
    "zone": _zone,
    "language": _one_of(*LANGUAGES),
    "vat": _one_of("included", "excluded"),
    "vat_rate": _rate,
    "discount_rate": _rate,
    "orders_may_be_old": _hours,
    "website": _website,
    "needs_second_person": bool,
    "is_set_up": bool,
    "is_demo": bool,
}
SETTINGS = frozenset(_SETTINGS)


def setting(field: str, value: Any) -> Any:
    """Return the value of a setting as it is kept; refuses an unknown setting or value."""
    try:
        return _SETTINGS[field](value)
    except (KeyError, ValueError, ArithmeticError, TypeError):
        raise BadSetting(field=field, value=str(value)[:100]) from None
