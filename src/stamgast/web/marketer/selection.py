"""Which customers the list shows: read from the address, and kept among the current scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from stamgast.campaigns.advice import advised
from stamgast.customers.models import Consent, Customer, Interaction
from stamgast.customers.rules import tidy
from stamgast.scoring.models import Score
from stamgast.signals.models import OutsideEvent
from stamgast.signals.queries import exposed_customers
from stamgast.web.words import STEPS

FACETS: Final = ("shop", "brand", "country", "channel")
STAGES: Final = ("new", "active", "drifting", "lost", "won_back", "none", "withheld")
BANDS: Final = ("highest", "middle", "lowest")
LASTS: Final[dict[str, tuple[int, int | None]]] = {  # days ago: from, up to and including
    "month": (0, 30),
    "quarter": (31, 91),
    "half": (92, 182),
    "year": (183, 365),
    "older": (366, None),
}
CONSENTS: Final = ("email", "phone", "sms", "post")
ORDERS: Final[dict[str, tuple[OrderBy, ...]]] = {
    "value": (F("margin_365_minor").desc(nulls_last=True), F("id").asc()),
    "last": (F("last_day").desc(nulls_last=True), F("id").desc()),
    "silent": (F("last_day").asc(nulls_last=True), F("id").asc()),
    "orders": (F("orders").desc(), F("id").asc()),
    "revenue": (F("revenue_minor").desc(), F("id").asc()),
    "name": (F("customer__last_name").asc(), F("customer__first_name").asc(), F("id").asc()),
}
GIVES_MARGIN_AWAY: Final = frozenset({"value"})  # as a filter and as an order


@dataclass(frozen=True)
class Selection:
    """The filters of the list, each empty when it does not matter."""

    q: str = ""
    stage: str = ""
    step: str = ""
    value: str = ""
    last: str = ""
    consent: str = ""
    complaint: str = ""
    shop: str = ""
    brand: str = ""
    country: str = ""
    channel: str = ""
    signal: str = ""  # the number of an outside event that may touch them

    @property
    def is_everyone(self) -> bool:
        """Nobody is left out."""
        return self == Selection()

    @property
    def is_search_only(self) -> bool:
        """Search words, and nothing else, say who belongs to it."""
        return bool(self.q) and self == Selection(q=self.q)

    @property
    def is_live(self) -> bool:
        """What staff write, and what lots say, changes who belongs to it between two scorings too."""
        return bool(self.step or self.consent or self.complaint or self.q or self.signal)

    def query(self, **changes: str) -> str:
        """The selection as a query string, without what is empty."""
        chosen = replace(self, **changes) if changes else self
        return urlencode({f.name: v for f in fields(self) if (v := getattr(chosen, f.name))})


_IS_KNOWN: Final[dict[str, Callable[[str], bool]]] = {
    "stage": STAGES.__contains__,
    "step": STEPS.__contains__,
    "value": BANDS.__contains__,
    "last": LASTS.__contains__,
    "consent": CONSENTS.__contains__,
    "complaint": "open".__eq__,
    "signal": lambda number: not number or _event(number) is not None,
}


def read(query: QueryDict, *, sees_margin: bool) -> Selection:
    """Read a selection from an address; what does not exist or may not be seen is left out."""
    chosen = {f.name: tidy(query.get(f.name, ""))[:100] for f in fields(Selection)}
    for name, is_known in _IS_KNOWN.items():
        if not is_known(chosen[name]) or (name in GIVES_MARGIN_AWAY and not sees_margin):
            chosen[name] = ""
    return Selection(**chosen)


def read_order(query: QueryDict, *, sees_margin: bool) -> str:
    """Read by what the list is sorted: the value for who may see it, else the last purchase."""
    order = query.get("sort", "")
    allowed = ORDERS.keys() if sees_margin else ORDERS.keys() - GIVES_MARGIN_AWAY
    return order if order in allowed else ("value" if sees_margin else "last")


def narrow(
    scores: QuerySet[Score],
    selection: Selection,
    *,
    as_of: date,
    edges: tuple[int, int],
    at: datetime,
) -> QuerySet[Score]:
    """Keep the scores that belong to the selection, its search words apart.

    `edges` are the amounts from which a customer counts as of high and of middle value. The next
    step is what may be advised at this moment: the lot keeps some from what scoring says.
    """
    same = ("stage", *FACETS)
    scores = scores.filter(**{n: v for n in same if (v := getattr(selection, n))})
    if selection.step:
        scores = advised(scores, selection.step, at)
    if selection.last:
        scores = scores.filter(_bought(as_of, *LASTS[selection.last]))
    if selection.value:
        scores = scores.filter(_worth(selection.value, *edges))
    if selection.consent:
        scores = scores.alias(may=_latest_consent(selection.consent)).filter(may=True)
    if selection.complaint:
        scores = scores.filter(customer__in=_complaining())
    if selection.signal and (event := _event(selection.signal)):
        scores = scores.filter(customer__in=exposed_customers(event).values("pk"))
    return scores


def _bought(as_of: date, nearest: int, farthest: int | None) -> Q:
    until = Q(last_day__lte=as_of - timedelta(days=nearest))
    return until if farthest is None else until & Q(last_day__gte=as_of - timedelta(days=farthest))


def _worth(band: str, high: int, middle: int) -> Q:
    if band == "highest":
        return Q(margin_365_minor__gte=high)
    if band == "lowest":
        return Q(margin_365_minor__lt=middle) | Q(margin_365_minor=None)
    return Q(margin_365_minor__gte=middle, margin_365_minor__lt=high)


def _latest_consent(channel: str) -> Subquery:
    """What the customer said last about offers over this channel."""
    said = Consent.objects.filter(
        customer=OuterRef("customer"), channel=channel, purpose=Consent.Purpose.OFFERS
    )
    return Subquery(said.order_by("-at", "-id").values("is_granted")[:1])


def _event(number: str) -> OutsideEvent | None:
    if not number.isascii() or not number.isdecimal() or len(number) > 9:
        return None
    return OutsideEvent.objects.filter(pk=int(number)).first()


def _complaining() -> QuerySet[Customer]:
    return Customer.objects.filter(
        interactions__kind=Interaction.Kind.COMPLAINT, interactions__closed_at=None
    )
