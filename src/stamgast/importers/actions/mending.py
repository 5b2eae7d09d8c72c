"""Rows somebody has to mend: mended in place or by a file of them, or dropped.

It happens in the web process too, so it is plain Python: the same reading cell by cell, and the same
arithmetic, that the engine does for a whole file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from stamgast.customers.actions.loading import (
    Arrival,
    Consented,
    fill_gaps,
    load_consents,
    load_customers,
    recognise,
    update_customers,
)
from stamgast.customers.actions.strangers import part_strangers
from stamgast.events.actions import tell
from stamgast.importers import layouts
from stamgast.importers.actions.adding import line_draft, order_draft
from stamgast.importers.actions.of_customers import NOT_FACTS, WISHES, born_of
from stamgast.importers.actions.of_products import facts_of
from stamgast.importers.choosing import resolve
from stamgast.importers.errors import RowClosed, RowStillBad
from stamgast.importers.layouts import Layout
from stamgast.importers.models import Batch, RowToMend
from stamgast.importers.notation import Notation
from stamgast.importers.one_row import Bad, read_row, said_of
from stamgast.importers.reading import Reader
from stamgast.importers.values import Moment
from stamgast.sales.actions.loading import link_returns
from stamgast.sales.actions.products import record_product
from stamgast.sales.actions.rates import current_rates
from stamgast.sales.actions.returning import match_returns
from stamgast.sales.actions.writing import Mode, write_order
from stamgast.sales.models import Order
from stamgast.staff.queries import Who, actor, shop


def mend_row(
    row: RowToMend, changes: Mapping[str, str], *, at: datetime, by: Who = None
) -> RowToMend:
    """Change cells of a row (column to text) and bring it in as if it had been right at once.

    Rows of the same order that only lacked what this one says come in with it. Refuses a row that was
    mended or dropped before, and one that still cannot be read.
    """
    with transaction.atomic():
        row = _held(row)
        cells = {**row.row, **changes}
        number = _bring_in(row.batch, cells, at=at, by=by)
        _close(row, cells, number, at=at, by=by)
        _retry_others(row, at=at, by=by)
    return row


def bring_mended_row(
    row: RowToMend, cells: Mapping[str, str | None], *, at: datetime, by: Who
) -> None:
    """Bring a row in with these cells; refuses what mend_row refuses."""
    row = _held(row)
    number = _bring_in(row.batch, cells, at=at, by=by)
    _close(row, cells, number, at=at, by=by)


def drop_row(row: RowToMend, *, at: datetime, by: Who = None) -> RowToMend:
    """Decide that a row is not needed: the same row in a later file is passed over.

    Refuses a row that was mended or dropped before.
    """
    with transaction.atomic():
        row = _held(row)
        row.dropped_at = at
        row.save(update_fields=["dropped_at"])
        tell("row_dropped", at=at, actor=actor(by), subject="row", subject_id=row.pk)
    return row


def restore_row(row: RowToMend, *, at: datetime, by: Who = None) -> RowToMend:
    """Let a row wait again that was dropped; refuses one that was not, or was emptied since."""
    with transaction.atomic():
        row = RowToMend.objects.select_for_update().get(pk=row.pk)
        if row.dropped_at is None or not row.row:
            raise RowClosed(row=row.pk)
        row.dropped_at = None
        row.save(update_fields=["dropped_at"])
        tell("row_restored", at=at, actor=actor(by), subject="row", subject_id=row.pk)
    return row


def _held(row: RowToMend) -> RowToMend:
    row = RowToMend.objects.select_for_update().select_related("batch").get(pk=row.pk)
    if row.mended_at is not None or row.dropped_at is not None:
        raise RowClosed(row=row.pk)
    return row


def _close(
    row: RowToMend, cells: Mapping[str, str | None], number: str, *, at: datetime, by: Who
) -> None:
    row.row, row.number, row.mended_at = dict(cells), number, at
    row.save(update_fields=["row", "number", "mended_at"])
    tell("row_mended", at=at, actor=actor(by), subject="row", subject_id=row.pk)


def _retry_others(row: RowToMend, *, at: datetime, by: Who) -> None:
    """Bring in the rows of the same order that were good but for the day nobody had told."""
    if not row.number:
        return
    others = RowToMend.objects.filter(
        batch=row.batch, number=row.number, problem="date", value="", mended_at=None
    )
    for other in others.filter(dropped_at=None).select_related("batch"):
        try:
            with transaction.atomic():
                number = _bring_in(other.batch, other.row, at=at, by=by)
                _close(other, other.row, number, at=at, by=by)
        except RowStillBad:
            continue


def _bring_in(batch: Batch, cells: Mapping[str, str | None], *, at: datetime, by: Who) -> str:
    """Bring one row in, as its batch's layout reads it; returns the number of its order."""
    layout = layouts.named(batch.layout)
    own = shop()
    facts = batch.result.get("notation")
    notation = Notation.from_facts(facts) if facts else Notation()
    reader = Reader(notation, ZoneInfo(own.zone))
    row = read_row(cells, layout=layout, mapping=batch.mapping, reader=reader)
    if isinstance(row, Bad):
        raise _still_bad(row, cells, batch)
    match layout.kind:
        case "customers":
            _bring_customer(row, batch.mapping, region=own.country, at=at)
            return ""
        case "products":
            record_product(facts_of(row), at=at, by=by)
            return ""
    return _bring_line(row, batch, layout, cells, at=at)


def _still_bad(bad: Bad, cells: Mapping[str, str | None], batch: Batch) -> RowStillBad:
    column = batch.mapping.get(bad.field, bad.field)
    return RowStillBad(column=column, value=cells.get(column) or "", problem=bad.problem)


def _bring_line(
    row: Mapping[str, Any],
    batch: Batch,
    layout: Layout,
    cells: Mapping[str, str | None],
    *,
    at: datetime,
) -> str:
    said = said_of(row, layout, batch.mapping)
    if isinstance(said, Bad):
        raise _still_bad(said, cells, batch)
    there = _order_of(said)
    if there is not None and said["moment"] is None:
        said = {**said, "moment": there.ordered_at, "day": there.day}
    if said["moment"] is None:
        raise _still_bad(Bad("ordered_at", "date"), cells, batch)
    own = shop()
    known = batch.result.get("assumed") or resolve(batch.answers, {}, layout, own)
    customer = _whom(said, batch.mapping, region=own.country, at=at)
    draft = order_draft(
        said,
        customer=customer,
        currency=said.get("currency") or (there.currency if there else known["currency"]),
        is_vat_included=known["vat"] == "included",
    )
    draft.lines = [line_draft(said)]
    rates = current_rates()
    had = there.customer_id if there else None
    mode: Mode = "add" if there else "replace"
    order, _ = write_order(draft, there=there, mode=mode, rates=rates, batch=batch.pk)
    sales = {order.of_order_id or order.pk}
    if said.get("of_order") and order.kind == "return":
        sales |= link_returns([(order.pk, said["of_order"], order.shop)])
    customers = {c for c in (had, order.customer_id) if c is not None}
    match_returns(customers, rates, anonymous=sales)
    if order.customer_id is not None:  # the row may have told an earlier day of somebody known
        known_since = Arrival(None, None, order.day)
        fill_gaps([(order.customer_id, known_since)], region=own.country, at=at)
    return str(order.number)


def _order_of(said: Mapping[str, Any]) -> Order | None:
    """Return the order a row belongs to: of its own kind, else the one of that number."""
    orders = Order.objects.select_for_update().filter(number=said["number"], shop=said["shop"])
    by_kind = {order.kind: order for order in orders}
    if said["kind"] in by_kind or not said["derives_kind"]:
        return by_kind.get(said["kind"])
    return next(iter(by_kind.values()), None)


def _whom(
    said: Mapping[str, Any], mapping: Mapping[str, str], *, region: str, at: datetime
) -> int | None:
    """Return the customer of a row, written down when new; None for an anonymous sale."""
    key, email = said.get("customer_key"), said.get("email")
    if not key and not email:
        return None
    facts = {name: str(said[name]) for name in PERSONAL if said.get(name) is not None}
    arrival = Arrival(key, email, said["day"], facts)
    part_strangers([arrival], region=region)
    (pk,), erased = recognise([arrival])
    if erased:
        return None
    if pk is None:
        (pk,) = load_customers([arrival], region=region, at=at)
    else:
        fill_gaps([(pk, arrival)], region=region, at=at)
    if said.get("marketing") is not None:
        wording = mapping.get("marketing", "")
        load_consents([Consented(pk, "email", said["marketing"], wording, said["moment"])], at=at)
    return pk


PERSONAL = (
    "first_name", "infix", "last_name", "name", "company", "phone", "street", "house_number",
    "postcode", "city", "language", "country",
)  # fmt: skip


def _bring_customer(
    row: Mapping[str, Any], mapping: Mapping[str, str], *, region: str, at: datetime
) -> None:
    since = row.get("since")
    born = row.get("birth_date")
    arrival = Arrival(
        row.get("customer_key"),
        row.get("email"),
        since.day if isinstance(since, Moment) else None,
        {name: str(value) for name, value in row.items() if name not in NOT_FACTS},
        born_of(born.day if isinstance(born, Moment) else None, until=at.date()),
    )
    part_strangers([arrival], region=region)
    (pk,), erased = recognise([arrival])
    if erased:
        return
    if pk is None:
        (pk,) = load_customers([arrival], region=region, at=at)
    else:
        update_customers([(pk, arrival)], region=region, at=at)
    load_consents(
        [
            Consented(pk, channel, row[name], mapping.get(name, ""), at)
            for name, channel in WISHES.items()
            if row.get(name) is not None
        ],
        at=at,
    )
