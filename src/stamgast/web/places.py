"""Countries and time zones as the settings offer them, in the reader's language."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.utils.translation import get_language
from phonenumbers import SUPPORTED_REGIONS

Choices = list[tuple[str, str]]


def countries() -> Choices:
    """Return code and name of each country, by name."""
    named = [(code, _name_of(code)) for code in SUPPORTED_REGIONS]
    return sorted(named, key=lambda pair: pair[1])


def zones() -> list[tuple[str, Choices]]:
    """Return the time zones per part of the world, by name."""
    parts: dict[str, Choices] = {}
    for zone in sorted(available_timezones()):
        part, _, city = zone.partition("/")
        if city and part not in {"Etc", "SystemV"}:
            parts.setdefault(part, []).append((zone, city.replace("_", " ")))
    return [("", [("UTC", "UTC")]), *parts.items()]


def country_name(country: str) -> str:
    """Return a country in the reader's language: files hold codes (NL) or names (Nederland)."""
    return _name_of(country) if len(country) == 2 and country.isupper() else country


def _name_of(code: str) -> str:
    # 250 countries in as many languages: loaded where it is used.
    from phonenumbers.geodata.locale import LOCALE_DATA

    names = LOCALE_DATA.get(code, {})
    name = names.get((get_language() or "en")[:2], "")
    return (names.get(name[1:], "") if name.startswith("*") else name) or code
