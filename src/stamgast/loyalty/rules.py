"""How many points, from when, until when, and how many come back: values in, values out."""

from __future__ import annotations

import calendar
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from stamgast.kernel import Points
from stamgast.loyalty.book.operation import FOREVER, MOST, NewLot
from stamgast.loyalty.codes.rules import spread
from stamgast.loyalty.errors import BadPoints

# How many points a colleague may give or take at once, by role; programs are bound by their scope.
LIMITS = {"service": 1_000, "marketer": 10_000, "admin": MOST}
MICRO = 1_000_000  # parts of a point in which the weight of a line is kept


def whole(points: Any, *, field: str = "points", least: int = 1) -> int:
    """Return a number of points as it goes into the ledger.

    Refuses what is no whole number, less than `least`, or enormous; money is no points.
    """
    count = points.count if isinstance(points, Points) else points
    if type(count) is not int:
        raise BadPoints(field=field, problem="not_whole")
    if count < least:
        raise BadPoints(field=field, problem="too_few")
    if count > MOST:
        raise BadPoints(field=field, problem="too_many")
    return count


def limit_of(role: str) -> int:
    """Return how many points somebody with this role may give or take at once."""
    return LIMITS.get(role, 0)


class MonthLimits(Protocol):
    """What the programme says of giving by hand."""

    month_service: int
    month_marketer: int


def month_limit_of(limits: MonthLimits, role: str) -> int | None:
    """Return how many points somebody with this role may give in a month; None is no limit."""
    if role == "admin":
        return None
    return {"service": limits.month_service, "marketer": limits.month_marketer}.get(role, 0)


# --- from when until when --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """What the programme says of points, as it stood when they were earned."""

    zone: ZoneInfo
    pending_days: int
    validity_months: int
    expiry: str
    grace_days: int
    does_forgive: bool

    def lot(self, points: int, at: datetime, *, is_pending: bool = True) -> NewLot:
        """Return a lot of points earned at a moment."""
        wait = timedelta(days=self.pending_days if is_pending else 0)
        return NewLot(points, at + wait, self.expires(at))

    def expires(self, at: datetime) -> datetime:
        """Return when points earned at a moment end: at the end of a day in the shop's zone."""
        if not self.validity_months:
            return FOREVER
        earned = at.astimezone(self.zone)
        month = earned.month - 1 + self.validity_months
        year, month = earned.year + month // 12, month % 12 + 1
        if self.expiry == "year_end":
            month = 12
        last = calendar.monthrange(year, month)[1]
        day = min(earned.day, last) if self.expiry == "exact" else last
        end = datetime.combine(datetime(year, month, day).date(), time.min, self.zone)  # noqa: DTZ001
        return (end + timedelta(days=1)).astimezone(at.tzinfo)

    def grace(self, at: datetime) -> datetime:
        """Return until when points are good that come back after their end."""
        return at + timedelta(days=self.grace_days)


# --- earning ---------------------------------------------------------------------------------------


class BoughtLine(NamedTuple):
    """One line of a purchase: what how many pieces cost together."""

    sku: str
    category: str
    quantity: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class RuleTerms:
    """What a rule says, as frozen in a version of it."""

    version: int  # the id of the version
    rule: int
    kind: str
    points: int
    per_minor: int
    factor: Fraction
    category: str
    sku: str
    action: str
    min_order_minor: int
    most_times: int
    does_qualify: bool
    starts_at: datetime
    ends_at: datetime | None
    most_per: str = "ever"

    @classmethod
    def of(cls, version: int, rule: int, terms: Mapping[str, Any]) -> RuleTerms:
        """Read a version's terms."""
        own = {name: terms[name] for name in cls.__slots__ if name in terms}
        moments = {
            name: datetime.fromisoformat(terms[name]) if terms[name] else None
            for name in ("starts_at", "ends_at")
        }
        factor = Fraction(terms["factor"])
        return cls(**{**own, **moments, "factor": factor, "version": version, "rule": rule})

    def holds_at(self, moment: datetime) -> bool:
        """Say whether the rule holds at a moment."""
        return self.starts_at <= moment and (self.ends_at is None or moment < self.ends_at)

    def is_for(self, line: BoughtLine) -> bool:
        """Say whether the rule is about a line."""
        return self.sku in ("", line.sku) and self.category in ("", line.category)


# How often an action earns where nobody says otherwise: so many times, and in which time.
USUAL_LIMITS: Mapping[str, tuple[int, str]] = {
    "review": (5, "year"),
    "answer": (4, "year"),
    "birthday": (1, "year"),
    "first_order": (1, "ever"),
    "visit": (12, "year"),
    "other": (0, "ever"),
}


def year_of(moment: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return from when until when the calendar year of a moment runs, half-open."""
    year = moment.astimezone(zone).year
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


def birthdays(born: date, *, since: date, until: date) -> list[date]:
    """Return somebody's birthdays from one day up to and with another; of 29 February also the 28th."""
    found = []
    for year in range(since.year, until.year + 1):
        last = calendar.monthrange(year, born.month)[1]
        found.append(date(year, born.month, min(born.day, last)))
    return [day for day in found if since <= day <= until and day > born]


class Earned(NamedTuple):
    """What a purchase earns, and how much of it by which line."""

    points: int
    qualifying: int
    weights: list[int]  # of each line, in millionths of a point
    rules: tuple[int, ...]


def earned(
    lines: Sequence[BoughtLine],
    rules: Sequence[RuleTerms],
    *,
    at: datetime,
    rounding: str,
    is_first: bool,
    factor: Decimal | int = 1,
) -> Earned:
    """Return what a purchase at a moment earns by the rules that hold then.

    Of several multipliers for a line the highest counts. Points for the order as a whole go with its
    lines by what was paid for them. `factor` is times all of it, as a tier may promise.
    """
    total = sum(line.amount_minor for line in lines)
    holding = [r for r in rules if r.holds_at(at) and total >= r.min_order_minor]
    used: set[int] = set()
    exact = [Fraction(0)] * len(lines)
    qualifying = Fraction(0)
    for place, line in enumerate(lines):
        times = _factor(line, holding, used)
        for rule in holding:
            if rule.kind == "per_amount" and rule.is_for(line) and line.amount_minor > 0:
                part = Fraction(line.amount_minor * rule.points, rule.per_minor) * times
                exact[place] += part
                qualifying += part if rule.does_qualify else 0
                used.add(rule.version)
    for rule in holding:
        is_whole = rule.kind == "per_order" or (rule.action == "first_order" and is_first)
        about = [place for place, line in enumerate(lines) if rule.is_for(line)]
        if is_whole and about and rule.points:
            used.add(rule.version)
            qualifying += rule.points if rule.does_qualify else 0
            for place, share in zip(about, _shares(lines, about), strict=True):
                exact[place] += rule.points * share
    exact = [part * Fraction(factor) for part in exact]
    return Earned(
        rounded(sum(exact, Fraction(0)), rounding),
        rounded(qualifying, rounding),
        [round(part * MICRO) for part in exact],
        tuple(sorted(used)),
    )


def _factor(line: BoughtLine, rules: Sequence[RuleTerms], used: set[int]) -> Fraction:
    best = None
    for rule in rules:
        if rule.kind == "multiplier" and rule.is_for(line):
            best = rule if best is None or rule.factor > best.factor else best
    if best is None:
        return Fraction(1)
    used.add(best.version)
    return best.factor


def _shares(lines: Sequence[BoughtLine], about: Sequence[int]) -> list[Fraction]:
    amounts = [max(lines[place].amount_minor, 0) for place in about]
    total = sum(amounts)
    return [Fraction(amount, total) if total else Fraction(1, len(about)) for amount in amounts]


def rounded(points: Fraction, rounding: str) -> int:
    """Round points to whole ones, as the programme says."""
    if rounding == "up":
        return -((-points.numerator) // points.denominator)
    if rounding == "half_up":
        points += Fraction(1, 2)
    return points.numerator // points.denominator


# --- what is left to pay ---------------------------------------------------------------------------


class Given(Protocol):
    """What lowers a price, or pays a part of it."""

    @property
    def discount_minor(self) -> int: ...

    @property
    def lines(self) -> tuple[int, ...]: ...

    @property
    def is_payment(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Due:
    """What is left to pay of a purchase: after discounts, then after points, then after gift cards."""

    lines: tuple[int, ...]  # after discounts: what returns go by
    shipping_minor: int  # the same
    points_minor: int  # what points pay of these, the lines first
    cards_minor: int  # what gift cards pay

    @property
    def most_minor(self) -> int:
        """The most that points can pay."""
        return sum(self.lines) + self.shipping_minor

    @property
    def to_pay_minor(self) -> int:
        """What is left to be paid in money."""
        return self.most_minor - self.points_minor - self.cards_minor

    @property
    def earning(self) -> tuple[int, ...]:
        """What points are earned on, per line: what is left after discounts and points."""
        off = spread(min(self.points_minor, sum(self.lines)), self.lines)
        return tuple(line - part for line, part in zip(self.lines, off, strict=True))


def due(
    lines: Sequence[int],
    shipping_minor: int,
    given: Sequence[Given],
    *,
    points_minor: int = 0,
    paid: Sequence[int] | None = None,
) -> Due:
    """Return what is left to pay of lines and shipping; what was `paid` for the lines goes first."""
    left, rest = list(lines), shipping_minor
    for one in given:
        if one.is_payment:
            continue
        for place, off in enumerate(one.lines):
            left[place] = max(0, left[place] - off)
        rest = max(0, rest - one.discount_minor + sum(one.lines))
    after = tuple(paid if paid is not None else left)
    points = min(points_minor, sum(after) + rest)
    cards = sum(one.discount_minor for one in given if one.is_payment)
    return Due(after, rest, points, min(cards, sum(after) + rest - points))


def worth(points: int, value: Decimal) -> int:
    """Return what points are worth at the till, in minor units; parts of one are dropped."""
    return int(points * value)


def points_for(minor: int, value: Decimal) -> int:
    """Return the fewest points that pay an amount."""
    return math.ceil(Fraction(minor) / Fraction(value))


# --- what came back --------------------------------------------------------------------------------


class FrozenLine(NamedTuple):
    """A line as stored with its purchase; quantities in thousandths."""

    sku: str
    quantity: int
    amount_minor: int
    weight: int


def came_back(
    lines: Sequence[FrozenLine], returned: Mapping[int, int], amount_minor: int
) -> tuple[Fraction, Fraction]:
    """Return how much of a purchase came back in all: of what was paid, and of what was earned.

    `returned` are pieces (thousandths) per line, `amount_minor` is what was paid back of the whole.
    Depends on what came back and not on the order, so every split ends where the whole ends.
    """
    total = sum(line.amount_minor for line in lines)
    pieces = sum(line.quantity for line in lines)
    if all(returned.get(place, 0) >= line.quantity for place, line in enumerate(lines)):
        return Fraction(1), Fraction(1)

    def share(of: Sequence[int]) -> Fraction:
        every = sum(of)
        if not every:  # nothing was paid or earned: by pieces
            return Fraction(sum(returned.values()), pieces)
        parts = (
            Fraction(value * returned.get(place, 0), line.quantity)
            for place, (line, value) in enumerate(zip(lines, of, strict=True))
        )
        return sum(parts, Fraction(0)) / every

    of_whole = Fraction(amount_minor, total) if total else Fraction(0)
    paid = share([line.amount_minor for line in lines]) + of_whole
    gained = share([line.weight for line in lines]) + of_whole
    return (Fraction(1), Fraction(1)) if paid >= 1 else (paid, min(gained, Fraction(1)))


def part_of(points: int, share: Fraction) -> int:
    """Return the part of stored points that goes with a share, rounded half up; all of it for all."""
    return rounded(points * share, "half_up")
