"""In which time zones the people of a country live."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from stamgast.customers.models import Customer
from stamgast.staff.models import Shop


def zones_of(customer: Customer, shop: Shop) -> tuple[ZoneInfo, ...]:
    """Return the zones in which a customer may live; the shop's own when we know no country."""
    if not customer.country or customer.country == shop.country:
        return (ZoneInfo(shop.zone),)
    names = _by_country().get(customer.country, ())
    return tuple(map(ZoneInfo, names)) or (ZoneInfo(shop.zone),)


@lru_cache(maxsize=1)
def _by_country() -> dict[str, tuple[str, ...]]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), zone)
    return found
