"""Bringing in orders: grouped and worked out in the engine, written by the rooms they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from stamgast.customers.actions.loading import (
    Arrival,
    Consented,
    fill_gaps,
    load_consents,
    load_customers,
    recognise,
)
from stamgast.customers.actions.strangers import part_strangers
from stamgast.database import bulk
from stamgast.importers.actions.adding import add_rows, drafts_of
from stamgast.importers.actions.outcome import Bringing, Outcome, told_of_strangers
from stamgast.importers.actions.quarantine import BadRow, close_superseded, read_bad, write_bad
from stamgast.importers.choosing import resolve
from stamgast.importers.orders import OrderTables
from stamgast.importers.staging import stage
from stamgast.kernel.money import minor_digits
from stamgast.sales.actions import loading
from stamgast.sales.actions.margins import (
    assume_default,
    recalculate_soon,
    store_margin_rates,
)
from stamgast.sales.actions.rates import Rates, current_rates
from stamgast.sales.actions.returning import match_returns
from stamgast.sales.models import Line, Order
from stamgast.staff.actions import change_shop

_AT_ONCE = 10_000


def bring_orders(bringing: Bringing) -> Outcome:
    """Bring in a file of orders."""
    sheet, con = bringing.sheet, bringing.con
    reader, concluded = stage(con, sheet, bringing.scratch)
    bringing.progress(0.3, "checking_rows")
    known = resolve(sheet.answers, concluded, sheet.layout, bringing.shop)
    tables = OrderTables(
        con, sheet, currency=known["currency"], is_vat_included=known["vat"] == "included"
    )
    tables.group()
    bad = read_bad(sheet.source, dict(sheet.mapping), tables.bad_rows())
    _compare(tables, bad)
    people = _People(tables, bringing)
    _settle_goods(tables, bringing)
    rates = _rates(tables, bringing)
    _work_out(tables, rates)
    outcome = _outcome(tables, people, bad)
    outcome.facts["notation"] = reader.notation.as_facts()
    outcome.facts["assumed"] = known
    if not bringing.is_dry_run:
        _write(tables, people, bad, bringing, rates, outcome)
    return outcome


def _compare(tables: OrderTables, bad: list[BadRow]) -> None:
    """Find out which orders are there, which changed, and which are not whole in this file."""
    numbers = tables.rows("SELECT DISTINCT number, shop FROM grouped")
    there = loading.existing_orders(numbers)
    # A row that was mended before stands in its order, though it is bad in this file.
    mended = [(row.mended_into, row.shop) for row in bad if row.mended_into]
    tables.compare(there, mended)
    changed = tables.rows("SELECT id FROM state WHERE state IN ('changed', 'open')")
    tables.compare_lines(loading.existing_lines(pk for (pk,) in changed) if changed else [])


class _People:
    """The customers of a file, and whom they turned out to be."""

    def __init__(self, tables: OrderTables, bringing: Bringing) -> None:
        self.bringing = bringing
        facts = tables.facts
        self.arrivals: list[Arrival] = []
        self.consents: dict[int, tuple[bool, Any]] = {}
        for place, (_, key, email, since, *told) in enumerate(tables.people()):
            said = dict(zip(facts, told, strict=True))
            wish, wished_at = said.pop("marketing", None), said.pop("marketing_at", None)
            if wish is not None:
                self.consents[place] = wish, wished_at
            known = {name: str(value) for name, value in said.items() if value is not None}
            self.arrivals.append(Arrival(key, email, since, known))
        self.strangers = part_strangers(
            self.arrivals, region=bringing.shop.country, addresses=tables.addresses()
        )
        self.ids, self.erased = recognise(self.arrivals)
        self.is_new = [pk is None and i not in self.erased for i, pk in enumerate(self.ids)]
        if not bringing.is_dry_run:
            self._write()
        tables.settle_people((place + 1, pk) for place, pk in enumerate(self.ids))
        self.new = sum(self.is_new)

    def _write(self) -> None:
        at, region = self.bringing.at, self.bringing.shop.country
        new = [place for place, is_new in enumerate(self.is_new) if is_new]
        known = [(pk, self.arrivals[i]) for i, pk in enumerate(self.ids) if pk is not None]
        for place, made in zip(
            new,
            load_customers([self.arrivals[place] for place in new], region=region, at=at),
            strict=True,
        ):
            self.ids[place] = made
        fill_gaps(known, region=region, at=at)
        wording = f"{self.bringing.sheet.mapping.get('marketing', '')}"
        load_consents(
            [
                Consented(pk, "email", wish, wording, _aware(wished_at) or at)
                for place, (wish, wished_at) in self.consents.items()
                if (pk := self.ids[place]) is not None
            ],
            at=at,
        )


def _aware(moment: Any) -> Any:
    from datetime import UTC

    return moment.replace(tzinfo=UTC) if moment is not None else None


def _settle_goods(tables: OrderTables, bringing: Bringing) -> None:
    """Find the products of the file, and write down those that are new."""
    told = tables.goods()
    if "sku" not in tables.mapped:
        tables.settle_goods([])
        return
    known = {row[1]: row for row in loading.known_products()}
    new = [loading.NewProduct(*good) for good in told if good[0] not in known]
    first = 0
    if not bringing.is_dry_run:
        first = loading.load_products(new)
        gaps = [
            (known[sku][0], name, category)
            for sku, name, category, _ in told
            if sku in known and ((name and not known[sku][6]) or (category and not known[sku][5]))
        ]
        loading.fill_products(gaps)
    rates = current_rates()
    rows = []
    fresh = {product.sku: place for place, product in enumerate(new)}
    for sku, name, category, is_charge in told:
        pk, cost, vat = first + fresh.get(sku, 0), None, None
        if sku in known:
            pk, _, is_charge, cost, vat, had_category, had_name = known[sku]
            name, category = had_name or name, had_category or category
        margin = int(rates.of(category) * 10_000)
        rows.append((sku, pk, name, is_charge, cost, vat, margin))
    tables.settle_goods(rows)


def _rates(tables: OrderTables, bringing: Bringing) -> Rates:
    """Return the rates that hold for this import: the one answered counts for what it works out."""
    rates = current_rates()
    answer = bringing.sheet.answers.get("margin")
    if answer is not None:
        rates.margins[""] = Decimal(answer)
        tables.con.execute(
            "UPDATE goods SET margin = $margin WHERE margin = $before",
            {
                "margin": int(rates.of("") * 10_000),
                "before": int(current_rates().of("") * 10_000),
            },
        )
    return rates


def _work_out(tables: OrderTables, rates: Rates) -> None:
    currencies = [money for (money,) in tables.rows("SELECT DISTINCT money FROM state")]
    tables.work_out(
        margin=int(rates.of("") * 10_000),
        vat=int(rates.vat * 100),
        factors={money: 10 ** minor_digits(money) for money in currencies},
    )


def _outcome(tables: OrderTables, people: _People, bad: list[BadRow]) -> Outcome:
    """Count what came of all rows; nothing is left out."""
    waiting = sum(not row.is_closed for row in bad)
    (read,) = tables.one("SELECT count(*) FROM typed")
    same, new = tables.one(
        "SELECT coalesce(sum(good) FILTER (state = 'same'), 0)::BIGINT, "
        "coalesce(sum(good) FILTER (state = 'new'), 0)::BIGINT FROM state"
    )
    kept, added = tables.one(
        "SELECT count(*) FILTER (id IS NOT NULL AND line IS NOT NULL), "
        "count(*) FILTER (id IS NULL) FROM paired"
    )
    outcome = Outcome(
        read=read,
        imported=new + added,
        unchanged=same + kept + len(bad) - waiting,
        quarantined=waiting,
    )
    outcome.facts = {
        **tables.facts_of_file(),
        "customers": len(people.arrivals),
        "new_customers": people.new,
        "returns_matched": 0,
        **told_of_strangers(people.strangers),
    }
    return outcome


def _write(
    tables: OrderTables,
    people: _People,
    bad: list[BadRow],
    bringing: Bringing,
    rates: Rates,
    outcome: Outcome,
) -> None:
    batch, at = bringing.batch, bringing.at
    had_orders = Order.objects.exists()
    write_bad(batch, bad)
    additions = drafts_of(tables)
    tables.forget_rows()
    first_order = _write_new(tables, bringing)
    _write_changed(tables, bringing)
    add_rows(additions, batch=batch.pk, rates=rates)
    bringing.progress(0.9, "matching_returns")
    named = _link_returns(tables, first_order)
    match_returns((pk for pk in people.ids if pk is not None), rates, anonymous=named)
    outcome.facts["returns_matched"] = _matched(tables, first_order)
    whole = tables.rows("SELECT number FROM state WHERE NOT is_open")
    close_superseded(batch, (number for (number,) in whole), at=at)
    _keep_answers(tables, bringing, had_orders, outcome)


def _write_new(tables: OrderTables, bringing: Bringing) -> int:
    """Write the new orders; returns the id of the first."""
    orders, lines = tables.count_new()
    if not orders:
        return 0
    first_order, first_line = bulk.reserve_ids(Order, orders), bulk.reserve_ids(Line, lines)
    heads = _stream(tables.heads("new", first=first_order))
    own_lines = tables.new_lines(first_order=first_order, first_line=first_line)
    written = loading.load_orders(
        ((row[:-1], row[-1]) for row in heads),
        own_lines.fetchmany,
        alike_heads=tables.alike_heads,
        alike=tables.alike,
        batch=bringing.batch.pk,
    )
    for done in written:
        bringing.progress(0.4 + 0.5 * done / lines, "writing_orders")
    return first_order


def _stream(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_AT_ONCE):
        yield from rows


def _write_changed(tables: OrderTables, bringing: Bringing) -> None:
    """Write the orders that the file tells anew."""
    (new,) = tables.one(
        "SELECT count(*) FROM paired JOIN state USING (ox) "
        "WHERE state.state = 'changed' AND paired.id IS NULL"
    )
    heads = {row[0]: row[:-1] for row in _stream(tables.heads("changed", first=None))}
    if not heads:
        return
    first = bulk.reserve_ids(Line, new) if new else 0
    gone: dict[int, list[int]] = {}
    had: dict[int, int | None] = {}
    for order, line in tables.rows(
        "SELECT s.id, p.id FROM paired p JOIN state s USING (ox) "
        "WHERE s.state = 'changed' AND p.line IS NULL"
    ):
        gone.setdefault(order, []).append(line)
    for order, customer in tables.rows("SELECT id, had FROM state WHERE state = 'changed'"):
        had[order] = customer

    def changes() -> Iterator[loading.Replacement]:
        rows = _stream(tables.changed_lines(first_line=first))
        for order, own in groupby(rows, key=lambda row: row[3]):
            lines = list(own)
            yield loading.Replacement(
                head=heads[order],
                gone=gone.get(order, []),
                kept=[row[2:] for row in lines if row[1]],
                new=[row[2:] for row in lines if not row[1]],
                had_customer=had[order],
            )

    for done in loading.replace_orders(changes(), batch=bringing.batch.pk, rates=current_rates()):
        bringing.progress(0.4 + 0.5 * done / len(heads), "writing_orders")


def _link_returns(tables: OrderTables, first_order: int) -> set[int]:
    """Let returns point at the order they name, wherever that is; returns those orders."""
    named = tables.returns_that_name_orders(first=first_order)
    return loading.link_returns(named) if named else set()


def _matched(tables: OrderTables, first_order: int) -> int:
    """Return how many return lines of the file found their sale."""
    returns = tables.ids_of_returns(first=first_order)
    return loading.count_matched(returns) if returns else 0


def _keep_answers(
    tables: OrderTables, bringing: Bringing, had_orders: bool, outcome: Outcome
) -> None:
    """Keep what was answered for the shop: the margin; and its currency, at the very first file."""
    at, by = bringing.at, bringing.by
    answer = bringing.sheet.answers.get("margin")
    if answer is None:
        assume_default(at=at)
    elif store_margin_rates({"": Decimal(answer)}, at=at, by=by) and had_orders:
        recalculate_soon(at=at, by=by)  # this file is worked out with it, earlier ones are not
    currencies = outcome.facts["currencies"]
    if not had_orders and len(currencies) == 1 and currencies[0] != bringing.shop.currency:
        change_shop(at=at, by=by, currency=currencies[0])
        outcome.facts["shop_currency_set"] = currencies[0]
