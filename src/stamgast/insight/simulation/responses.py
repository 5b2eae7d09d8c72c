"""How customers respond to an offer, with known truth: four kinds, and offers that only move orders.

A shop is simulated as if nothing had been sent. `respond` then changes the orders of those who got
the offer. Every customer's kind and luck are drawn before anyone is treated, so both futures of each
customer are known: with the offer and without. The kinds are those of uplift practice:

- persuadable: buys once more within the window, because of the offer; or, where the offer only
  `borrows`, buys the next order sooner and not again
- sure: would have bought anyway, and takes the discount along
- lost: buys or does not, whatever comes
- disturbed: leaves out the next order, because of the offer
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from stamgast.insight.simulation.clock import Flags, Floats, Ints
from stamgast.insight.simulation.streams import Streams

KINDS = ("persuadable", "sure", "lost", "disturbed")
PERSUADABLE, SURE, LOST, DISTURBED = range(4)
_COLUMNS = ("customer_id", "day", "revenue", "margin")


@dataclass(frozen=True, kw_only=True)
class Offer:
    """An offer and how a shop's customers respond to it.

    Shares add up to one. `borrows` is the share of the persuadable who only buy sooner. `discount`
    is the share of the revenue of the order that takes it; `window` how many days it holds. `tilts`
    moderate the kinds: one row per kind, one column per feature (a bond, say), in log-odds per unit
    of the feature above its mean; none means that nothing known tells the kinds apart.
    """

    persuadable: float
    sure: float = 0.4
    disturbed: float = 0.0
    borrows: float = 0.0
    discount: float = 0.1
    window: int = 30
    tilts: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        """Refuse shares that cannot be, naming them."""
        shares = (*self.shares, self.borrows, self.discount)
        if min(shares) < 0 or max(shares) > 1:
            raise ValueError(f"shares lie between 0 and 1 and add up to 1, not {shares}")
        if self.window < 1:
            raise ValueError("a window has one day or more")
        if self.tilts and len(self.tilts) != len(KINDS):
            raise ValueError(f"tilts has a row for each of {', '.join(KINDS)}")

    @property
    def shares(self) -> tuple[float, ...]:
        """The share of each kind, in the order of KINDS."""
        lost = round(1 - self.persuadable - self.sure - self.disturbed, 12)
        return (self.persuadable, self.sure, lost, self.disturbed)


def chances(offer: Offer, customers: int, features: Floats | None = None) -> Floats:
    """Return each customer's chance to be of each kind, shape (customers, kinds)."""
    with np.errstate(divide="ignore"):
        logits = np.tile(np.log(np.array(offer.shares)), (customers, 1))
    if offer.tilts:
        if features is None:
            raise ValueError("an offer with tilts needs the features they moderate by")
        logits = logits + (features - features.mean(axis=0)) @ np.array(offer.tilts).T
    weight = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def draw_kinds(offer: Offer, customers: int, *, seed: int, features: Floats | None = None) -> Ints:
    """Draw each customer's kind, an index into KINDS."""
    edges = np.cumsum(chances(offer, customers, features), axis=1)
    u = Streams(seed).named("kinds").random(customers)
    return np.asarray(np.minimum((u[:, None] >= edges).sum(axis=1), len(KINDS) - 1))


def respond(
    orders: pa.Table,
    customers: Any,
    *,
    treated: Flags,
    kinds: Ints,
    offer: Offer,
    start: date,
    seed: int,
) -> pa.Table:
    """Return the orders as they come when the treated get the offer on the day `start`.

    `orders` has customer_id, day, revenue and margin; `customers` are ascending ids, one for each
    of `treated` and `kinds`; orders of others are left out. The result has the same columns and
    discount, by customer and day. The same seed gives the same luck to each customer, treated or
    not. Refuses ids that do not ascend.
    """
    ids = np.asarray(customers)
    if (np.diff(ids) <= 0).any():
        raise ValueError("customers are distinct ids in ascending order")
    book = _read(orders, ids)
    luck = _Luck.draw(Streams(seed).named("responses"), len(ids), offer)
    first = int(np.datetime64(start, "D").astype(np.int64))
    following = _first_from(book, first, len(ids))
    is_persuadable = kinds == PERSUADABLE
    borrowers = treated & is_persuadable & luck.borrows
    _move(book, following, borrowers, offer, first, luck)
    _take_along(book, following, borrowers | (treated & (kinds == SURE)), offer, first)
    kept = _stay_away(book, following, treated & (kinds == DISTURBED))
    more = _buy_again(book, treated & is_persuadable & ~luck.borrows, offer, first, luck)
    return _write(book, kept, more, ids)


@dataclass
class _Book:
    """Orders as arrays, by customer and day."""

    row: Ints
    day: Ints
    revenue: Floats
    margin: Floats
    discount: Floats


@dataclass(frozen=True)
class _Luck:
    """What chance has in store for each customer, treated or not."""

    borrows: Flags
    delay: Ints
    size: Floats

    @staticmethod
    def draw(rng: np.random.Generator, count: int, offer: Offer) -> _Luck:
        return _Luck(
            borrows=rng.random(count) < offer.borrows,
            delay=rng.integers(0, offer.window, count),
            size=np.exp(0.5 * rng.standard_normal(count) - 0.125),
        )


def _read(orders: pa.Table, ids: Any) -> _Book:
    theirs, day, revenue, margin = (
        orders[name].to_numpy(zero_copy_only=False) for name in _COLUMNS
    )
    row = np.minimum(np.searchsorted(ids, theirs), len(ids) - 1)
    of = np.flatnonzero(ids[row] == theirs)
    day = day.astype("datetime64[D]").astype(np.int64)
    of = of[np.lexsort((day[of], row[of]))]
    return _Book(row[of], day[of], revenue[of].copy(), margin[of].copy(), np.zeros(len(of)))


def _first_from(book: _Book, first: int, count: int) -> Ints:
    """Return the place of each customer's first order from day `first` on; -1 without one."""
    place = np.full(count, -1)
    later = np.flatnonzero(book.day >= first)[::-1]
    place[book.row[later]] = later
    return place


def _move(book: _Book, following: Ints, who: Flags, offer: Offer, first: int, luck: _Luck) -> None:
    """Let those whose next order falls after the window buy it within."""
    rows = np.flatnonzero(who & (following >= 0))
    rows = rows[book.day[following[rows]] >= first + offer.window]
    book.day[following[rows]] = first + luck.delay[rows]


def _take_along(book: _Book, following: Ints, who: Flags, offer: Offer, first: int) -> None:
    """Give the discount on the first order within the window."""
    of = following[who & (following >= 0)]
    of = of[book.day[of] < first + offer.window]
    given = offer.discount * book.revenue[of]
    book.revenue[of] -= given
    book.margin[of] -= given
    book.discount[of] += given


def _stay_away(book: _Book, following: Ints, who: Flags) -> Flags:
    kept = np.ones(len(book.row), dtype=bool)
    kept[following[who & (following >= 0)]] = False
    return kept


def _buy_again(book: _Book, who: Flags, offer: Offer, first: int, luck: _Luck) -> _Book:
    """Add one order of the customer's own usual size, with the discount."""
    count = len(who)
    orders = np.bincount(book.row, minlength=count)
    usual = [np.bincount(book.row, of, count) / np.maximum(orders, 1)
             for of in (book.revenue + book.discount, book.margin + book.discount)]  # fmt: skip
    rows = np.flatnonzero(who)
    revenue, margin = (mean[rows] * luck.size[rows] for mean in usual)
    given = offer.discount * revenue
    return _Book(rows, first + luck.delay[rows], revenue - given, margin - given, given)


def _write(book: _Book, kept: Flags, more: _Book, ids: Any) -> pa.Table:
    parts = {
        name: np.concatenate([getattr(book, name)[kept], getattr(more, name)])
        for name in ("row", "day", "revenue", "margin", "discount")
    }
    order = np.lexsort((parts["day"], parts["row"]))
    day = pa.array(parts["day"][order].astype(np.int32)).cast(pa.date32())
    amounts = {name: parts[name][order] for name in ("revenue", "margin", "discount")}
    return pa.table({"customer_id": ids[parts["row"][order]], "day": day, **amounts})


def margin_between(orders: pa.Table, customers: Any, start: date, until: date) -> Floats:
    """Return each customer's margin on the days [start, until), in the order of `customers`."""
    ids = np.asarray(customers)
    book = _read(orders, ids)
    low, high = (int(np.datetime64(day, "D").astype(np.int64)) for day in (start, until))
    within = (book.day >= low) & (book.day < high)
    return np.asarray(np.bincount(book.row[within], book.margin[within], len(ids)), np.float64)
