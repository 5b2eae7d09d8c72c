"""Why customers stay, counted: kinds of loyalty, attitude against buying, and bonds that end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, Sum, Value, When
from django.db.models.functions import TruncMonth

from stamgast.customers.models import Answer
from stamgast.scoring.models import Loyalty, Run
from stamgast.scoring.queries import bonds

LEVELS = ("low", "unclear", "high")
MONTHS_SHOWN = 12
HALF_WIDTH = 0.05  # of the share of loyal customers, when enough have answered


@dataclass(frozen=True, slots=True)
class Group:
    """Customers of one kind, or in one cell or month, and the margin expected of them in a year."""

    code: str
    customers: int
    margin: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of attitude against buying."""

    attitude: str
    buying: str
    customers: int
    margin: int | None
    shade: float


@dataclass(frozen=True, slots=True)
class Ending:
    """The first bond of some customers to end, in one month."""

    month: date
    bond: str
    customers: int
    not_loyal: int
    margin: int | None


def kinds(run: Run, customers: int) -> list[Group]:
    """Return customers per kind; stays-but-not-loyal by what holds them, unknown last."""
    rows = bonds(run).values("kind", "subtype").annotate(n=Count("pk"), m=Sum("margin_365_minor"))
    found: dict[str, Group] = {}
    for row in rows.order_by():
        code = row["subtype"] or row["kind"]
        before = found.get(code, Group(code, 0, None))
        found[code] = Group(code, before.customers + row["n"], _plus(before.margin, row["m"]))
    unknown = found.pop(Loyalty.UNKNOWN, Group(Loyalty.UNKNOWN, 0, None))
    seen = unknown.customers + sum(group.customers for group in found.values())
    rest = max(customers - seen, 0)
    ordered = sorted(found.values(), key=lambda group: -group.customers)
    return [*ordered, Group(Loyalty.UNKNOWN, unknown.customers + rest, unknown.margin)]


def matrix(run: Run) -> list[tuple[str, list[Cell]]]:
    """Return attitude (rows, fond first) against buying, of whom something was seen."""
    fond = F("p_true") + F("p_latent")
    buys = F("p_true") + F("p_spurious")
    rows = (
        bonds(run)
        .annotate(fond=fond, buys=buys)
        .annotate(wants=_level("fond"), buys_level=_level("buys"))
        .values("wants", "buys_level")
        .annotate(n=Count("pk"), m=Sum("margin_365_minor"))
        .order_by()
    )
    found: dict[tuple[str, str], dict[str, Any]] = {
        (row["wants"], row["buys_level"]): dict(row) for row in rows
    }
    most = max((row["n"] for row in found.values()), default=1)

    def cell(attitude: str, buying: str) -> Cell:
        row = found.get((attitude, buying), {"n": 0, "m": None})
        return Cell(attitude, buying, row["n"], row["m"], row["n"] / most)

    return [(level, [cell(level, buying) for buying in LEVELS]) for level in reversed(LEVELS)]


def endings(run: Run) -> list[Ending]:
    """Return whose first bond ends in which month, the nearest first."""
    rows = (
        bonds(run)
        .filter(ends_on__gt=run.as_of)
        .annotate(month=TruncMonth("ends_on"))
        .values("month", "ends_bond")
        .annotate(
            n=Count("pk"),
            loose=Count("pk", filter=Q(kind=Loyalty.SPURIOUS)),
            m=Sum("margin_365_minor"),
        )
        .order_by("month", "ends_bond")
    )
    return [
        Ending(row["month"], row["ends_bond"], row["n"], row["loose"], row["m"])
        for row in rows[:MONTHS_SHOWN]
    ]


def answered() -> int:
    """Return how many customers ever answered a question."""
    given = Answer.objects.filter(answered_at__isnull=False)
    return given.order_by().values("customer").distinct().count()


def needed(customers: int, so_far: int) -> int:
    """Return how many more answers make the share of loyal customers known to within 5 %."""
    from stamgast.insight.bonds import answers_for_share

    if customers < 1:
        return 0
    return max(answers_for_share(HALF_WIDTH, customers=customers) - so_far, 0)


def _level(chance: str) -> Case:
    from stamgast.insight.bonds.two_axes import ENOUGH

    return Case(
        When(**{f"{chance}__gte": ENOUGH}, then=Value("high")),
        When(**{f"{chance}__lte": 1 - ENOUGH}, then=Value("low")),
        default=Value("unclear"),
        output_field=CharField(),
    )


def _plus(a: int | None, b: int | None) -> int | None:
    return b if a is None else a if b is None else a + b
