"""From where a condition looks: the day up to which orders are known, and the scores that are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from stamgast.scoring.queries import current_run
from stamgast.staff.queries import shop


@dataclass(frozen=True)
class Sql:
    """A piece of a statement with what fills its marks."""

    text: str
    filled: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Looking:
    """As of which day, by which scores, and of whom (`ids`; None is everybody)."""

    as_of: date
    at: datetime
    run: int
    scored: int
    ids: tuple[int, ...] | None = field(default=None, repr=False)

    def at_only(self, ids: Iterable[int]) -> Looking:
        """Look at these customers alone."""
        return replace(self, ids=tuple(sorted({int(one) for one in ids})))

    def ago(self, days: int) -> date:
        """Return the day so many days before the one up to which is looked."""
        return self.as_of - timedelta(days=days)

    def moment(self, days_ago: int) -> Any:
        """Return the same hour so many days ago, as the database compares it."""
        return connection.ops.adapt_datetimefield_value(self.at - timedelta(days=days_ago))

    def only(self, column: str) -> str:
        """Narrow a part of the statement to the customers that are looked at."""
        if self.ids is None:
            return ""
        return f" AND {column} IN ({', '.join(map(str, self.ids)) or 'NULL'})"

    def who(self, rows: str, *filled: Any, customer: str, having: str = "") -> Sql:
        """Say that a customer is among these rows (from FROM on, with a WHERE); once per statement."""
        group = f" GROUP BY {customer} HAVING {having}" if having else ""
        narrowed = f"{rows} AND {customer} IS NOT NULL{self.only(customer)}{group}"
        return Sql(f"c.id IN (SELECT {customer} {narrowed})", filled)


def looking(at: datetime, *, as_of: date | None = None) -> Looking:
    """Look from now: at the scores that are shown, and up to the day they know."""
    run = current_run()
    today = at.astimezone(ZoneInfo(shop().zone)).date()
    if run is None:
        return Looking(as_of or today, at, -1, 0)
    return Looking(as_of or run.as_of, at, run.pk, run.customers)
