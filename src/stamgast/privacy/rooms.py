"""The rooms that hold something on persons, in the order in which they are asked."""

from __future__ import annotations

from stamgast.campaigns import personal as campaigns
from stamgast.customers import personal as customers
from stamgast.events import personal as events
from stamgast.importers import personal as importers
from stamgast.loyalty import personal as loyalty
from stamgast.mail import personal as mail
from stamgast.measurement import personal as measurement
from stamgast.plans import personal as plans
from stamgast.privacy.protocol import Personal
from stamgast.sales import personal as sales
from stamgast.scoring import personal as scoring
from stamgast.signals import personal as signals
from stamgast.staff import personal as staff
from stamgast.strategy import personal as strategy

# Customers come last: the others may need to know who it was.
ROOMS: dict[str, Personal] = {
    "importers": importers,
    "plans": plans,
    "campaigns": campaigns,
    "loyalty": loyalty,
    "strategy": strategy,
    "measurement": measurement,
    "scoring": scoring,
    "signals": signals,
    "sales": sales,
    "mail": mail,
    "staff": staff,
    "events": events,
    "customers": customers,
}
